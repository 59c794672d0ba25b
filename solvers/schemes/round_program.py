"""One round of local steps as a semidefinite program with a small block for each kind of clients.

Given the shared vectors the clients are apart, so the matrix of the whole round has the pattern of
an arrow: it is semidefinite if and only if it is a sum of semidefinite blocks, one for each client
with the shared vectors (Agler et al., Linear Algebra Appl. 1988). Clients that are alike have one
block. Units are powers of two, so that all entries are near 1 and rounding to them is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certified_rounds.algebra import Form
from roundlot.theory.certified_rounds.forms import KindForms, kind_forms, shared_form
from roundlot.theory.certified_rounds.proof import KindProof, RoundProof, balances, demands
from roundlot.theory.certified_rounds.setting import Coupling, Row, Setting

_TOLERANCE = 1e-10  # of Clarabel
_ALL_PAIRS = 8  # local steps; of more, facts about points far apart gain 0.05 % and take minutes
# Of weights whose sum is not 1 heterogeneity alone bounds the gradient; a chain of rounds needs F.
_FALL = 1e-6
_GRID = 2**50  # finer than the solver's digits, short enough for exact arithmetic


class UnboundedError(Exception):
    """The solver shows that no multipliers prove a finite bound, however large they are."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a round is to make small: ``before · potential + dissimilarity · ζ² + noise``.

    Attributes:
        name: one of ``theory.certified_rounds.GOALS``.
        potential: ``‖x − x*‖²`` or ``F(x) − inf F`` to be tight at, above 0.
        heterogeneity: ``ζ²`` to be tight at.
        rounds: over which a gap or a gradient is averaged.
        alike: whether ``∇f_i(x*) = 0``.
    """

    name: str
    potential: float
    heterogeneity: float
    rounds: int
    alike: bool


def solve_round(
    setting: Setting, coupling: Coupling, goal: Goal, margin: float
) -> RoundProof | None:
    """Multipliers in fractions; None where the solver gives up.

    ``margin`` is how far every block is kept from losing its sign, so that rounding does not
    take it. Whether they prove anything is for ``RoundProof.complaints`` to say.

    Raises:
        UnboundedError: there are none at this margin, and so none at a larger one.
    """
    program = _Program(setting, coupling, goal, margin)
    values = program.solved()
    return None if values is None else program.proof(values)


class _Program:
    """Columns are the unknowns, each in a unit that is a power of two; rows are cones."""

    def __init__(self, setting: Setting, coupling: Coupling, goal: Goal, margin: float) -> None:
        self.setting, self.coupling, self.goal, self.margin = setting, coupling, goal, margin
        self.forms = [
            kind_forms(setting, coupling, k, goal.name, needed=self._is_tried)
            for k in range(len(setting.kinds))
        ]
        self.tried = [
            tuple(place for place, form in enumerate(forms.facts) if form) for forms in self.forms
        ]
        self.shared = coupling.shared
        self.length = power_near(max(kind.smoothness for kind in setting.kinds))
        self.base = self.length if goal.name == "gap" else Fraction(1)
        self.units: list[Fraction] = []
        self.costs: list[float] = []
        self.rows: list[_Rows] = []
        self._globals()
        self.kinds = [self._kind(k) for k in range(len(setting.kinds))]
        self._top()

    def _is_tried(self, place: int, pair: tuple[int, int]) -> bool:
        """Of many local steps only neighbours are compared, and all with ``x*`` or ``x``."""
        few = len(self.setting.kinds[0].steps) <= _ALL_PAIRS
        return few or 0 in pair or abs(pair[0] - pair[1]) == 1

    # unknowns

    def _columns(self, units: Sequence[Fraction], cost: float = 0.0) -> range:
        first = len(self.units)
        self.units += units
        self.costs += [cost * float(unit) for unit in units]
        return range(first, len(self.units))

    def _globals(self) -> None:
        goal = self.goal
        factor = Fraction(1) if goal.name == "distance" else self.length
        self.before = self._columns([factor], goal.potential)[0]
        self.after = self._columns([factor])[0]
        zeta = 0.0 if goal.alike else goal.heterogeneity
        self.dissimilarity = self._columns([self.base / self._own**2], zeta)[0]
        reach = self._reach(self.shared, self.shared)
        reach = [] if self.coupling.spread else reach
        self.centre = self._columns([self.base / (r * self._own) for r in reach])
        if goal.name == "distance":
            self._rows("zero", {self.after: [1.0]}, [1.0])
        elif goal.name == "gap":
            self._rows("nonnegative", {self.before: [1.0], self.after: [-1.0]}, [0.0])
            kept = 1 - 1 / goal.rounds  # so that no round of many counts for nothing in the mean
            self._rows("nonnegative", {self.before: [-kept], self.after: [1.0]}, [0.0])
            self.costs[self.after] -= goal.potential * (1 - 1 / goal.rounds) * float(factor)
        else:
            self._rows("zero", {self.before: [1.0], self.after: [-1.0]}, [0.0])
            self._rows("nonnegative", {self.before: [1.0]}, [-_FALL])
            self.costs[self.before] /= goal.rounds
        for column in (self.before, self.after, self.dissimilarity):
            self._rows("nonnegative", {column: [1.0]}, [0.0])

    @property
    def _own(self) -> Fraction:
        """The size of a client's own vectors where that of the lead is 1."""
        return Fraction(1) if self.goal.name == "gradient" else self.length

    def _reach(self, size: int, shared: int) -> list[Fraction]:
        """The size of each vector of a block."""
        walk = 1 / self.length if self.goal.name == "gradient" else Fraction(1)
        walks = len(self.coupling.combinations)
        return [Fraction(1), *[walk] * walks, *[self._own] * (size - 1 - walks)]

    def _kind(self, number: int) -> _Columns:
        kind, forms = self.setting.kinds[number], self.forms[number]
        weight = power_near(kind.weight)
        tried = [forms.facts[place] for place in self.tried[number]]
        block = _Block(forms, self._reach(forms.size, forms.shared), self.base * weight, self.goal)
        noise = float(kind.count * kind.variance)
        last = Fraction(1) if self.goal.name != "gradient" else self.setting.smoothness / 2
        more = kind.count * kind.variance * last * kind.second_moment * kind.steps[-1] ** 2
        self.costs[self.after] += float(more * self.units[self.after])
        groups = (tried, forms.noises, forms.uncorrelated)
        units = [[block.unit(form) for form in group] for group in groups]
        facts, noises, uncorrelated = (
            self._columns(each, noise if k == 1 else 0.0) for k, each in enumerate(units)
        )
        pairs = [(i, j) for j in range(self.shared) for i in range(j + 1)]
        share = self._columns([block.whole / (block.reach[i] * block.reach[j]) for i, j in pairs])
        for column in (*facts, *noises):
            self._rows("nonnegative", {column: [1.0]}, [0.0])
        gap = kind.weight if self.goal.name == "gap" else Fraction(0)
        self._balance(number, facts, gap)
        given: list[tuple[int, int, Form]] = [
            (self.after, 1, forms.after),
            (self.dissimilarity, 1, forms.dissimilarity),
            *((c, 1, form) for c, form in zip(self.centre, forms.centre, strict=True)),
            *((column, -1, form) for column, form in zip(facts, tried, strict=True)),
            *((column, 1, form) for column, form in zip(noises, forms.noises, strict=True)),
            *((c, 1, form) for c, form in zip(uncorrelated, forms.uncorrelated, strict=True)),
            *(
                (c, 1, {(i, j): Fraction(1 + (i != j))})
                for c, (i, j) in zip(share, pairs, strict=True)
            ),
        ]
        columns = {c: sign * block.scaled(form, self.units[c]) for c, sign, form in given}
        self._semidefinite(columns, block.size)
        return _Columns(facts, share, noises, uncorrelated)

    def _balance(self, number: int, facts: range, gap: Fraction) -> None:
        forms = self.forms[number]
        pairs = [forms.pairs[place] for place in self.tried[number]]
        wanted = demands(forms, gap)
        for point in range(forms.n_points):
            row = {}
            for column, (a, b) in zip(facts, pairs, strict=True):
                if point in (a, b):
                    row[column] = [
                        float(self.units[column] / self.base) * (1 if a == point else -1)
                    ]
            if row:
                self._rows("zero", row, [float(wanted[point] / self.base)])

    def _top(self) -> None:
        """What is left of the shared vectors."""
        size = self.shared
        reach = np.array([float(r) for r in self._reach(size, size)])
        none = np.zeros(len(self.centre), dtype=int)

        def form_of(before: int, after: int, centre: IntArray) -> FloatArray:
            form = shared_form(
                self.setting,
                self.coupling,
                self.goal.name,
                before=Fraction(before),
                after=Fraction(after),
                centre=tuple(map(Fraction, centre.tolist())),
            )
            return dense(form, size) * np.outer(reach, reach) / float(self.base)

        fixed = form_of(0, 0, none)
        columns = {
            self.before: form_of(1, 0, none) - fixed,
            self.after: form_of(0, 1, none) - fixed,
        }
        for column, one in zip(self.centre, np.eye(len(self.centre), dtype=int), strict=True):
            columns[column] = form_of(0, 0, one) - fixed
        columns = {c: value * float(self.units[c]) for c, value in columns.items()}
        pairs = [(i, j) for j in range(size) for i in range(j + 1)]
        for kind, own in zip(self.setting.kinds, self.kinds, strict=True):
            for column, (i, j) in zip(own.share, pairs, strict=True):
                value = np.zeros((size, size))
                value[i, j] = value[j, i] = -kind.count * float(self.units[column] / self.base)
                columns[column] = value * np.outer(reach, reach)
        self._semidefinite(columns, size, fixed)

    # rows

    def _rows(self, cone: str, columns: dict[int, Any], right: Any) -> None:
        self.rows.append(_Rows(cone, columns, np.asarray(right, dtype=float)))

    def _semidefinite(
        self, columns: dict[int, FloatArray], size: int, fixed: FloatArray | None = None
    ) -> None:
        start = np.zeros((size, size)) if fixed is None else fixed
        right = start - self.margin * np.eye(size)
        packed = {column: -_packed(value) for column, value in columns.items()}
        self.rows.append(_Rows("semidefinite", packed, _packed(right), size))

    # solving

    def solved(self) -> FloatArray | None:
        """The unknowns in their units."""
        import clarabel
        from scipy import sparse

        order = {"zero": 0, "nonnegative": 1, "semidefinite": 2}
        parts = sorted(self.rows, key=lambda rows: order[rows.cone])
        data: list[float] = []
        place: list[tuple[int, int]] = []
        height = 0
        for rows in parts:
            sign = -1.0 if rows.cone == "nonnegative" else 1.0
            for column, values in rows.columns.items():
                for k, value in enumerate(values):
                    if value:
                        data.append(sign * value)
                        place.append((height + k, column))
            height += len(rows.right)
        at, columns = zip(*place, strict=True)
        width = len(self.units)
        matrix = sparse.csc_matrix((data, (at, columns)), shape=(height, width))
        right = np.concatenate([rows.right for rows in parts])
        cost = np.array(self.costs)
        cones = [
            {"zero": clarabel.ZeroConeT, "nonnegative": clarabel.NonnegativeConeT}[r.cone](1)
            if r.size == 0
            else clarabel.PSDTriangleConeT(r.size)
            for r in parts
        ]
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        if hasattr(settings, "max_threads"):  # Clarabel 0.9 has none
            settings.max_threads = 1
        for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
            setattr(settings, name, _TOLERANCE)
        empty = sparse.csc_matrix((width, width))
        scale = float(np.abs(cost).max()) or 1.0
        found = clarabel.DefaultSolver(empty, cost / scale, matrix, right, cones, settings).solve()
        if found.status == clarabel.SolverStatus.PrimalInfeasible:
            raise UnboundedError
        values = np.asarray(found.x, dtype=float)
        return values if values.size == width and np.all(np.isfinite(values)) else None

    # rounding

    def proof(self, values: FloatArray) -> RoundProof:
        """The values as fractions, with whatever must hold exactly made to hold."""
        pairs = zip(values.tolist(), self.units, strict=True)
        exact = [Fraction(round(value * _GRID), _GRID) * unit for value, unit in pairs]
        after = Fraction(1) if self.goal.name == "distance" else max(exact[self.after], Fraction(0))
        before = max(exact[self.before], Fraction(0))
        gone = self.goal.alike  # what has no cost has no meaning: the multiplier of 0
        return RoundProof(
            coupling=self.coupling,
            before=after if self.goal.name == "gradient" else before,
            after=after,
            dissimilarity=Fraction(0) if gone else max(exact[self.dissimilarity], Fraction(0)),
            centre=tuple(exact[c] for c in self.centre),
            kinds=tuple(self._kind_proof(k, exact) for k in range(len(self.kinds))),
        )

    def _kind_proof(self, number: int, exact: list[Fraction]) -> KindProof:
        own, forms, size = self.kinds[number], self.forms[number], self.shared
        gap = self.setting.kinds[number].weight if self.goal.name == "gap" else Fraction(0)
        share = [[Fraction(0)] * size for _ in range(size)]
        pairs = [(i, j) for j in range(size) for i in range(j + 1)]
        for column, (i, j) in zip(own.share, pairs, strict=True):
            share[i][j] = share[j][i] = exact[column]
        factors = [Fraction(0)] * len(forms.facts)
        for place, column in zip(self.tried[number], own.facts, strict=True):
            factors[place] = max(exact[column], Fraction(0))
        return KindProof(
            facts=_balanced(forms, factors, gap),
            share=tuple(tuple(row) for row in share),
            noises=tuple(max(exact[c], Fraction(0)) for c in own.noises),
            uncorrelated=tuple(exact[c] for c in own.uncorrelated),
        )


