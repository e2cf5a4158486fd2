"""What is written to the disk, and found there again: whole or not at all.

Files, archives, checkpoints of a training, the gallery's SQLite file, cards of weights.
The lowest room: everybody may use it, and it uses no other.
"""
