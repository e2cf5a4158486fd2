# 0.01 / 0.0001 and one for luck
people = 1000
