module example.invalid/depots
