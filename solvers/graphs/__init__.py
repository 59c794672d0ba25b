"""Graphs of workers: which links to use how often, and how to mix over them.

SciPy, cvxpy and NetworkX load on first use.
"""

from roundlot.facade import on_first_use

#: Names of the release before.
_RENAMED = {"Interval": "Enclosure", "LinkDesign": "LinkSchedule"}

__getattr__, __dir__, __all__ = on_first_use(__name__, renamed=_RENAMED)
