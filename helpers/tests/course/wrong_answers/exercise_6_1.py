import math

trivial = math.log(2)
