"""What a run of training shows of its objective: values, gradients, noise and curvature."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
