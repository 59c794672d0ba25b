"""Mixing weights over links that may join any two workers: random offsets, and data in common.

SciPy loads on first use.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
