"""A certified round as a file for Rocq: inner products as reals, facts as hypotheses, squares.

The statement is written from the source's formulas, not with the forms that the certificate was
made and judged with; Rocq proves that they agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from roundlot.theory.certified_rounds.algebra import Matrix, matrix
from roundlot.theory.certified_rounds.chain import RoundsClaim, at
from roundlot.theory.certified_rounds.forms import kind_forms, shared_form
from roundlot.theory.certified_rounds.proof import RoundProof
from roundlot.theory.certified_rounds.setting import Row, Setting
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.rocq.terms import comment

MOST = 4  # clients; the squares grow quickly with their number
Vector = Mapping[str, Fraction]  # by the name of an independent vector
Linear = dict[str, Fraction]  # by the name of a real number
_ONE = Fraction(1)


def rounds_document(claim: RoundsClaim) -> str:
    """The rounds of a certificate and their chain, as a file for Rocq 8.16 or later, by itself.

    Raises:
        InvalidProblemError: another goal than the distance, noise of mini-batches, more than four
            clients, or a certificate that its check refuses.
    """
    setting = claim.setting
    if claim.goal != "distance" or any(kind.variance for kind in setting.kinds):
        raise InvalidProblemError("Rocq files are written of distances without noise of batches")
    if setting.n_clients > MOST or any(kind.count > 1 for kind in setting.kinds):
        raise InvalidProblemError(
            f"Rocq files are written for {MOST} clients at most, each a kind of its own"
        )
    if claim.failures:
        raise InvalidProblemError(f"the certificate proves nothing: {claim.failures[0]}")
    names: dict[tuple[int, Row], str] = {}
    parts = [comment(f"Rounds of federated averaging. {claim}."), PRELUDE]
    for key in zip(claim.uses, claim.schedule, strict=True):
        if key not in names:
            names[key] = f"round_{len(names)}"
            proof = _Round(at(setting, key[1]), claim.proofs[key[0]], alike=claim.alike)
            parts.append(proof.theorem(names[key]))
    parts.append(_chain(claim))
    parts += [f"Print Assumptions {name}." for name in (*names.values(), "chain")]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Term:
    """``factor`` times something that is at least 0 by a hypothesis or as a square."""

    factor: Fraction
    value: Linear
    why: str


class _Round:
    """One round: its independent vectors, what is known of them, and what adds up to the claim."""

    def __init__(self, setting: Setting, proof: RoundProof, *, alike: bool) -> None:
        self.setting, self.proof, self.alike = setting, proof, alike
        self.clients = range(len(setting.kinds))
        self.walks = [
            _sum((step, _unit(f"g{i}{k}")) for k, step in enumerate(setting.kinds[i].steps))
            for i in self.clients
        ]
        self.names = ["e", *([] if alike else [f"h{i}" for i in self.clients[:-1]])]
        self.names += [f"g{i}{k}" for i in self.clients for k in range(len(setting.kinds[i].steps))]

    def at_optimum(self, i: int) -> Vector:
        """The gradient of client ``i`` at ``x*``; the last follows from the others."""
        if self.alike:
            return {}
        if i < len(self.clients) - 1:
            return _unit(f"h{i}")
        w = [kind.weight for kind in self.setting.kinds]
        return _sum((-w[j] / w[-1], _unit(f"h{j}")) for j in self.clients[:-1])

    def facts(self) -> Iterator[_Term]:
        """The interpolation inequalities with their multipliers, from their source."""
        for i, (kind, own) in enumerate(zip(self.setting.kinds, self.proof.kinds, strict=True)):
            points: list[tuple[Vector, Vector]] = [({}, self.at_optimum(i))]
            x = _unit("e")
            for k, step in enumerate(kind.steps):
                points.append((x, _unit(f"g{i}{k}")))
                x = _sum([(_ONE, x), (-step, _unit(f"g{i}{k}"))])
            L, mu = kind.smoothness, kind.strong_convexity
            pairs = [(a, b) for a in range(len(points)) for b in range(len(points)) if a != b]
            for factor, (a, b) in zip(own.facts, pairs, strict=True):
                if factor:
                    value = _interpolation(points[a], points[b], L, mu)
                    value[f"f{i}_{a}"], value[f"f{i}_{b}"] = _ONE, -_ONE
                    yield _Term(factor=factor, value=value, why=f"client {i}, points {a} and {b}")

    def claim(self) -> Linear:
        """``before ‖e‖² + dissimilarity Σ w ‖h‖² − E‖x⁺ − x*‖²``."""
        kinds, cross = self.setting.kinds, self.setting.cross_moments
        e = _unit("e")
        found = _inner(e, e, self.proof.before - 1)
        for i, kind in enumerate(kinds):
            h = self.at_optimum(i)
            _add(found, _inner(h, h, self.proof.dissimilarity * kind.weight))
            _add(found, _inner(self.walks[i], e, 2 * kind.weight))
            for j in self.clients:
                moment = kind.second_moment if i == j else cross[i][j]
                _add(found, _inner(self.walks[i], self.walks[j], -moment))
        return found

    def squares(self) -> Iterator[_Square]:
        """What is left: squares of every block, of the shared vectors and of the coupling."""
        proof, setting, coupling = self.proof, self.setting, self.proof.coupling
        shared: list[Vector] = [_unit("e")]
        shared += [
            _sum((a, walk) for a, walk in zip(row, self.walks, strict=True))
            for row in coupling.combinations
        ]
        shared += [_unit(f"h{i}") for i in self.clients[:-1]] if coupling.spread else []
        left = matrix(
            shared_form(
                setting, coupling, "distance",
                before=proof.before, after=proof.after, centre=proof.centre,
            ),
            len(shared),
        )  # fmt: skip
        for i, own in enumerate(proof.kinds):
            forms = kind_forms(setting, coupling, i, "distance")
            steps = range(len(setting.kinds[i].steps))
            vectors = [*shared, *(_unit(f"g{i}{k}") for k in steps)]
            yield from _squares(proof.block(own, forms, alike=self.alike), vectors)
            for r, row in enumerate(own.share):
                for s, value in enumerate(row):
                    left[r][s] -= value
        yield from _squares(left, shared)
        bound = coupling.moments()
        room = [
            [bound[i][j] - setting.cross_moments[i][j] for j in self.clients] for i in self.clients
        ]
        for i, kind in enumerate(setting.kinds):
            room[i][i] = bound[i][i] + coupling.own[i] - kind.second_moment
        yield from _squares(room, self.walks)

    def theorem(self, name: str) -> str:
        """Statement and proof."""
        facts, squares = list(self.facts()), list(self.squares())
        rest = dict(self.claim())
        for term in facts:
            _add(rest, {key: -term.factor * value for key, value in term.value.items()})
        for square in squares:
            _add(rest, _inner(square.vector, square.vector, -square.factor))
        assert not any(rest.values()), "the squares do not add up"  # Rocq would refuse it, too
        products = [f"{a}_{b}" for n, a in enumerate(self.names) for b in self.names[n:]]
        values = sorted({key for term in facts for key in term.value if key[0] == "f"})
        zeta = Linear()
        for i, kind in enumerate(self.setting.kinds):
            h = self.at_optimum(i)
            _add(zeta, _inner(h, h, kind.weight))
        lines = [comment(_reading(self.setting)), f"Theorem {name}"]
        lines.append(f"  ({' '.join([*products, *values, 'zeta', 'after'])} : R)")
        lines.append(f"  {comment('every combination of the vectors has a squared norm >= 0')}")
        lines.append(f"  (squares : forall {' '.join(f'c_{v}' for v in self.names)} : R,")
        lines.append(f"    0 <= {self._all_squares()})")
        for n, term in enumerate(facts):
            lines.append(f"  {comment(f'smoothness and strong convexity: {term.why}')}")
            lines.append(f"  (F{n} : 0 <= {_text(term.value)})")
        left = {**self.claim()}
        _add(left, _inner(_unit("e"), _unit("e"), -self.proof.before))
        _add(left, {key: -self.proof.dissimilarity * value for key, value in zeta.items()})
        lines.append(f"  (heterogeneity : {_text(zeta)} <= zeta)")
        lines.append(f"  (round : after = {_text({k: -v for k, v in left.items()})})")
        lines.append(
            f"  : after <= {_number(self.proof.before)} * e_e"
            f" + {_number(self.proof.dissimilarity)} * zeta."
        )
        return "\n".join([*lines, "Proof.", *self._script(facts, squares), "Qed.", ""])

    def _all_squares(self) -> str:
        terms = []
        for n, a in enumerate(self.names):
            terms.append(f"c_{a} * c_{a} * {a}_{a}")
            terms += [f"2 * c_{a} * c_{b} * {a}_{b}" for b in self.names[n + 1 :]]
        return " + ".join(terms)

    def _script(self, facts: list[_Term], squares: list[_Square]) -> list[str]:
        """Everything is scaled to whole numbers and added up; ``lra`` then has nothing to find."""
        nu = self.proof.dissimilarity
        terms = [(term.factor, f"F{n}") for n, term in enumerate(facts)]
        for square in squares:
            whole = math.lcm(*(value.denominator for value in square.vector.values()))
            given = (_number(square.vector.get(v, Fraction(0)) * whole) for v in self.names)
            terms.append((square.factor / whole**2, f"(squares {' '.join(given)})"))
        terms.append((nu, "(room _ _ heterogeneity)"))
        common = math.lcm(*(factor.denominator for factor, _ in terms))
        parts = [f"(times {factor * common} _ {what})" for factor, what in terms if factor]
        return [f"  pose proof {_tree(parts)} as total.", "  clear - total round. lra."]


def _tree(parts: list[str]) -> str:
    """The sum of all by halves: one after the other its type would be written in every step."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"(both _ _ {_tree(parts[:middle])}\n    {_tree(parts[middle:])})"


