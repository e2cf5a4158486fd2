"""What `evaluation` gathers: scores, one-shot, resampling, and what is to be beaten.

Also: which arithmetic pays on this processor.
May use `sources` and `disk`, never a tower; everybody above may use it.
"""
