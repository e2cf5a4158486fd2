"""Takes 1 in 1,000 from 1,000 pairs, which 46 people make."""

answer = 46