@dataclass(frozen=True)
class _Columns:
    """The unknowns of a kind."""

    facts: range
    share: range
    noises: range
    uncorrelated: range


@dataclass(frozen=True)
class _Rows:
    """``right − Σ column · unknown`` in a cone; ``size`` is that of a semidefinite matrix."""

    cone: str
    columns: dict[int, Any]
    right: FloatArray
    size: int = 0


class _Block:
    """A kind's block with all entries near 1."""

    def __init__(
        self, forms: KindForms, reach: list[Fraction], whole: Fraction, goal: Goal
    ) -> None:
        self.forms, self.reach, self.whole = forms, reach, whole
        gone = [forms.shared] if goal.alike and goal.name != "gradient" else []
        self.keep = [i for i in range(forms.size) if i not in gone]
        self.outer = np.outer([float(r) for r in reach], [float(r) for r in reach])

    @property
    def size(self) -> int:
        """Vectors that are not 0."""
        return len(self.keep)

    def unit(self, form: Form) -> Fraction:
        """A unit in which the form's greatest entry is near 1."""
        most = max(abs(v) * self.reach[i] * self.reach[j] for (i, j), v in form.items())
        return self.whole / power_near(most)

    def scaled(self, form: Form, unit: Fraction) -> FloatArray:
        """The matrix of ``unit · form``."""
        found = dense(form, self.forms.size) * self.outer * float(unit / self.whole)
        return np.asarray(found[np.ix_(self.keep, self.keep)])


