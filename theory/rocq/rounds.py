"""A certified round as a file for Rocq: inner products as reals, facts as hypotheses, squares.

The statement is written from the source's formulas, not with the forms that the certificate was
made and judged with; Rocq proves that they agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from roundlot.theory.certified_rounds.algebra import matrix
from roundlot.theory.certified_rounds.chain import RoundsClaim, at
from roundlot.theory.certified_rounds.forms import kind_forms, shared_form
from roundlot.theory.certified_rounds.setting import Row
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.rocq.chains import chain, conclusion
from roundlot.theory.rocq.inner_products import (
    ONE,
    Linear,
    Square,
    Vector,
    add,
    added_up,
    as_squares,
    combined,
    deviation,
    inner,
    interpolation,
    number,
    product,
    unit,
    written,
)
from roundlot.theory.rocq.terms import comment

MOST = 4  # kinds of clients; the squares grow quickly with their number
_ZERO = Fraction(0)


def rounds_document(claim: RoundsClaim) -> str:
    """The rounds of a certificate and their chain, as a file for Rocq 8.16 or later, by itself.

    Of clients of one kind the mean is written, and how far they are from it.

    Raises:
        InvalidProblemError: more than four kinds of clients, or a certificate that its check
            refuses.
    """
    if len(claim.setting.kinds) > MOST:
        raise InvalidProblemError(
            f"Rocq files are written for {MOST} kinds of clients at most, "
            f"this certificate has {len(claim.setting.kinds)}"
        )
    if claim.failures:
        raise InvalidProblemError(f"the certificate proves nothing: {claim.failures[0]}")
    names: dict[tuple[int, Row], str] = {}
    parts = [comment(f"Rounds of federated averaging. {claim}."), PRELUDE]
    for t, key in enumerate(zip(claim.uses, claim.schedule, strict=True)):
        if key not in names:
            names[key] = f"round_{len(names)}"
            parts.append(_Round(claim, t).theorem(names[key]))
    parts.append(chain(claim))
    parts += [f"Print Assumptions {name}." for name in (*names.values(), "chain")]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Known:
    """``small <= large`` by a hypothesis, which the proof counts ``factor`` times."""

    name: str
    factor: Fraction
    small: Linear = field(default_factory=dict)
    large: Linear
    why: str = ""

    @property
    def proof(self) -> str:
        """Of ``0 <= large − small``."""
        return f"(room _ _ {self.name})" if self.small else self.name

    def lines(self) -> list[str]:
        """The hypothesis."""
        said = [f"  {comment(self.why)}"] if self.why else []
        return [*said, f"  ({self.name} : {written(self.small)} <= {written(self.large)})"]


class _Round:
    """One round: its independent vectors, what is known of them, and what adds up to the claim."""

    def __init__(self, claim: RoundsClaim, t: int) -> None:
        self.whole, self.t, self.goal, self.alike = claim, t, claim.goal, claim.alike
        self.setting = at(claim.setting, claim.schedule[t])
        self.proof = claim.proofs[claim.uses[t]]
        self.convex = self.goal != "gradient"
        # what multiplies E‖Σ c_i U_i‖² in the potential after the round
        self.scale = ONE if self.convex else self.setting.smoothness / 2
        self.clients = range(len(self.setting.kinds))
        self.local = range(len(self.setting.kinds[0].steps))
        self.walks = [self.walked(i)[-1] for i in self.clients]
        counts = [Fraction(kind.count) for kind in self.setting.kinds]
        self.totals = [combined([(m, u)]) for m, u in zip(counts, self.walks, strict=True)]
        at_optimum = self.convex and not self.alike
        self.names = ["e"] if self.convex else []
        self.names += [f"h{i}" for i in self.clients[:-1]] if at_optimum else []
        self.names += [f"g{i}{k}" for i in self.clients for k in self.local]
        self.noise = [n for i in self.clients for n in self.noise_of(i)]
        self.names += self.noise
        self.many = [i for i in self.clients if self.setting.kinds[i].count > 1]
        self.zeros = self.uncorrelated()

    def own_names(self, i: int) -> list[str]:
        """Of what each client of kind ``i`` has for itself."""
        found = [f"h{i}"] if self.convex and not self.alike else []
        return [*found, *(f"g{i}{k}" for k in self.local), *self.noise_of(i)]

    def summed(self, i: int, means: Linear, deviations: Linear) -> Linear:
        """A form of each client of kind ``i`` over all: that of the means, and of deviations."""
        found = Linear()
        count = self.setting.kinds[i].count
        add(found, means, Fraction(count))
        if count > 1:
            add(found, deviations)
        return found

    def noise_of(self, i: int) -> list[str]:
        """Of client ``i``; the last meets no later gradient and is a number by itself."""
        return [f"n{i}{k}" for k in self.local[:-1]] if self.setting.kinds[i].variance else []

    def walked(self, i: int) -> list[Vector]:
        """``x − x_k`` of client ``i``, for ``k`` from 0 to ``K``; the last noise left out."""
        noise, found = self.noise_of(i), [Linear()]
        for k, step in enumerate(self.setting.kinds[i].steps):
            made = [(step, unit(f"g{i}{k}")), *((step, unit(n)) for n in noise[k : k + 1])]
            found.append(dict(combined([(ONE, found[-1]), *made])))
        return list(found)

    def uncorrelated(self) -> dict[str, Linear]:
        """What the means of products of noise are.

        It is uncorrelated with all but itself and the same client's later gradients. With these
        ``Σ_i ⟨n_i, g_i⟩ = count² ⟨mean n, mean g⟩``, as that with another client's is 0.
        """
        found: dict[str, Linear] = {}
        for noise in self.noise:
            for other in self.names:
                if not self.moves(noise, other):
                    found[product(noise, other)] = {}
        for i in self.many:
            count = self.setting.kinds[i].count
            for noise in self.noise_of(i):
                for other in self.own_names(i):
                    moved = self.moves(noise, other)
                    means = {product(noise, other): Fraction(count * (count - 1))}
                    found[product(f"d{noise}", f"d{other}")] = means if moved else {}
        return found

    @staticmethod
    def moves(noise: str, other: str) -> bool:
        """Whether the noise of a mini-batch moves what the other vector is."""
        return other == noise or (other[:2] == "g" + noise[1] and int(other[2:]) > int(noise[2:]))

    def lead(self) -> Vector:
        """``x − x*``, or ``∇F(x)``."""
        if self.convex:
            return unit("e")
        kinds = self.setting.kinds
        return combined((kind.count * kind.weight, unit(f"g{i}0")) for i, kind in enumerate(kinds))

    def at_optimum(self, i: int) -> Vector:
        """The mean gradient of kind ``i`` at ``x*``; the last follows from the others."""
        if self.alike:
            return {}
        if i < len(self.clients) - 1:
            return unit(f"h{i}")
        w = [kind.count * kind.weight for kind in self.setting.kinds]
        return combined((-w[j] / w[-1], unit(f"h{j}")) for j in self.clients[:-1])

    def apart(self, i: int) -> Vector:
        """What of the gradient of a client of kind ``i`` at ``x*`` is not the mean."""
        return {} if self.alike or not self.convex else unit(f"dh{i}")

    def interpolated(self) -> Iterator[_Known]:
        """The interpolation inequalities that are used, from their source."""
        number_of, kinds = 0, self.setting.kinds
        for i, (kind, own) in enumerate(zip(kinds, self.proof.kinds, strict=True)):
            points: list[tuple[Vector, Vector]] = [({}, self.at_optimum(i))] if self.convex else []
            start = unit("e") if self.convex else {}
            for k, back in zip(self.local, self.walked(i), strict=False):
                points.append((combined([(ONE, start), (-ONE, back)]), unit(f"g{i}{k}")))
            L, mu = kind.smoothness, kind.strong_convexity if self.convex else -kind.smoothness
            beyond = [(deviation(x), deviation(g)) for x, g in points]
            if self.convex:
                beyond[0] = ({}, self.apart(i))
            pairs = [(a, b) for a in range(len(points)) for b in range(len(points)) if a != b]
            for factor, (a, b) in zip(own.facts, pairs, strict=True):
                if factor:
                    value = self.summed(
                        i,
                        interpolation(points[a], points[b], L, mu),
                        interpolation(beyond[a], beyond[b], L, mu),
                    )
                    value[f"f{i}_{a}"], value[f"f{i}_{b}"] = ONE, -ONE
                    yield _Known(
                        name=f"F{number_of}",
                        factor=factor,
                        large=_seen(value),
                        why=f"smoothness{' and strong convexity' if self.convex else ''}: "
                        f"client {i}, points {a} and {b}",
                    )
                    number_of += 1

    def of_batches(self) -> Iterator[_Known]:
        """The variance of mini-batches, with its multipliers."""
        for i, (kind, own) in enumerate(zip(self.setting.kinds, self.proof.kinds, strict=True)):
            if not kind.variance:
                continue
            for n, factor in zip(self.noise_of(i), own.noises, strict=True):
                yield _Known(
                    name=f"V{n[1:]}",
                    factor=factor,
                    small=self.summed(i, {f"{n}_{n}": ONE}, {f"dn{n[1:]}_dn{n[1:]}": ONE}),
                    large={"1": kind.count * kind.variance},
                    why=f"variance of a mini-batch: client {i}, step {n[2:]}",
                )
            factor = self.proof.after * self.scale * kind.second_moment * kind.steps[-1] ** 2
            yield _Known(
                name=f"V{i}",
                factor=factor,
                small={f"last{i}": ONE},
                large={"1": kind.count * kind.variance},
                why=f"variance of a mini-batch: client {i}, last step",
            )

    def dissimilarity(self) -> _Known:
        """Of the clients at ``x*``, or at ``x``."""
        zeta = Linear()
        for i, kind in enumerate(self.setting.kinds):
            h, beyond = self.at_optimum(i), self.apart(i)
            if not self.convex:
                h = combined([(ONE, unit(f"g{i}0")), (-ONE, self.lead())])
                beyond = unit(f"dg{i}0")
            add(zeta, self.summed(i, inner(h, h), inner(beyond, beyond)), kind.weight)
        factor = self.proof.dissimilarity
        return _Known(name="heterogeneity", factor=factor, small=_seen(zeta), large={"zeta": ONE})

    def moved(self) -> Linear:
        """``E‖Σ c_i U_i‖²``, with the last noise."""
        found = Linear()
        for i, kind in enumerate(self.setting.kinds):
            for j, moment in enumerate(self.setting.cross_moments[i]):
                add(found, inner(self.totals[i], self.totals[j], moment))
            walk, beyond = self.walks[i], deviation(self.walks[i])
            alone = kind.second_moment - self.setting.cross_moments[i][i]
            add(found, self.summed(i, inner(walk, walk), inner(beyond, beyond)), alone)
            if kind.variance:
                found[f"last{i}"] = kind.second_moment * kind.steps[-1] ** 2
        return _seen(found)

    def distance(self) -> Linear:
        """``E‖x⁺ − x*‖²``."""
        found = inner(self.lead(), self.lead())
        for i, kind in enumerate(self.setting.kinds):
            add(found, inner(self.totals[i], self.lead(), -2 * kind.weight))
        add(found, self.moved())
        return _seen(found)

    def descent(self) -> _Known:
        """In the mean ``F(x⁺) <= F(x) − ⟨∇F(x), x − x⁺⟩ + ‖x − x⁺‖² Σ w L / 2``."""
        found = {"value": ONE}
        for i, kind in enumerate(self.setting.kinds):
            add(found, inner(self.totals[i], self.lead(), -kind.weight))
        add(found, self.moved(), self.scale)
        return _Known(
            name="descent",
            factor=self.proof.after,
            small={"next": ONE},
            large=_seen(found),
            why="the objective is smooth with the mean of the clients' constants",
        )

    def known(self) -> list[_Known]:
        """All hypotheses that are inequalities."""
        found = [*self.interpolated(), *self.of_batches(), self.dissimilarity()]
        return found if self.convex else [*found, self.descent()]

    def equations(self) -> dict[str, Linear]:
        """What the conclusion speaks of, by its name."""
        if not self.convex:
            return {"slope": _seen(inner(self.lead(), self.lead()))}
        if self.goal == "distance":
            return {"after": self.distance()}
        gap = Linear()
        for i, kind in enumerate(self.setting.kinds):
            add(gap, {f"f{i}_1": kind.weight, f"f{i}_0": -kind.weight})
        return {"after": self.distance(), "gap": gap}

    def claim(self) -> Linear:
        """What the conclusion says is at least 0."""
        proof, meant = self.proof, self.equations()
        found = {"1": proof.noise(self.setting, self.goal), "zeta": proof.dissimilarity}
        if self.convex:
            add(found, inner(self.lead(), self.lead(), proof.before))
            add(found, meant["after"], -proof.after)
        else:
            add(found, {"value": proof.before, "next": -proof.after})
        for name in ("gap", "slope"):
            add(found, meant.get(name, {}), -ONE)
        return found

    def squares(self) -> Iterator[Square]:
        """What is left: squares of every block, of the shared vectors and of the coupling."""
        proof, setting, coupling = self.proof, self.setting, self.proof.coupling
        shared: list[Vector] = [self.lead()]
        shared += [
            combined((a, walk) for a, walk in zip(row, self.totals, strict=True))
            for row in coupling.combinations
        ]
        shared += [unit(f"h{i}") for i in self.clients[:-1]] if coupling.spread else []
        left = matrix(
            shared_form(
                setting, coupling, self.goal,
                before=proof.before, after=proof.after, centre=proof.centre,
            ),
            len(shared),
        )  # fmt: skip
        for i, own in enumerate(proof.kinds):
            forms = kind_forms(setting, coupling, i, self.goal)
            apart_from_all = self.convex and not self.alike and not coupling.spread
            vectors = [*shared, *([self.at_optimum(i)] if apart_from_all else [])]
            vectors += [unit(f"g{i}{k}") for k in self.local]
            vectors += [unit(n) for n in self.noise_of(i)]
            count = setting.kinds[i].count
            block = proof.block(own, forms, alike=self.alike)
            yield from as_squares([[count * value for value in row] for row in block], vectors)
            if count > 1:
                beyond: list[Vector] = [{} for _ in shared]
                beyond += [unit(f"d{name}") for name in self.own_names(i)]
                yield from as_squares(block, beyond)
            for r, row in enumerate(own.share):
                for s, value in enumerate(row):
                    left[r][s] -= count * value
        yield from as_squares(left, shared)
        yield from self.squares_of_draw()

    def squares_of_draw(self) -> Iterator[Square]:
        """Of what the coupling is above the second moments, on totals and on deviations."""
        coupling, scale = self.proof.coupling, self.proof.after * self.scale
        room = [
            [scale * (b - m) for b, m in zip(row, moments, strict=True)]
            for row, moments in zip(coupling.moments(), self.setting.cross_moments, strict=True)
        ]
        for i, kind in enumerate(self.setting.kinds):
            alone = scale * (
                coupling.own[i] - kind.second_moment + self.setting.cross_moments[i][i]
            )
            room[i][i] += alone / kind.count
            if kind.count > 1:
                yield from as_squares([[alone]], [deviation(self.walks[i])])
        yield from as_squares(room, self.totals)

    def theorem(self, name: str) -> str:
        """Statement and proof."""
        known, squares, meant = self.known(), list(self.squares()), self.equations()
        self.verify(known, squares)
        sets = {"squares": self.names}
        sets |= {f"squares{i}": [f"d{name}" for name in self.own_names(i)] for i in self.many}
        products = [
            f"{a}_{b}" for names in sets.values() for n, a in enumerate(names) for b in names[n:]
        ]
        given = [*meant.values(), *(one.small for one in known), *(one.large for one in known)]
        spoken = {key for value in given for key in value}
        values = sorted(key for key in spoken if key[0] == "f" or key[:4] == "last")
        more = [*meant, *([] if self.convex else ["value", "next"])]
        lines = [comment(_reading(self)), f"Theorem {name}"]
        lines.append(f"  ({' '.join([*products, *values, 'zeta', *more])} : R)")
        lines.append(f"  {comment('every combination of the vectors has a squared norm >= 0')}")
        for hypothesis, names in sets.items():
            lines.append(f"  ({hypothesis} : forall {' '.join(f'c_{v}' for v in names)} : R,")
            lines.append(f"    0 <= {_all_squares(names)})")
        if self.zeros:
            lines.append(f"  {comment('noise has mean 0 given all that came before it')}")
            lines += [f"  (M_{key} : {key} = {written(is_)})" for key, is_ in self.zeros.items()]
        lines += [line for one in known for line in one.lines()]
        lines += [
            f"  ({_EQUATION[key]} : {key} = {written(value)})" for key, value in meant.items()
        ]
        said = conclusion(self.goal, self.whole, self.t)
        ends = ("e_e", "after") if self.convex else ("value", "next")
        lines.append(f"  : {said('gap' if self.convex else 'slope', *ends)}.")
        script = self._script(known, squares, [_EQUATION[key] for key in meant])
        return "\n".join([*lines, "Proof.", *script, "Qed.", ""])

    def verify(self, known: list[_Known], squares: list[Square]) -> None:
        """Everything adds up; if it did not, Rocq would refuse the file, too."""
        rest = self.claim()
        for one in known:
            add(rest, one.large, -one.factor)
            add(rest, one.small, one.factor)
        for square in squares:
            add(rest, inner(square.vector, square.vector), -square.factor)
        for key, value in self.zeros.items():
            add(rest, value, rest.pop(key, _ZERO))
        left = {key for key, value in rest.items() if value}
        assert not left, f"the squares do not add up: {sorted(left)}"

    def _script(self, known: list[_Known], squares: list[Square], meant: list[str]) -> list[str]:
        """Everything is scaled to whole numbers and added up; ``lra`` then has nothing to find."""
        terms = [(one.factor, one.proof) for one in known]
        for square in squares:
            if not square.vector:
                continue
            kind = next(iter(square.vector))
            what, names = "squares", self.names
            if kind[0] == "d":
                what, names = f"squares{kind[2]}", [f"d{v}" for v in self.own_names(int(kind[2]))]
            whole = math.lcm(*(value.denominator for value in square.vector.values()))
            given = (number(square.vector.get(v, _ZERO) * whole) for v in names)
            terms.append((square.factor / whole**2, f"({what} {' '.join(given)})"))
        common = math.lcm(*(factor.denominator for factor, _ in terms))
        parts = [f"(times {factor * common} _ {what})" for factor, what in terms if factor]
        first = [f"  subst {' '.join(self.zeros)}."] if self.zeros else []
        return [
            *first,
            f"  pose proof {added_up(parts)} as total.",
            f"  clear - total {' '.join(meant)}. lra.",
        ]


def _all_squares(names: list[str]) -> str:
    """Of any combination."""
    terms = []
    for n, a in enumerate(names):
        terms.append(f"c_{a} * c_{a} * {a}_{a}")
        terms += [f"2 * c_{a} * c_{b} * {a}_{b}" for b in names[n + 1 :]]
    return " + ".join(terms)


def _seen(value: Linear) -> Linear:
    """Without terms that cancel."""
    return {key: factor for key, factor in value.items() if factor}


_EQUATION = {"after": "round", "gap": "gained", "slope": "gradient"}


def _reading(one: _Round) -> str:
    clients = "; ".join(
        (f"{kind.count} clients of kind {i}, each: " if kind.count > 1 else f"client {i}: ")
        + f"L = {kind.smoothness}, "
        + (f"mu = {kind.strong_convexity}, " if one.convex else "")
        + f"w = {kind.weight}, E c^2 = {kind.second_moment}, "
        + (f"variance {kind.variance}, " if kind.variance else "")
        + f"steps {', '.join(map(str, kind.steps))}"
        for i, kind in enumerate(one.setting.kinds)
    )
    said = [f"One round. {clients}."]
    if one.convex:
        said.append("e is x - x*, h_i the gradient of client i at x* (the last follows from")
        said.append("sum w_i h_i = 0), g_ik that at its k-th point;")
    else:
        said.append("g_ik is the gradient of client i at its k-th point, so F has sum w_i g_i0;")
    if one.noise:
        said.append("n_ik is what the k-th mini-batch adds to it;")
    if any(kind.variance for kind in one.setting.kinds):
        said.append("last_i is the variance of the last mini-batch of client i;")
    said.append("a_b is the inner product of a and b, in the mean;")
    if one.many:
        said.append(
            "of a kind of several clients g, h and n are the means over its clients, da_db is"
        )
        said.append("the sum over them of inner products of what each has beyond these means, and")
        said.append("f and last are sums over them;")
    if one.convex:
        said.append("fi_0 is f_i(x*), fi_k its value at the point before,")
        said.append("after is E |x+ - x*|^2" + ", gap is F(x) - F*" * (one.goal == "gap") + ".")
    else:
        said.append("fi_k is the value of f_i at the k-th point, value and next are F before and")
        said.append("after the round, slope is the squared norm of the gradient of F.")
    return " ".join(said)


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
