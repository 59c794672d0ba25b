"""The errors and warnings a user of roundlot can meet."""


class InvalidProblemError(ValueError):
    """An input that is malformed: a wrong shape, a NaN, a negative score or budget."""


class InfeasibleError(ValueError):
    """Well-formed constraints that no probabilities satisfy.

    The message says which constraint fails, by how much, and what would fit.
    """


class ConvergenceError(RuntimeError):
    """A solver stopped without reaching its tolerance; nothing else is returned in its place."""


class DrawError(RuntimeError):
    """A draw by rejection reached its bound on attempts, which honest random words never do."""


class AssumptionError(ValueError):
    """A bound was asked for outside the range in which it is proved."""


class RoundlotWarning(UserWarning):
    """Something worth knowing that does not make the answer wrong."""
