"""Loops compiled by Numba: what is added up, and what every entry, row and group gets.

They load, and Numba with them, when one is first called.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
