raise SystemExit("use ops/reprice.py")
