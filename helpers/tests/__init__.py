"""Tests of the helpers, and the proof that the notebooks keep what they promise."""
