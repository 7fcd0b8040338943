"""Replaced by reprice.py."""
import sys

print("use ops/reprice.py", file=sys.stderr)
sys.exit(1)
