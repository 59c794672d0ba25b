"""What probabilities are to make small: the sum of variances, the worst, a norm, participation."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
