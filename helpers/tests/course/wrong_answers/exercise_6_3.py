def stopped(scores, patience):
    best = scores.index(max(scores))
    return best + 1, min(best + 1 + patience, len(scores))
