"""A fleet by kinds of clients: who is alike, what is known of each, and the moments of the draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from roundlot.theory.certified_rounds.algebra import Matrix, is_positive_semidefinite
from roundlot.theory.certified_rounds.work import bits_of, spend

Row = tuple[Fraction, ...]
Table = tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """``count`` clients that nothing known tells apart.

    Attributes:
        count: how many, at least 1.
        weight: ``w = E c_i > 0`` of each; the objective is ``F = Σ w_i f_i``.
        second_moment: ``E c_i²`` of each.
        smoothness, strong_convexity: ``L`` and ``μ`` of each ``f_i``.
        steps: ``(K,)``, the step size of each local step, above 0.
        variance: ``σ²``, at most, of a mini-batch gradient; 0 for full gradients.
    """

    count: int
    weight: Fraction
    second_moment: Fraction
    smoothness: Fraction
    strong_convexity: Fraction
    steps: Row
    variance: Fraction = Fraction(0)

    def complaints(self, *, convex: bool) -> list[str]:
        """What is out of range."""
        found = []
        if self.count < 1:
            found.append(f"a kind has {self.count} clients")
        if self.weight <= 0:
            found.append("a weight is not above 0")
        if not self.steps or min(self.steps) <= 0:
            found.append("every kind needs local steps of a size above 0")
        if self.variance < 0:
            found.append("the variance of a gradient is negative")
        if self.smoothness <= 0 or (convex and not 0 <= self.strong_convexity < self.smoothness):
            found.append("0 <= μ < L fails" if convex else "0 < L fails")
        return found


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One round ``x⁺ = x − Σ c_i U_i``: ``U_i`` is how far client ``i`` walks in its local steps.

    Attributes:
        kinds: of clients.
        cross_moments: ``(kinds, kinds)``, ``E c_i c_j`` of two different clients of these kinds;
            the entry of a kind of one client with itself has no meaning.
    """

    kinds: tuple[Kind, ...]
    cross_moments: Table

    @property
    def n_clients(self) -> int:
        """Of all kinds."""
        return sum(kind.count for kind in self.kinds)

    @property
    def smoothness(self) -> Fraction:
        """``Σ w_i L_i``, of which ``F`` is smooth."""
        return sum((k.count * k.weight * k.smoothness for k in self.kinds), Fraction(0))

    def complaints(self, *, convex: bool) -> list[str]:
        """What is out of range, or no moments of any draw."""
        kinds, table = self.kinds, self.cross_moments
        found = [text for kind in kinds for text in kind.complaints(convex=convex)]
        if not kinds or len(table) != len(kinds) or any(len(row) != len(kinds) for row in table):
            return [*found, "the cross moments must be one row and one column for each kind"]
        if any(table[i][j] != table[j][i] for i in range(len(kinds)) for j in range(i)):
            return [*found, "the cross moments are not symmetric"]
        products = tuple(tuple(a.weight * b.weight for b in kinds) for a in kinds)
        if not found and not self.dominated_by_moments(products):
            found.append("no random weights have these means and second moments")
        return found

    def dominated_by_moments(self, products: Table) -> bool:
        """Whether ``M − (products of kinds)`` of all clients is positive semidefinite."""
        own = tuple(
            kind.second_moment - row[k] for k, (kind, row) in enumerate(self._rows(products))
        )
        cross = tuple(
            tuple(m - p for m, p in zip(moments, row, strict=True))
            for moments, row in zip(self.cross_moments, products, strict=True)
        )
        return self.is_semidefinite(own, cross)

    def _rows(self, table: Table) -> list[tuple[Kind, Row]]:
        return list(zip(self.kinds, table, strict=True))

    def is_semidefinite(self, own: Row, cross: Table) -> bool:
        """Whether the matrix of all clients with these entries by kinds is semidefinite.

        It has ``own_k`` on the diagonal and ``cross_kl`` elsewhere. A vector is its mean in each
        kind and what is left; the first give one small matrix, the second one number a kind.
        """
        among = [o - cross[k][k] for k, o in enumerate(own)]
        if any(a < 0 and kind.count > 1 for a, kind in zip(among, self.kinds, strict=True)):
            return False
        means: Matrix = [list(row) for row in cross]
        for k, kind in enumerate(self.kinds):
            means[k][k] += among[k] / kind.count
        return is_positive_semidefinite(means)


@dataclass(frozen=True, kw_only=True)
class Coupling:
    """Second moments as clients by themselves and a few combinations ``y_r = Σ_i a_ri U_i``.

    ``E‖Σ c_i U_i‖² <= Σ_rs G_rs ⟨y_r, y_s⟩ + Σ_i d_i ‖U_i‖²``.

    Attributes:
        combinations: ``(R, kinds)``, ``a``.
        squares: ``(R, R)``, ``G``.
        own: ``(kinds,)``, ``d``.
        spread: whether ``∇f_i(x*)`` of all clients but the last are shared as well, and that of
            the last follows from ``Σ w_i ∇f_i(x*) = 0``. Every kind is then one client.
    """

    combinations: Table
    squares: Table
    own: Row
    spread: bool = False

    @property
    def shared(self) -> int:
        """How many vectors all clients share: these, and ``x − x*`` or ``∇F(x)``."""
        return 1 + len(self.combinations) + (len(self.own) - 1 if self.spread else 0)

    def complaints(self, setting: Setting) -> list[str]:
        """What is wrong with it, as a bound on the setting's second moments."""
        n, size = len(setting.kinds), len(self.combinations)
        rows = [*self.combinations, self.own]
        if any(len(row) != n for row in rows) or len(self.squares) != size:
            return ["the coupling does not fit the kinds"]
        if any(len(row) != size for row in self.squares):
            return ["the squares of the coupling are not a square table"]
        if any(self.squares[i][j] != self.squares[j][i] for i in range(size) for j in range(i)):
            return ["the squares of the coupling are not symmetric"]
        if self.spread and any(kind.count > 1 for kind in setting.kinds):
            return ["clients of one kind cannot share what each has for itself"]
        bound = self.moments()
        own = tuple(
            bound[k][k] + self.own[k] - kind.second_moment for k, kind in enumerate(setting.kinds)
        )
        cross = tuple(
            tuple(b - m for b, m in zip(row, moments, strict=True))
            for row, moments in zip(bound, setting.cross_moments, strict=True)
        )
        if not setting.is_semidefinite(own, cross):
            return ["the coupling is not above the second moments of the draw"]
        return []

    def moments(self) -> Table:
        """``(kinds, kinds)``, ``aᵀ G a``."""
        n, size = len(self.own), len(self.combinations)
        a, G = self.combinations, self.squares
        spend(n * size * (n + size), bits_of(v for row in (*a, *G) for v in row))
        weighed = [[_dot(row, column) for column in zip(*a, strict=True)] for row in G]  # G a
        none: list[Row] = [()] * n
        columns: list[Row] = list(zip(*a, strict=True)) or none
        right: list[Row] = list(zip(*weighed, strict=True)) or none
        return tuple(tuple(_dot(one, other) for other in right) for one in columns)


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))