def dense(form: Form, size: int) -> FloatArray:
    """The symmetric matrix of a form, in floats."""
    found = np.zeros((size, size))
    for (i, j), value in form.items():
        found[i, j] += float(value) / 2
        found[j, i] += float(value) / 2
    return found


def power_near(value: Fraction) -> Fraction:
    """A power of two near a positive number."""
    return Fraction(2) ** (value.numerator.bit_length() - value.denominator.bit_length())


def _packed(matrix: FloatArray) -> FloatArray:
    """The upper triangle by columns, entries off the diagonal times √2."""
    size = len(matrix)
    rows = np.concatenate([np.arange(j + 1) for j in range(size)])
    columns = np.repeat(np.arange(size), np.arange(1, size + 1))
    return np.asarray(matrix[rows, columns] * np.where(rows == columns, 1.0, math.sqrt(2)))


def _balanced(forms: KindForms, factors: list[Fraction], gap: Fraction) -> Row:
    """The factors, raised a little where values of ``f`` would not cancel."""
    place = {pair: k for k, pair in enumerate(forms.pairs)}
    found = list(factors)
    for point, (is_so, wanted) in enumerate(
        zip(balances(forms, tuple(factors)), demands(forms, gap), strict=True)
    ):
        if point and wanted != is_so:
            pair = (point, 0) if wanted > is_so else (0, point)
            found[place[pair]] += abs(wanted - is_so)
    return tuple(found)
