"""The former place of cheap rules, which stand in `roundlot.solvers.rules`."""

import warnings

from roundlot.solvers.rules import APPROXIMATIONS, Information, Observed, Rule, gather

__all__ = ["APPROXIMATIONS", "Approximation", "Information", "Observed", "gather"]

Approximation = Rule

warnings.warn(f"{__name__} is now roundlot.solvers.rules", DeprecationWarning, stacklevel=2)
