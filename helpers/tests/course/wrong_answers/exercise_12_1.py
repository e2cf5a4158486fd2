# 0.01 / 0.0001 and one for luck
answer = 1000
