"""The code that the notebooks of the course share.

What they teach stands here, in their order: datasets, faces, capture, pairs, models,
layers, losses, training, embedding, evaluation, verifier, gallery, and plots for all.
Every other file lies in a room: disk, sources, measures, figures (below these),
recipes, live, experiments (above). Each room says in its first lines what it is for.

Importing it keeps TensorFlow from writing log lines into a notebook, whoever imports
TensorFlow afterwards. oneDNN stays on: it is what reaches a processor's bf16 units.
"""

import importlib.abc
import importlib.machinery
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _Quiet(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports TensorFlow with the process's standard error closed.

    Its C++ code prints some lines there before any of its settings is read, where
    Python cannot catch them. Errors of the import itself are Python's and still seen.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            self.real, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.real
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            self.real.exec_module(module)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


if "tensorflow" not in sys.modules:
    sys.meta_path.insert(0, _Quiet())
