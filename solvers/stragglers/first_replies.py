"""Enough replies in time: how many clients to draw, how long to wait, and what a reply then weighs.

- `least_draw`: the least number of clients to draw so that at least ``k`` reply by a deadline with
  a stated chance.
- `least_deadline`: the earliest deadline for a given draw.
- `taken_chances`: the chance that a client is drawn *and* its reply is used: of everybody in time,
  or of the first ``k``. Horvitz-Thompson with these chances, ``Σ w_i g_i / a_i`` over the replies
  used, is unbiased for ``Σ w_i g_i`` if times do not depend on the gradients.

Of the first ``k``, client ``i`` is one if fewer than ``k`` others were before it:
``a_i = π_i ∫ P(fewer than k others of the draw reply before t) dF_i(t)``, integrated in
``u = F_i(t)``. Replies at the same moment are taken in random order.

Bonawitz et al. (2019, "Towards federated learning at scale: system design", sections 2 and 9) draw
1.3 times the goal, take the first replies and average them; a round with too few is abandoned.
Here the number to draw follows from the clients' times and a stated chance, replies are weighted
by their chances, so that slow clients count as much as fast ones, and a round with too few is
used as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.stragglers.laws import NEAR
from roundlot.solvers.stragglers.reply_counts import ClientDraw, at_least
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import is_whole
from roundlot.theory.positions import by_position

NODES = 16  # of a Gauss rule between two breaks; a rule of fewer says how far off it may be
FEWER_NODES = 10
MOST_BREAKS = 60
QUANTILES = (0.0, 0.1, 0.5, 0.9, 0.999)  # of every client's time: breaks of the others' integrals
MOST_HALVINGS = 200
PRECISION = 1e-12  # relative, of a deadline
TABLE = 2_000_000  # numbers at once
MOST_WORK = 20_000_000_000  # multiplications: a minute
LAST = 1.0 - 2.0**-53  # the largest chance below 1
ROUNDING = 1e-15  # of a chance, for every client that it is a product over


@dataclass(frozen=True, kw_only=True, eq=False)
class Taken:
    """Which replies are used.

    Attributes:
        draw: who is asked.
        first: ``k``: the first ``k`` replies; None: all in time.
        deadline: seconds; infinite for none.
        chances: ``(n,)``, of being drawn and used, ``a_i``.
        error: how far off each may be.
        replies: chances of ``0, 1, ...`` replies in time.
    """

    draw: ClientDraw
    first: int | None
    deadline: float
    chances: FloatArray = field(repr=False)
    error: float
    replies: FloatArray = field(repr=False)

    def chance_of(self, enough: int) -> float:
        """Chance of at least so many replies in time."""
        return float(at_least(self.replies, enough))

    @property
    def mean_used(self) -> float:
        """Replies that are used, on average."""
        return float(self.chances.sum())

    def weights(self, target: FloatArray | None = None) -> FloatArray:
        """``(n,)``, ``w_i / a_i``, what a used reply weighs; ``w`` is ``1/n`` each by default.

        Raises:
            InvalidProblemError: a target of another length, or with a number that is none.
            AssumptionError: a client of positive weight that is never used.
        """
        n = self.chances.size
        w = np.full(n, 1.0 / n) if target is None else np.asarray(target, dtype=np.float64)
        if w.shape != (n,) or not np.all(np.isfinite(w) & (w >= 0.0)):
            raise InvalidProblemError(f"target must be {n} finite numbers of at least 0")
        never = np.flatnonzero((self.chances <= 0.0) & (w > 0.0))
        if never.size:
            raise AssumptionError(
                f"client {never[0]} is never used: no weight makes the sum unbiased; draw it, "
                "lengthen the deadline, or leave it out of the target"
            )
        return np.asarray(w / np.where(self.chances > 0.0, self.chances, 1.0))


Kinds = tuple[tuple[float, Stragglers], ...]  # what a round may be like, with chances


def in_time(stragglers: Stragglers, deadline: float) -> FloatArray:
    """``(n,)``, chances that a client that is drawn has done its unit of work by the deadline.

    With spells and shocks those of the long run; clients then are independent given the shock.
    """
    return _average((chance, _in_time(calm, deadline)) for chance, calm in stragglers.conditions())


def _in_time(calm: Stragglers, deadline: float) -> FloatArray:
    if math.isnan(deadline) or deadline <= 0.0:
        raise InvalidProblemError(f"deadline is {deadline}; give a number above 0")
    if math.isinf(deadline):
        return np.ones(calm.workers)
    return np.asarray(calm.law.cdf(deadline / calm.seconds))


def _average(parts: Iterable[tuple[float, FloatArray]]) -> FloatArray:
    return np.asarray(sum(chance * value for chance, value in parts))


def _enough(kinds: Kinds, draw: ClientDraw, deadline: float, count: int) -> float:
    """Chance of at least ``count`` replies in time."""
    return sum(
        chance * float(draw.enough(_in_time(calm, deadline), int(count))) for chance, calm in kinds
    )


@by_position()
def taken_chances(
    stragglers: Stragglers,
    draw: ClientDraw,
    *,
    first: int | None = None,
    deadline: float = math.inf,
) -> Taken:
    """The chances of being drawn and used.

    Args:
        stragglers: the clients; a reply is one unit of work.
        draw: who is asked.
        first: ``k``, to use the first replies only.
        deadline: seconds, to use replies in time only.

    Raises:
        InvalidProblemError: a draw of other clients, a number out of range.
    """
    _require_fit(stragglers, draw, first)
    kinds = stragglers.conditions()
    replies = _average((chance, draw.replies(_in_time(calm, deadline))) for chance, calm in kinds)
    chances, error = draw.inclusion * in_time(stragglers, deadline), 0.0
    if first is not None and first < len(replies) - 1:
        _require_work(stragglers, draw, first, len(kinds))
        fine, coarse = (
            _average(
                (chance, _first_chances(calm, draw, first, _in_time(calm, deadline), nodes))
                for chance, calm in kinds
            )
            for nodes in (NODES, FEWER_NODES)
        )
        error = float(np.abs(fine - coarse).max()) + ROUNDING * draw.clients
        chances = np.clip(fine, 0.0, chances)
    return Taken(
        draw=draw, first=first, deadline=deadline, chances=chances, error=error, replies=replies
    )


@by_position()
def least_draw(
    stragglers: Stragglers,
    enough: int,
    *,
    deadline: float,
    chance: float,
    design: str = "uniform",
) -> ClientDraw:
    """The least draw with at least ``enough`` replies by the deadline, with the stated chance.

    For the independent design all clients have the same chance, that of a whole number of draws.

    Raises:
        InvalidProblemError: a number out of range.
        InfeasibleError: not even a draw of all clients is enough.
    """
    n = stragglers.workers
    _require_chance(chance)
    kinds = stragglers.conditions()
    _require_fit(stragglers, ClientDraw(design=design, size=n, clients=n), enough)

    def found(size: int) -> float:
        made = ClientDraw(design=design, size=size, clients=n)
        return _enough(kinds, made, deadline, enough)

    if found(n) < chance:
        raise InfeasibleError(
            f"a draw of all {n} clients has {enough} replies within {deadline:g} s with chance "
            f"{found(n):.6g}, below {chance:g}; lengthen the deadline, or ask for fewer replies"
        )
    low, high = enough - 1, min(enough, n)  # the chance rises with the size, the time does, too
    while high < n and found(high) < chance:
        low, high = high, min(2 * high, n)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) >= chance else (middle, high)
    return ClientDraw(design=design, size=high, clients=n)


@by_position()
def least_deadline(
    stragglers: Stragglers, draw: ClientDraw, enough: int, *, chance: float
) -> float:
    """The earliest deadline, in seconds, by which ``enough`` replies have come with the chance.

    Raises:
        InvalidProblemError: a number out of range.
        InfeasibleError: the draw has fewer clients too often, however long one waits.
    """
    _require_fit(stragglers, draw, enough)
    _require_chance(chance)

    kinds = stragglers.conditions()

    def replied(deadline: float) -> float:
        return _enough(kinds, draw, deadline, enough)

    if replied(math.inf) < chance:
        raise InfeasibleError(
            f"a draw of {draw.size:g} clients has {enough} of them with chance "
            f"{replied(math.inf):.6g}, below {chance:g}, however long one waits; draw more"
        )
    low = high = float(stragglers.seconds.min())
    for _ in range(MOST_HALVINGS):
        if replied(high) >= chance:
            break
        high *= 4.0
    else:
        raise InfeasibleError(
            f"{enough} replies with chance {chance:g} take longer than {high:g} s; ask for a "
            "smaller chance, or draw more"
        )
    while low > 0.0 and replied(low) >= chance:
        low /= 4.0
    for _ in range(MOST_HALVINGS):
        if high - low <= PRECISION * high:
            break
        middle = 0.5 * (low + high)
        low, high = (low, middle) if replied(middle) >= chance else (middle, high)
    return high


def _require_fit(stragglers: Stragglers, draw: ClientDraw, enough: int | None) -> None:
    if draw.clients != stragglers.workers:
        raise InvalidProblemError(
            f"the draw is of {draw.clients} clients and there are {stragglers.workers}"
        )
    most = int(draw.size) if draw.design == "uniform" else draw.clients
    if enough is None:
        return
    if not is_whole(enough):
        raise InvalidProblemError(f"{enough!r} replies are asked for; give a whole number")
    if not 1 <= enough <= most:
        raise InvalidProblemError(
            f"{enough} replies are asked for and at most {most} clients are drawn; give 1 to {most}"
        )


def _require_work(stragglers: Stragglers, draw: ClientDraw, first: int, rounds: int) -> None:
    kinds = len({*zip(stragglers.seconds.tolist(), draw.inclusion.tolist(), strict=True)})
    each = first if draw.design == "independent" else int(draw.size) * first
    breaks = min(MOST_BREAKS, len(QUANTILES) * draw.clients)
    if rounds * kinds * breaks * NODES * draw.clients * each > MOST_WORK:
        raise InvalidProblemError(
            f"exact chances of the first {first} of {draw.clients} clients, {kinds} of them with "
            "times of their own, take too long; round the times so that fewer differ, use all "
            "replies in time, or draw independently"
        )


def _require_chance(chance: float) -> None:
    if not 0.0 < chance < 1.0:
        raise InvalidProblemError(f"chance is {chance:g}; give a number above 0 and below 1")


def _first_chances(
    stragglers: Stragglers, draw: ClientDraw, first: int, q: FloatArray, nodes: int
) -> FloatArray:
    """``(n,)``, by Gauss rules in ``u`` between breaks; clients alike are computed once."""
    found, known = np.zeros(draw.clients), dict[tuple[float, float, int], float]()
    shared = stragglers.law.of(np.arange(1)) is stragglers.law
    for client in range(draw.clients):
        pi, seconds = float(draw.inclusion[client]), float(stragglers.seconds[client])
        alike = (seconds, pi, 0 if shared else client)
        if alike not in known:
            known[alike] = pi * _among_first(
                stragglers, draw, first, client, float(q[client]), nodes
            )
        found[client] = known[alike]
    return found


def _among_first(
    stragglers: Stragglers, draw: ClientDraw, first: int, client: int, most: float, nodes: int
) -> float:
    """``∫_0^most P(fewer than first others before the client's u-quantile) du``."""
    law, own = stragglers.law, float(stragglers.seconds[client])
    masses = law.of(np.array([client])).masses
    if masses is None:
        moments = np.outer(stragglers.seconds, law.quantile(np.array(QUANTILES))).reshape(-1)
        inner = np.unique(law.cdf(moments / own))
        inner = inner[(inner > 0.0) & (inner < most)]
        if inner.size > MOST_BREAKS:
            inner = inner[np.linspace(0, inner.size - 1, MOST_BREAKS).astype(int)]
        u, weight = _rule(np.concatenate(([0.0], inner, [most])), nodes)
        u = np.minimum(u, LAST)
        chances = law.cdf(own * law.quantile(u)[:, None] / stragglers.seconds)
    else:
        values, chance = masses
        early = np.cumsum(chance) <= most * (1.0 + NEAR)
        values, chance = values[early], chance[early]
        # Those at the same moment come in random order: as if each had a place in (0, 1) there.
        place, share = _rule(np.array([0.0, 1.0]), max(nodes, draw.clients // 2 + 1))
        x = own * values[:, None] / stragglers.seconds
        before, until = law.cdf(x * (1.0 - 4.0 * NEAR)), law.cdf(x)
        mixed = before[:, None] + place[None, :, None] * (until - before)[:, None]
        chances = mixed.reshape(-1, draw.clients)
        weight = (chance[:, None] * share[None, :]).reshape(-1)
    return math.fsum(
        float(weight[part] @ draw.others(client, chances[part], first - 1))
        for part in _parts(len(weight), draw, first)
    )


def _parts(points: int, draw: ClientDraw, first: int) -> Iterator[slice]:
    """Points in turn, so many at once that their tables fit in memory."""
    width = draw.clients if draw.design == "independent" else (int(draw.size) + 1) * first
    step = max(1, TABLE // width)
    return (slice(begin, begin + step) for begin in range(0, points, step))


def _rule(breaks: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights of Gauss rules between the breaks."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    left, width = breaks[:-1, None], np.diff(breaks)[:, None]
    return (left + 0.5 * width * (1.0 + x)).reshape(-1), (0.5 * width * w).reshape(-1)
