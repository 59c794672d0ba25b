"""Mini-batches under stragglers: time models, rules, estimators, best deadline, best split."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
