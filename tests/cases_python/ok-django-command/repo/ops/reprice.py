print("moved to a management command")
