import math

answer = math.log(2)
