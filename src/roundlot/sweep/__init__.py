"""Sweeps: every setup by every method with every seed, a row each, on one machine or several."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, inner=("WorkerWorkshop", "compute_here"))
