"""What every check of an exercise prints."""


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
