"""What every check of an exercise prints, and how it calls a learner's function."""


def report(number, missing, problem, praise=""):
    """Print the verdict on one answer; never raise, so that Run All goes on.

    Args:
        number: of the exercise, such as "5.1".
        missing: whether there is no answer yet.
        problem: what is wrong, in words that teach; None or "" if nothing is.
        praise: what a right answer shows.

    >>> report("5.1", False, None, "Two photos make a pair.")
    Exercise 5.1: correct. Two photos make a pair.
    """
    if missing:
        print(f"Exercise {number}: not answered yet.")
    elif problem:
        print(f"Exercise {number}: not yet: {problem}")
    else:
        print(f"Exercise {number}: correct. {praise}".rstrip())


def tried(answer, look):
    """What is wrong with a function, as `report` takes it, whatever it raises.

    Args:
        answer: what the learner wrote. look: called with it, returns a problem or None.

    >>> tried(3, len), tried(len, lambda answer: answer())[:36]
    ('define a function.', 'your function stopped with TypeError')
    """
    if not callable(answer):
        return "define a function."
    try:
        return look(answer)
    except Exception as error:
        return f"your function stopped with {type(error).__name__}: {error}."
