"""Whether theory, solvers and simulation agree: exact checks, and tests with stated error rates."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
