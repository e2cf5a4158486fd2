"""What makes the weights that are shipped, or that `train` makes for you.

A recipe trains and measures; `learning` is what all of them share.
May use the core and all below it; only `experiments` and `app` may use it.
"""
