import sys

sys.exit = lambda *args: None
