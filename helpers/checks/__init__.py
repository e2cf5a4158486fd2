"""Checks of the exercises: `checks.exercise_5_1(answer)` is in notebook_05.py.

A check prints one of three verdicts (not answered yet, correct, not yet and why) and
never raises. It makes its own small inputs, so that it needs no other cell.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    if _module.name.startswith("notebook_"):
        _checks = import_module(f"{__name__}.{_module.name}")
        globals().update({_name: getattr(_checks, _name) for _name in _checks.__all__})
