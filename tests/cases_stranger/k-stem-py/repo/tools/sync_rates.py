print("see fx.py")
