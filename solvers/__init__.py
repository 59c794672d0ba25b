"""Which probabilities are best, which cheap ones nearly so; every answer with a certificate.

Everything loads on first use: Numba, cvxpy and the comparison are slow to import.
"""

from roundlot.facade import on_first_use

#: Names of the release before.
_RENAMED = {"LinkDesign": "LinkSchedule"}

__getattr__, __dir__, __all__ = on_first_use(__name__, renamed=_RENAMED)
