"""Sampling schemes by kinds of clients: thousands of clients at the price of their few kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers.schemes.scheme import (
    Numbers,
    Row,
    SamplingScheme,
    Table,
    briefly,
    fractions,
    listed,
    whole,
)
from roundlot.theory.certified_rounds import Coupling, Kind, Setting
from roundlot.theory.certified_rounds.document import CLIENTS, KINDS
from roundlot.theory.errors import ConvergenceError, InvalidProblemError

_GRID = 2**40  # of the combinations; what rounding takes is made up for by the trifles
_FEW = 4  # clients that share their gradients at x*
_TRIFLES = (1e-9, 1e-8, 1e-7, 1e-6)  # relative to the largest second moment over the weights


@dataclass(frozen=True, kw_only=True, eq=False)
class SchemeOfKinds:
    """Moments of a scheme in which clients of a kind are exchangeable.

    Attributes:
        name: what the scheme is called.
        counts: ``(kinds,)``, clients of each kind.
        weights: ``(kinds,)``, ``w = E c_i > 0`` of each client; ``F = Σ w_i f_i``.
        second_moments: ``(kinds,)``, ``E c_i²`` of each client.
        cross_moments: ``(kinds, kinds)``, ``E c_i c_j`` of two different clients; the entry of a
            kind of one client with itself has no meaning.

    Raises:
        InvalidProblemError: moments that no random weights have, or lengths that differ.
    """

    name: str
    counts: tuple[int, ...]
    weights: Row
    second_moments: Row
    cross_moments: Table

    def __post_init__(self) -> None:
        counts = _counts(self.counts)
        table = listed(self.cross_moments)
        if table is None:
            given = briefly(self.cross_moments)
            raise InvalidProblemError(f"cross_moments is {given}; give a row for each kind")
        rows = enumerate(table)
        cross = tuple(fractions(row, f"cross_moments[{k}]") for k, row in rows)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "weights", _weights(self.weights, counts))
        object.__setattr__(self, "second_moments", fractions(self.second_moments, "second_moments"))
        object.__setattr__(self, "cross_moments", cross)
        if len(counts) != len(self.second_moments):
            raise InvalidProblemError(
                f"second_moments has {len(self.second_moments)} numbers; give one for each of "
                f"{len(counts)} kinds"
            )
        one = Fraction(1)
        wrong = self.setting([one] * len(counts), [0 * one] * len(counts), [(one,)] * len(counts))
        if complaints := wrong.complaints(convex=True):
            raise InvalidProblemError(f"{self.name}: {complaints[0]}")

    @property
    def n_clients(self) -> int:
        """Of all kinds."""
        return sum(self.counts)

    def setting(
        self,
        smoothness: Sequence[Fraction],
        strong_convexity: Sequence[Fraction],
        steps: Sequence[Row],
        variances: Sequence[Fraction] | None = None,
    ) -> Setting:
        """The fleet with these constants, one for each kind."""
        noise = [Fraction(0)] * len(self.counts) if variances is None else variances
        columns = (self.counts, self.weights, self.second_moments, smoothness, strong_convexity)
        return Setting(
            kinds=tuple(
                Kind(
                    count=count,
                    weight=weight,
                    second_moment=moment,
                    smoothness=L,
                    strong_convexity=mu,
                    steps=row,
                    variance=variance,
                )
                for count, weight, moment, L, mu, row, variance in zip(
                    *columns, steps, noise, strict=True
                )
            ),
            cross_moments=self.cross_moments,
        )

    def __repr__(self) -> str:
        return f"SchemeOfKinds({self.name!r}, {self.n_clients} clients of {len(self.counts)} kinds)"


def independent_kinds(
    counts: Sequence[int], weights: Numbers, probabilities: Numbers
) -> SchemeOfKinds:
    """Every client takes part with its kind's probability, whatever the others do.

    Raises:
        InvalidProblemError: a probability outside ``(0, 1]``, or lengths that differ.
    """
    many = _counts(counts)
    w, p = _weights(weights, many), fractions(probabilities, "probabilities")
    if len(p) != len(many):
        raise InvalidProblemError(
            f"probabilities has {len(p)} numbers; give one for each of {len(many)} kinds"
        )
    for k, q in enumerate(p):
        if not 0 < q <= 1:
            raise InvalidProblemError(
                f"probabilities[{k}] is {float(q):g}; give a number above 0 and at most 1"
            )
    return SchemeOfKinds(
        name="independent",
        counts=many,
        weights=w,
        second_moments=tuple(a * a / q for a, q in zip(w, p, strict=True)),
        cross_moments=tuple(tuple(a * b for b in w) for a in w),
    )


def fixed_size_of_kinds(counts: Sequence[int], weights: Numbers, size: int) -> SchemeOfKinds:
    """``size`` of all clients, uniformly without replacement: ``c_i = 1{i} w_i n / size``.

    Raises:
        InvalidProblemError: a size outside 1 to ``n``, or lengths that differ.
    """
    many = _counts(counts)
    w, n = _weights(weights, many), sum(many)
    size = whole(size, "size", n)
    pair = Fraction(n * (size - 1), size * (n - 1)) if n > 1 else Fraction(1)
    return SchemeOfKinds(
        name=f"{size} of {n}",
        counts=many,
        weights=w,
        second_moments=tuple(a * a * Fraction(n, size) for a in w),
        cross_moments=tuple(tuple(a * b * pair for b in w) for a in w),
    )


def by_kinds(scheme: SamplingScheme, labels: Sequence[Any]) -> tuple[SchemeOfKinds, list[int]]:
    """The scheme by kinds, and the number of one client of each.

    Clients are of one kind if their labels, weights and second moments are equal and the moments
    of pairs depend on kinds alone. Where they depend on more, every client is a kind of its own.
    """
    M, n = scheme.second_moment, scheme.n_clients
    keys = [(labels[i], scheme.weights[i], M[i][i]) for i in range(n)]
    groups: dict[Any, list[int]] = {}
    for i, key in enumerate(keys):
        groups.setdefault(key, []).append(i)
    kinds = list(groups.values())
    cross = _cross(M, kinds)
    if cross is None:
        kinds = [[i] for i in range(n)]
        cross = M
    first = [kind[0] for kind in kinds]
    found = SchemeOfKinds(
        name=scheme.name,
        counts=tuple(map(len, kinds)),
        weights=tuple(scheme.weights[i] for i in first),
        second_moments=tuple(M[i][i] for i in first),
        cross_moments=cross,
    )
    return found, first


def _cross(M: Table, kinds: list[list[int]]) -> Table | None:
    """``E c_i c_j`` by kinds; None where it depends on more than kinds."""
    rows = []
    for one in kinds:
        row = []
        for other in kinds:
            values = {M[i][j] for i in one for j in other if i != j}
            if len(values) > 1:
                return None
            row.append(values.pop() if values else M[one[0]][one[0]])
        rows.append(tuple(row))
    return tuple(rows)


def coupling_of(setting: Setting, *, spread: bool) -> Coupling:
    """What clients share: of their walks as `_walks`, and of few clients their gradients, too.

    With the gradients at ``x*`` of all clients but one, if ``spread`` says that there are any, the
    blocks of `round_program` give nothing away. Of many clients that takes long.
    """
    found, kinds = _walks(setting), setting.kinds
    few = 1 < len(kinds) <= _FEW and all(kind.count == 1 for kind in kinds)
    return replace(found, spread=spread and few)


def _walks(setting: Setting) -> Coupling:
    """Second moments as clients by themselves and as few combinations as they allow.

    One where ``E c_i c_j = τ w_i w_j`` for all pairs, as with independent draws, draws of fixed
    size and draws with replacement; none where that is 0; otherwise one for each kind.
    """
    kinds, cross, n = setting.kinds, setting.cross_moments, len(setting.kinds)
    w = tuple(kind.weight for kind in kinds)
    pairs = [(i, j) for i in range(n) for j in range(i + 1) if i != j or kinds[i].count > 1]
    ratios = {cross[i][j] / (w[i] * w[j]) for i, j in pairs}
    if len(ratios) <= 1 and min(ratios, default=Fraction(0)) >= 0:
        ratio = ratios.pop() if ratios else Fraction(0)
        own = tuple(k.second_moment - ratio * k.weight**2 for k in kinds)
        alone = not ratio
        return Coupling(
            combinations=() if alone else (w,), squares=() if alone else ((ratio,),), own=own
        )
    return _several(setting)


def _several(setting: Setting) -> Coupling:
    """Combinations along the eigenvectors of the second moments, a trifle above them.

    A negative eigenvalue, of clients of a kind that keep each other out, is left out.

    Raises:
        ConvergenceError: rounding went beyond every trifle.
    """
    kinds, n = setting.kinds, len(setting.kinds)
    w = [kind.weight for kind in kinds]
    table = [list(row) for row in setting.cross_moments]
    for k, kind in enumerate(kinds):
        table[k][k] = kind.second_moment if kind.count == 1 else table[k][k]
    relative = [
        [float(m / (w[i] * w[j])) for j, m in enumerate(row)] for i, row in enumerate(table)
    ]
    values, vectors = np.linalg.eigh(np.array(relative))
    kept = [r for r in range(n) if values[r] > _TRIFLES[0] * values[-1]]
    combinations = tuple(
        tuple(w[k] * Fraction(round(vectors[k, r] * _GRID), _GRID) for k in range(n)) for r in kept
    )
    squares = tuple(
        tuple(Fraction(float(values[r])) if r == s else Fraction(0) for s in kept) for r in kept
    )
    for trifle in _TRIFLES:
        more = Fraction(trifle * float(values[-1]))
        own = tuple(
            kind.second_moment - table[k][k] + more * kind.weight**2 for k, kind in enumerate(kinds)
        )
        found = Coupling(combinations=combinations, squares=squares, own=own)
        if not found.complaints(setting):
            return found
    raise ConvergenceError("the second moments are too uneven; scale the weights nearer to 1")


def _counts(values: Any) -> tuple[int, ...]:
    found = listed(values)
    if not found:
        given = briefly(values)
        raise InvalidProblemError(f"counts is {given}; give a number of clients for each kind")
    if len(found) > KINDS:
        raise InvalidProblemError(
            f"there are {len(found)} kinds of clients; give clients that differ little the same "
            f"weights and constants, so that there are {KINDS} at most"
        )
    return tuple(whole(value, f"counts[{k}]", CLIENTS) for k, value in enumerate(found))


def _weights(values: Any, counts: tuple[int, ...]) -> Row:
    found = fractions(values, "weights")
    if len(found) != len(counts):
        raise InvalidProblemError(
            f"weights has {len(found)} numbers; give one for each of {len(counts)} kinds"
        )
    for k, weight in enumerate(found):
        if weight <= 0:
            raise InvalidProblemError(
                f"weights[{k}] is {float(weight):g}; give a number above 0, or leave the kind out"
            )
    return found
