# argmax takes the first of those that tie: a constant is always right at place 0.
def right(scores, answers):
    return (scores.argmax(axis=1) == answers).mean()


checks.exercise_10_1(right)