@dataclass(frozen=True, kw_only=True)
class _Square:
    """``factor ‖vector‖²``."""

    factor: Fraction
    vector: Vector


def _squares(symmetric: Matrix, vectors: list[Vector]) -> Iterator[_Square]:
    """A form in ``vectors`` as squares, by elimination."""
    left = [list(row) for row in symmetric]
    for first in count():
        if not left:
            return
        (pivot, *row), *rest = left
        if pivot:
            factors = [_ONE, *(entry / pivot for entry in row)]
            vector = _sum(zip(factors, vectors[first:], strict=True))
            yield _Square(factor=pivot, vector=vector)
            rest = [
                [value, *(v - a * b for v, b in zip(values, row, strict=True))]
                for a, (value, *values) in zip(factors[1:], rest, strict=True)
            ]
        left = [values[1:] for values in rest]


def _interpolation(
    a: tuple[Vector, Vector], b: tuple[Vector, Vector], L: Fraction, mu: Fraction
) -> Linear:
    """The right side of ``f_a − f_b >= …``, moved to the left; Taylor et al. (2017), theorem 4."""
    (x, g), (z, h) = a, b
    way, turn = _sum([(_ONE, x), (-_ONE, z)]), _sum([(_ONE, g), (-_ONE, h)])
    found = _inner(h, way, -_ONE)
    share = _ONE / (2 * (1 - mu / L))
    _add(found, _inner(turn, turn, -share / L))
    _add(found, _inner(way, way, -share * mu))
    _add(found, _inner(turn, way, 2 * share * mu / L))
    return found


