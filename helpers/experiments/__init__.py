"""What makes a number, a table or a figure that a notebook reads from a file.

The file lies beside its experiment: `python -m helpers.experiments.NAME` makes it.
May use everything; nobody but notebooks, `checks` and the command line uses it.
"""
