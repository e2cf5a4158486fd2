# 0.05 / 0.001 and no one more
people = 50