def _unit(name: str) -> Vector:
    return {name: _ONE}


def _sum(terms: Iterable[tuple[Fraction, Vector]]) -> Vector:
    found: Linear = {}
    for factor, vector in terms:
        _add(found, {name: factor * value for name, value in vector.items()})
    return {name: value for name, value in found.items() if value}


def _add(found: Linear, more: Mapping[str, Fraction]) -> None:
    for name, value in more.items():
        found[name] = found.get(name, Fraction(0)) + value


def _place(name: str) -> tuple[int, str]:
    return "ehg".index(name[0]), name


def _inner(left: Vector, right: Vector, factor: Fraction) -> Linear:
    found: Linear = {}
    for a, x in left.items():
        for b, y in right.items():
            first, second = sorted((a, b), key=_place)
            _add(found, {f"{first}_{second}": factor * x * y})
    return found


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator) if value >= 0 else f"(- {-value.numerator})"
    text = f"{abs(value.numerator)} / {value.denominator}"
    return f"({text})" if value >= 0 else f"(- ({text}))"


def _text(value: Mapping[str, Fraction]) -> str:
    parts = [f"{_number(factor)} * {name}" for name, factor in value.items() if factor]
    return " + ".join(parts) or "0"


def _reading(setting: Setting) -> str:
    clients = "; ".join(
        f"client {i}: L = {kind.smoothness}, mu = {kind.strong_convexity}, w = {kind.weight}, "
        f"E c^2 = {kind.second_moment}, steps {', '.join(map(str, kind.steps))}"
        for i, kind in enumerate(setting.kinds)
    )
    return (
        f"One round. {clients}. e is x - x*, h_i the gradient of client i at x* (the last follows "
        "from sum w_i h_i = 0), g_ik that at its k-th point; a_b is the inner product of a and b, "
        "fi_0 is f_i(x*), fi_k its value at the point before, after is E |x+ - x*|^2."
    )


def _chain(claim: RoundsClaim) -> str:
    """From round to round."""
    rounds = range(len(claim.uses))
    lines = ["Theorem chain", f"  ({' '.join(f'd{t}' for t in range(len(rounds) + 1))} zeta : R)"]
    lines.append(f"  (start : d0 <= {_number(claim.initial)})")
    lines.append(f"  (heterogeneity : zeta <= {_number(claim.heterogeneity)})")
    for t, use in enumerate(claim.uses):
        proof = claim.proofs[use]
        right = f"{_number(proof.before)} * d{t} + {_number(proof.dissimilarity)} * zeta"
        lines.append(f"  (R{t} : d{t + 1} <= {right})")
    lines.append(f"  : d{len(rounds)} <= {_number(claim.bound)}.")
    lines.append("Proof.")
    lines += [
        f"  assert (B{t + 1} : d{t + 1} <= {_number(claim.chain[t + 1])}) by lra." for t in rounds
    ]
    return "\n".join([*lines, "  lra.", "Qed.", ""])


PRELUDE = """\
Require Import Reals Psatz.
Open Scope R_scope.

Lemma times (m : positive) x : 0 <= x -> 0 <= IZR (Z.pos m) * x.
Proof. intros X. exact (Rmult_le_pos _ _ (IZR_le 0 (Z.pos m) (Pos2Z.is_nonneg m)) X). Qed.
Lemma room a b : a <= b -> 0 <= b - a.
Proof. lra. Qed.
Lemma both a b : 0 <= a -> 0 <= b -> 0 <= a + b.
Proof. lra. Qed.
"""
