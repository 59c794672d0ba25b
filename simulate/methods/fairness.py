"""How much of a round each model gets: α-fair shares, and budgets that fit who is there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray


def check_alpha(alpha: Any) -> None:
    """Raise InvalidProblemError unless ``α`` is a number of at least 1, perhaps infinite."""
    number = isinstance(alpha, int | float) and not isinstance(alpha, bool)
    if not number or math.isnan(alpha) or alpha < 1.0:
        raise InvalidProblemError(
            f"alpha is {alpha!r}; it must be at least 1 (equal shares), or inf (worst model only)"
        )


def model_losses(round_: Round) -> tuple[FloatArray, FloatArray]:
    """``(N, S)``, everybody's losses, and ``(S,)``, their means by data: NaN if nobody is there."""
    losses = round_.losses()
    means = (round_.data_weights * losses).sum(axis=0)
    return losses, np.where(round_.present.any(axis=0), means, np.nan)


def fair_shares(losses: FloatArray, alpha: float) -> FloatArray:
    """``(S,)``, ``f_s^(α−1) / Σ f^(α−1)``: 1 is equal shares, inf shares out among the worst.

    Args:
        losses: ``(S,)``, ``f_s >= 0``; NaN for models that nobody can train, which get nothing.
        alpha: at least 1.

    Source: Siew et al., arXiv 2404.13841, from ``min Σ f_s^α``.
    """
    known = ~np.isnan(losses)
    top = np.max(losses, where=known, initial=0.0)
    if top <= 0.0:
        relative = known.astype(np.float64)
    elif math.isinf(alpha):
        relative = (np.where(known, losses, -1.0) == top).astype(np.float64)
    else:
        relative = np.where(known, np.where(known, losses, 0.0) / top, 0.0) ** (alpha - 1.0) * known
    return np.asarray(relative / max(relative.sum(), 1.0e-300))


def model_budgets(round_: Round, shares: FloatArray) -> FloatArray:
    """``(S,)``, the budget by shares; what a model's processors cannot take goes to the others."""
    room = round_.available.sum(axis=0).astype(np.float64)
    budgets = np.zeros(len(shares))
    left = min(round_.budget, float(round_.available.any(axis=1).sum()))
    open_ = (shares > 0.0) & (room > 0.0)
    while left > 1e-12 and open_.any():
        offer = left * np.where(open_, shares, 0.0) / shares[open_].sum()
        taken = np.minimum(offer, room - budgets)
        budgets += taken
        left -= float(taken.sum())
        full = budgets >= room
        if not (full & open_).any():
            break
        open_ &= ~full
    return budgets
