"""What proofs assume is typed, and each kind of it is attacked with numbers."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

from roundlot.theory.proofs.assumptions import TEMPLATES, Kind
from roundlot.theory.proofs.expressions import Vector, product_symbol, vectors
from roundlot.theory.theorems import CATALOGUE

FACTS = [(t, f) for t in CATALOGUE for s in t.steps for f in s.facts]
ASSUMED = [(t, f) for t, f in FACTS if f.assumed]
ROOM = 1e-9  # of sums of products of numbers of size 1 to 100 in float64
Numbers = dict[str, float]


def number(kind: Kind, *, where: dict[str, np.ndarray], **numbers: float) -> float:
    """The kind's expression for vectors and numbers in the place of its objects."""
    named = {role: vectors(role)[0] for role in where}
    products = {
        product_symbol(a, b): float(np.dot(where[a], where[b])) for a, b in product(where, where)
    }
    expression = TEMPLATES[kind].write(**named, **{k: sympy.Float(v) for k, v in numbers.items()})
    return float(expression.subs(products))


def test_the_kinds_are_these():
    assert [kind.value for kind in Kind] == [
        "interpolation",
        "descent",
        "strong convexity",
        "Lipschitz gradient",
        "gradient domination",
        "least value",
        "zero mean",
        "unbiased",
        "bounded second moment",
        "mean over clients",
        "definition",
        "given",
    ]
    assert list(TEMPLATES) == list(Kind)
    assert all(t.says and t.source for t in TEMPLATES.values())


def test_every_assumed_fact_has_a_kind():
    assert [(t.name, f.name) for t, f in ASSUMED if f.assumption is None] == []
    assert [(t.name, f.name) for t, f in FACTS if f.assumption and not f.assumed] == []


def test_every_kind_is_used():
    assert {f.assumption.kind for _, f in ASSUMED} == set(Kind)


def test_facts_are_written_from_their_objects():
    for theorem, fact in ASSUMED:
        again = TEMPLATES[fact.assumption.kind].write(**fact.assumption.objects)
        assert sympy.expand(again - fact.expression) == 0, (theorem.name, fact.name)
        assert fact.equality == TEMPLATES[fact.assumption.kind].equality


def test_what_a_definition_names_is_one_atom():
    for theorem, fact in ASSUMED:
        if fact.assumption.kind is Kind.DEFINITION:
            symbol = fact.assumption.objects["symbol"]
            atom = symbol.is_Symbol or isinstance(symbol, sympy.core.function.AppliedUndef)
            assert atom, (theorem.name, fact.name)


# ----- functions with known constants, as (value, gradient, L, μ, least value) ------------------


def _bowl(random: np.random.Generator):
    curves = random.uniform(0.3, 5.0, size=3)
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    bend = turn @ np.diag(curves) @ turn.T
    return lambda x: x @ bend @ x / 2, lambda x: bend @ x, max(curves), min(curves), 0.0


def _huber(random: np.random.Generator):
    scale = random.uniform(0.3, 3.0)

    def value(x):
        small = np.abs(x) <= 1
        return scale * float(np.sum(np.where(small, x**2 / 2, np.abs(x) - 0.5)))

    return value, lambda x: scale * np.clip(x, -1, 1), scale, 0.0, 0.0


def _logistic(random: np.random.Generator):
    rows, ridge = random.normal(size=(6, 3)), random.uniform(0.01, 0.5)
    most = np.linalg.eigvalsh(rows.T @ rows)[-1] / 4 / 6 + ridge

    def value(x):
        return float(np.mean(np.logaddexp(0, rows @ x))) + ridge * x @ x / 2

    def slope(x):
        return rows.T @ (1 / (1 + np.exp(-rows @ x))) / 6 + ridge * x

    return value, slope, most, ridge, 0.0


def _waves(random: np.random.Generator):
    """Not convex: ``Σ s(1 − cos(x))``."""
    scale = random.uniform(0.3, 3.0)
    return lambda x: scale * np.sum(1 - np.cos(x)), lambda x: scale * np.sin(x), scale, None, 0.0


def _dominated(random: np.random.Generator):
    """Not convex: ``x² + 3 sin² x`` has L = 8 and gradient domination with 1/32."""
    return (
        lambda x: x @ x + 3 * np.sin(x) @ np.sin(x),
        lambda x: 2 * x + 3 * np.sin(2 * x),
        8.0,
        (1 / 32),
        0.0,
    )


CONVEX, SMOOTH = (_bowl, _huber, _logistic), (_bowl, _huber, _logistic, _waves)


def _pairs(makers, count: int = 120) -> Iterator[tuple]:
    random = np.random.default_rng(11)
    for index in range(count):
        made = makers[index % len(makers)](random)
        reach = random.choice([0.1, 1.0, 4.0])
        yield made, random.normal(size=3) * reach, random.normal(size=3) * reach


def _interpolation(made, x, y, short: float) -> float:
    value, slope, most, least, _ = made
    where = {"gradient": slope(x), "point": x, "other_gradient": slope(y), "other_point": y}
    return number(
        Kind.INTERPOLATION,
        where=where,
        value=value(x),
        other_value=value(y),
        smoothness=most * short,
        convexity=min(least, most * short),
    )


def _descent(made, x, y, short: float) -> float:
    value, slope, most, *_ = made
    return number(
        Kind.DESCENT,
        where={"gradient": slope(x), "move": y - x},
        value=value(x),
        new_value=value(y),
        smoothness=most * short,
    )


def _growth(made, x, y, short: float) -> float:
    value, slope, most, least, _ = made
    return number(
        Kind.CONVEXITY,
        where={"gradient": slope(x), "move": y - x},
        value=value(x),
        new_value=value(y),
        convexity=least + (1 - short) * most,
    )


