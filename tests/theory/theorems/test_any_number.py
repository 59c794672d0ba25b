"""Theorems for any number of outcomes, processors or clients, against enumeration in fractions."""

from fractions import Fraction as Q
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory.theorems import named

NUMBER = st.fractions(min_value=-3, max_value=3, max_denominator=7)
CHANCE = st.fractions(min_value=Q(1, 9), max_value=1, max_denominator=9)
SIZE = st.integers(1, 12)
SHARE = st.integers(1, 9)
VECTOR = st.tuples(NUMBER, NUMBER)


def bound(name, **numbers):
    return named(name).evaluate(**{key: float(value) for key, value in numbers.items()})


def close(value):
    return pytest.approx(float(value), rel=1e-9, abs=1e-9)


def law_of(weights):
    return [Q(w, sum(weights)) for w in weights]


def draws(chances):
    """Who draws, with its probability."""
    for who in product((0, 1), repeat=len(chances)):
        odds = Q(1)
        for drew, chance in zip(who, chances, strict=True):
            odds *= chance if drew else 1 - chance
        yield odds, who


@given(st.lists(st.tuples(SHARE, SIZE), min_size=1, max_size=6), NUMBER, SIZE)
def test_batches_of_any_law(outcomes, slope, planned):
    law, sizes = law_of([w for w, _ in outcomes]), [k for _, k in outcomes]
    mean = sum(p * k for p, k in zip(law, sizes, strict=True))
    inverse = sum(p / k for p, k in zip(law, sizes, strict=True))
    assert inverse >= 1 / mean
    assert bound("varying_batch", expected_samples=mean) == close(1 / mean)
    for name, divisor, more in (
        ("planned_batch", Q(planned), {"planned": planned}),
        ("expected_batch", mean, {}),
    ):
        step = sum(p * k * slope / divisor for p, k in zip(law, sizes, strict=True))
        numbers = {"expected_samples": mean, "inner_product": slope, **more}
        assert bound(name, **numbers) == close(step)


@given(SIZE, st.fractions(min_value=Q(1, 5), max_value=20, max_denominator=5))
def test_a_tangent_of_the_inverse(size, touching):
    below = bound("inverse_tangent", samples=size, touching=touching)
    assert below <= 1 / size + 1e-12
    assert bound("inverse_tangent", samples=size, touching=size) == close(Q(1, size))


@given(
    st.lists(st.tuples(SHARE, st.lists(SHARE, min_size=3, max_size=3)), min_size=1, max_size=4),
    st.lists(NUMBER, min_size=3, max_size=3),
)
def test_pooled_shares_of_three_workers(outcomes, slopes):
    law, shares = law_of([w for w, _ in outcomes]), [law_of(s) for _, s in outcomes]
    pooled = sum(
        p * sum(x * y for x, y in zip(s, slopes, strict=True))
        for p, s in zip(law, shares, strict=True)
    )
    expected = [sum(p * s[i] for p, s in zip(law, shares, strict=True)) for i in range(3)]
    bias = sum((e - Q(1, 3)) * y for e, y in zip(expected, slopes, strict=True))
    target = sum(slopes) / 3
    assert bound("pooled_bias", inner_product=target, share_bias=bias) == close(pooled)


@given(
    st.lists(
        st.tuples(CHANCE, st.fractions(min_value=0, max_value=2, max_denominator=7)),
        min_size=1,
        max_size=5,
    )
)
def test_repeated_draws_of_any_number_of_processors(processors):
    chances, weights = zip(*processors, strict=True)
    square = sum(
        odds * sum(d * a / p for d, a, p in zip(who, weights, chances, strict=True)) ** 2
        for odds, who in draws(chances)
    )
    numbers = {
        "drawn_squares": sum(a * a / p for p, a in processors),
        "squares": sum(a * a for a in weights),
        "weight": sum(weights),
    }
    assert bound("repeated_draws", **numbers) == close(square)


@given(st.lists(st.tuples(CHANCE, NUMBER, VECTOR, VECTOR), min_size=1, max_size=4))
def test_stale_updates_of_any_number_of_clients(clients):
    clients = [c for c in clients if any(c[3])]
    least = excess = Q(0)
    for p, beta, fresh, stale in clients:
        square = sum(x * x for x in stale)
        best = sum(x * y for x, y in zip(fresh, stale, strict=True)) / square
        rest = sum((x - best * y) ** 2 for x, y in zip(fresh, stale, strict=True))
        least += (1 / p - 1) * rest
        excess += (1 / p - 1) * (beta - best) ** 2 * square
    variance = Q(0)
    for odds, who in draws([c[0] for c in clients]):
        for axis in (0, 1):
            error = sum(
                b * h[axis] + drew * (g[axis] - b * h[axis]) / p - g[axis]
                for drew, (p, b, g, h) in zip(who, clients, strict=True)
            )
            variance += odds * error**2
    assert variance == least + excess
    assert bound("stale_clients", least_variance=least, excess=excess) == close(variance)
