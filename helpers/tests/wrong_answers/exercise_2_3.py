traps = "A"