def _turning(made, x, y, short: float) -> float:
    _, slope, most, *_ = made
    where = {"turn": slope(y) - slope(x), "move": y - x}
    return number(Kind.LIPSCHITZ, where=where, smoothness=most * short)


def _domination(made, x, y, short: float) -> float:
    value, slope, most, least, lowest = made
    bend = least + (1 - short) * most
    return number(
        Kind.DOMINATION, where={"gradient": slope(x)}, value=value(x) - lowest, convexity=bend
    )


def _above(made, x, y, short: float) -> float:
    value, _, _, _, lowest = made
    return number(Kind.LEAST, where={}, value=value(x), least=lowest + 10 * (1 - short))


ATTACKED = {
    Kind.INTERPOLATION: (_interpolation, CONVEX),
    Kind.DESCENT: (_descent, SMOOTH),
    Kind.CONVEXITY: (_growth, CONVEX),
    Kind.LIPSCHITZ: (_turning, SMOOTH),
    Kind.DOMINATION: (_domination, (_bowl, _dominated)),
    Kind.LEAST: (_above, (_bowl, _huber, _waves, _dominated)),
}


@pytest.mark.parametrize("kind", ATTACKED, ids=lambda k: k.value)
def test_an_inequality_on_functions_is_not_broken_and_a_wrong_constant_is(kind: Kind):
    attack, makers = ATTACKED[kind]
    right = [attack(*pair, 1.0) for pair in _pairs(makers)]
    wrong = [attack(*pair, 0.8) for pair in _pairs(makers)]
    assert min(right) >= -ROOM * max(1.0, *map(abs, right))
    assert min(wrong) < -1e-3


# ----- equalities about draws, enumerated in fractions -------------------------------------------


def exact(kind: Kind, **objects: Vector | Fraction) -> sympy.Expr:
    return sympy.nsimplify(TEMPLATES[kind].write(**objects))


def _draws(chances: list[Fraction]) -> Iterator[tuple[Fraction, tuple[int, ...]]]:
    for drawn in product((0, 1), repeat=len(chances)):
        odds = [p if d else 1 - p for p, d in zip(chances, drawn, strict=True)]
        yield Fraction(np.prod(odds)), drawn


CHANCES = [Fraction(1, 3), Fraction(3, 4), Fraction(1)]
SHARES = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]


def _mean(values: Callable[[tuple[int, ...]], Fraction]) -> Fraction:
    return sum((odds * values(drawn) for odds, drawn in _draws(CHANCES)), Fraction(0))


def _weight(drawn: tuple[int, ...], loss: list[Fraction]) -> Fraction:
    parts = zip(drawn, SHARES, CHANCES, loss, strict=True)
    return sum((d * s / p * f for d, s, p, f in parts), Fraction(0))


def test_weights_of_a_draw_are_unbiased_and_biased_ones_are_seen():
    losses = [Fraction(5), Fraction(-2, 7), Fraction(11, 3)]
    expected = _mean(lambda drawn: _weight(drawn, losses))
    target = sum((s * f for s, f in zip(SHARES, losses, strict=True)), Fraction(0))
    assert TEMPLATES[Kind.UNBIASED].write(expected=expected, target=target) == 0
    short = _mean(lambda drawn: _weight(drawn, losses) if any(drawn[:2]) else Fraction(0))
    assert TEMPLATES[Kind.UNBIASED].write(expected=short, target=target) != 0


def test_noise_has_mean_zero_against_what_is_fixed_and_not_against_what_looked_at_it():
    """Noise of a batch is ±1; what looked at it is drawn more often when it is +1."""
    noises = [Fraction(1), Fraction(-1)]
    noise, other = vectors("noise", "other")
    symbol = TEMPLATES[Kind.ZERO_MEAN].write(noise=noise, other=other)
    fixed = sum(Fraction(1, 2) * x * Fraction(7, 3) for x in noises)
    chances = {Fraction(1): Fraction(1), Fraction(-1): Fraction(1, 10)}
    looked = sum(Fraction(1, 2) * x * x for x in noises if chances[x] == 1)
    assert symbol.subs(symbol, fixed) == 0
    assert symbol.subs(symbol, looked) != 0


def test_what_is_left_of_a_mean_is_orthogonal_to_what_is_the_same_for_all():
    held, same = [Fraction(3), Fraction(-1, 5), Fraction(8, 3)], Fraction(13, 7)
    mean = sum((s * h for s, h in zip(SHARES, held, strict=True)), Fraction(0))
    vector, middle, other = vectors("b", "m", "o")
    expression = TEMPLATES[Kind.CENTRED].write(vector=vector, mean=middle, other=other)

    def average(of: Callable[[Fraction], Fraction]) -> Fraction:
        return sum((s * of(h) for s, h in zip(SHARES, held, strict=True)), Fraction(0))

    products = {
        product_symbol("b", "o"): sympy.Rational(*average(lambda h: h * same).as_integer_ratio()),
        product_symbol("m", "o"): sympy.Rational(*(mean * same).as_integer_ratio()),
    }
    assert expression.subs(products) == 0
    products[product_symbol("b", "o")] = sympy.Rational(
        *average(lambda h: h * h).as_integer_ratio()
    )
    assert expression.subs(products) != 0


def test_a_bound_on_a_second_moment_is_what_it_says():
    where = {"vector": np.array([1.0, -2.0, 0.5])}
    assert number(Kind.BOUNDED, where=where, most=5.25) == 0
    assert number(Kind.BOUNDED, where=where, most=5.2) < 0
