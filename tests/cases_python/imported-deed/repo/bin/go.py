import bin.deed
