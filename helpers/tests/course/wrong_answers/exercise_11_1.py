# Each fold chooses the threshold that it is then judged by.
def by_folds(scores, same, fold):
    shares = []
    for n in np.unique(fold):
        own = scores[fold == n], same[fold == n]
        shares.append(evaluation.accuracy(*own, evaluation.best_threshold(*own)))
    return np.array(shares)


checks.exercise_11_1(by_folds)
