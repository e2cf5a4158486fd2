"""The code that the notebooks of the course share, one subject a module.

Importing it sets, before TensorFlow is loaded, what keeps a notebook's output clean:
TensorFlow's C++ log lines are silenced at the source, where nothing can capture them
later. oneDNN stays on, because it is what reaches a processor's bf16 units.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
