"""How many of the clients that are drawn reply by a moment: the exact law, for unequal clients.

A client replies after its mean seconds times a random factor of mean 1, whatever the others do.
Drawn independently, the number of replies is Poisson-binomial. Of a draw of fixed size,
without replacement, the chance of ``r`` replies is the coefficient of ``y^m z^r`` in
``Π (1 + y (1 − q_i + q_i z))`` over that of ``y^m`` in ``(1 + y)^n``, with ``q_i`` the chance of a
reply by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray
from roundlot.theory.names import require_choice

#: How clients are drawn: ``m`` of them without replacement, or each by a chance of its own.
DRAWS = ("uniform", "independent")


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientDraw:
    """Who is drawn for a round.

    Attributes:
        design: one of `DRAWS`.
        size: clients drawn, exactly for "uniform", on average for "independent".
        clients: ``n``.
        probabilities: ``(n,)`` of "independent"; ``size/n`` each by default.

    Raises:
        InvalidProblemError: an unknown design, a size out of range, probabilities of a "uniform"
            draw, or that are none or do not add up to the size.
    """

    design: str = "uniform"
    size: float
    clients: int
    probabilities: FloatArray | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require_choice(self.design, "design", DRAWS)
        n = self.clients
        if not 0.0 < self.size <= n:
            raise InvalidProblemError(f"draw is {self.size:g} of {n} clients; give 1 to {n}")
        if self.design == "uniform":
            if self.size != round(self.size):
                raise InvalidProblemError(
                    f"draw is {self.size:g}; a uniform draw has a whole number of clients: give "
                    "one, or take the independent design"
                )
            if self.probabilities is not None:
                raise InvalidProblemError(
                    "probabilities are given and a uniform draw has none; take them out, or take "
                    "the independent design"
                )
            return
        p = np.full(n, self.size / n)
        if self.probabilities is not None:
            p = np.array(self.probabilities, dtype=np.float64)
            if p.shape != (n,) or not np.all((p >= 0.0) & (p <= 1.0)):
                raise InvalidProblemError(f"probabilities must be {n} numbers in [0, 1]")
            if abs(float(p.sum()) - self.size) > 1e-9 * n:
                raise InvalidProblemError(
                    f"probabilities add up to {p.sum():g} and draw is {self.size:g}; give their sum"
                )
        p.flags.writeable = False
        object.__setattr__(self, "probabilities", p)

    @property
    def inclusion(self) -> FloatArray:
        """``(n,)``, chances of being drawn."""
        if self.probabilities is not None:
            return self.probabilities
        return np.full(self.clients, self.size / self.clients)

    def replies(self, chances: AnyArray) -> AnyArray:
        """``(*T, ·)``, chances of ``0, 1, ...`` replies.

        Args:
            chances: ``(*T, n)``, of a client that is drawn to reply; float64 or fractions.
        """
        if self.probabilities is not None:
            return poisson_binomial(chances * self.probabilities)
        return fixed_size_replies(chances, int(self.size))

    def enough(self, chances: AnyArray, count: int) -> Any:
        """``(*T,)``, chance of at least ``count`` replies; less work than all chances are."""
        if self.probabilities is not None:
            return poisson_binomial(chances * self.probabilities, most=count, more=True)[..., count]
        if self.size == self.clients:
            return poisson_binomial(chances, most=count, more=True)[..., count]
        return fixed_size_replies(chances, int(self.size), most=count, more=True)[..., count]

    def others(self, client: int, chances: AnyArray, fewer: int) -> AnyArray:
        """``(*T,)``, given that ``client`` is drawn: chance of at most ``fewer`` others."""
        rest = np.delete(chances, client, axis=-1)
        if self.probabilities is not None:
            law = poisson_binomial(rest * np.delete(self.probabilities, client), most=fewer)
        else:
            law = fixed_size_replies(rest, int(self.size) - 1, most=fewer)
        return np.asarray(law.sum(axis=-1))


def poisson_binomial(chances: AnyArray, *, most: int | None = None, more: bool = False) -> AnyArray:
    """``(*T, n + 1)``, chances of ``0, ..., n`` successes of independent trials ``(*T, n)``.

    With ``most`` only of ``0, ..., most``; with ``more`` the last of these stands for all from it
    on. Sums of products of what is not negative: nothing cancels.
    """
    n = chances.shape[-1]
    found = np.zeros((*chances.shape[:-1], 1 + min(n, n if most is None else most)), chances.dtype)
    found[..., 0] = 1
    for k in range(n):
        p = chances[..., k, None]
        past = found[..., -1] * p[..., 0] if more else 0
        found[..., 1:] = found[..., 1:] * (1 - p) + found[..., :-1] * p
        found[..., 0] = found[..., 0] * (1 - p[..., 0])
        found[..., -1] += past
    return found


def fixed_size_replies(
    chances: AnyArray, size: int, *, most: int | None = None, more: bool = False
) -> AnyArray:
    """``(*T, size + 1)``, chances of ``0, 1, ...`` replies of ``size`` clients, drawn uniformly.

    With ``most`` and ``more`` as `poisson_binomial`. Client by client, ``[j, r]`` is the chance
    that ``j`` of those so far are drawn and ``r`` of them reply: the next one of ``n`` is drawn
    with chance ``(size − j)/(clients left)``.
    """
    n = chances.shape[-1]
    highest = size if most is None else min(size, most)
    found = np.zeros((*chances.shape[:-1], size + 1, highest + 1), chances.dtype)
    found[..., 0, 0] = 1
    for k in range(n):
        draw = np.array(_next_drawn(size, n - k, chances.dtype), dtype=chances.dtype)[:, None]
        q = chances[..., k, None, None]
        stay = found * (1 - draw)
        come = found * draw
        stay[..., 1:, :] += come[..., :-1, :] * (1 - q)
        stay[..., 1:, 1:] += come[..., :-1, :-1] * q
        if more:
            stay[..., 1:, -1] += come[..., :-1, -1] * q[..., 0]
        found = stay
    return found[..., size, :]


def _next_drawn(size: int, left: int, kind: np.dtype[Any]) -> list[Any]:
    """Chances that the next of ``left`` clients is drawn, ``0, ..., size`` being drawn before."""
    if kind.hasobject:
        return [min(Fraction(size - j, left), Fraction(1)) for j in range(size + 1)]
    return [min((size - j) / left, 1.0) for j in range(size + 1)]


def at_least(law: AnyArray, k: int) -> Any:
    """``P(R >= k)``, from chances of ``0, 1, ...`` along the last axis."""
    return law[..., k:].sum(axis=-1)
