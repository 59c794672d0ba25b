"""Expected lengths of rounds: the tail integrated, against quadrature, formulas and exact sums."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from roundlot.solvers.stragglers import (
    Deadline,
    FullWait,
    best_deadline,
    expected_end,
    make_law,
    round_law,
    stragglers_from_speed,
)
from roundlot.solvers.stragglers.expected_ends import _bracketed, _Crew
from roundlot.solvers.stragglers.split import fresh_value

# Eight phones, from the slowest to the fastest, in samples per second.
PHONES = [15.180878552971576, 26.29198966408269, 69.83204134366925, 96.31782945736434]
PHONES += [108.85012919896641, 132.62273901808786, 180.0, 236.0]
REFERENCE = {  # frozen scipy laws of mean 1
    "weibull": stats.weibull_min(0.6, scale=1.0 / math.gamma(1.0 + 1.0 / 0.6)),
    "lognormal": stats.lognorm(0.9, scale=math.exp(-0.5 * 0.9**2)),
    "pareto": stats.pareto(1.6, scale=0.6 / 1.6),
}
SHAPES = {"weibull": 0.6, "lognormal": 0.9, "pareto": 1.6}


def test_a_full_wait_under_a_heavy_tail_is_no_mean_of_a_sample() -> None:
    """Two mini-batches of four samples on each of eight phones, Pareto with index 1.05.

    1.1084 s by a convolution on a lattice of 0.5 ms up to 524 s with the tail beyond in closed
    form, to its step; a mean of 40,000 drawn rounds gives 0.447 s.
    """
    stragglers = stragglers_from_speed(PHONES, samples=4, model="pareto", shape=1.05)
    found = expected_end(stragglers, np.full(8, 2), "max")
    assert found.how == "tail integrated"
    assert found.value == pytest.approx(1.1085, abs=4e-4)
    assert found.error < 3e-4
    alone = 2 * 4 / PHONES[0]
    assert alone < found.value < sum(2 * 4 / speed for speed in PHONES)
    law = round_law(FullWait(), stragglers, [2] * 8)
    assert law.seconds == found
    assert fresh_value(stragglers, np.full(8, 2)) == (found.value, found.error)
    best = best_deadline(stragglers, [2] * 8)
    assert best.full_wait == pytest.approx(found.value / 16, rel=1e-12)


@pytest.mark.parametrize("index", [1.01, 1.05, 1.5, 3.0])
def test_two_equal_workers_and_a_pareto_by_hand(index: float) -> None:
    """``E max = 2 E X − E min`` and the least of two has twice the index."""
    least = (index - 1) / index
    smaller = least * 2 * index / (2 * index - 1)
    stragglers = stragglers_from_speed([1.0, 1.0], model="pareto", shape=index)
    last = expected_end(stragglers, np.array([1, 1]), "max")
    first = expected_end(stragglers, np.array([1, 1]), "min")
    assert last.value == pytest.approx(2.0 - smaller, rel=1e-6)
    assert first.value == pytest.approx(smaller, rel=1e-6)
    assert abs(last.value - (2.0 - smaller)) <= last.error + 1e-9
    alone = expected_end(stragglers, np.array([3, 0]), "min")
    assert alone.value == pytest.approx(3.0, rel=1e-3)
    assert abs(alone.value - 3.0) <= alone.error + 1e-9


@pytest.mark.parametrize("model", REFERENCE)
def test_chances_and_tails_are_those_of_scipy(model: str) -> None:
    law, other = make_law(model, shape=SHAPES[model]), REFERENCE[model]
    x = np.array([0.0, 0.2, 0.7, 1.0, 3.0, 20.0, 400.0])
    assert np.allclose(law.cdf(x), other.cdf(x), rtol=1e-12, atol=1e-15)
    assert law.variance == pytest.approx(other.var() if model != "pareto" else math.inf)
    for at, rest in zip(x, law.excess(x), strict=True):
        edges = [at, max(at, 0.375), at + 1, at + 30, at + 1e3, math.inf]
        told = sum(
            quad(other.sf, a, b, epsabs=0, limit=200)[0] for a, b in itertools.pairwise(edges)
        )
        assert rest == pytest.approx(told, rel=1e-6, abs=1e-14), at


@pytest.mark.parametrize("model", REFERENCE)
def test_unequal_workers_of_one_unit_against_quadrature(model: str) -> None:
    speed = np.array([1.0, 3.0, 10.0])
    stragglers = stragglers_from_speed(speed, model=model, shape=SHAPES[model])
    other = REFERENCE[model]

    def late(t: float) -> float:
        return 1.0 - float(np.prod(other.cdf(t * speed)))

    told = sum(quad(late, a, b)[0] for a, b in itertools.pairwise([0, 0.1, 0.375, 1, 10, 100, 1e4]))
    told += quad(lambda u: late(math.exp(u)) * math.exp(u), math.log(1e4), math.log(1e4) + 60)[0]
    found = expected_end(stragglers, np.ones(3, dtype=np.int64), "max")
    assert found.value == pytest.approx(told, rel=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    speed=st.lists(st.floats(0.05, 20.0), min_size=1, max_size=4),
    units=st.integers(1, 5),
    shift=st.sampled_from([0.0, 0.4]),
    kind=st.sampled_from(["max", "min"]),
    cut=st.sampled_from([math.inf, 0.3, 2.0]),
)
def test_lattices_bracket_what_has_a_formula(speed, units, shift, kind, cut) -> None:
    """Gamma sums by their formula and by the lattices that other laws need."""
    stragglers = stragglers_from_speed(speed, model="shifted", shift=shift)
    shares = np.full(len(speed), units)
    deadline = cut * units / min(speed)
    crew = _Crew.of(stragglers, shares)
    told = expected_end(stragglers, shares, kind, deadline=deadline)
    found = _bracketed(crew, crew.scales(deadline, kind), kind, deadline)
    assert abs(found.value - told.value) <= found.error + told.error + 1e-12
    assert found.error < 0.02 * told.value
    assert found.value == pytest.approx(told.value, rel=2e-4)


def test_sums_of_measured_times_against_every_outcome() -> None:
    """Two mini-batches of a worker and one of another, times 1, 2 and 6 equally likely."""
    values = [Fraction(v) / 3 for v in (1, 2, 6)]
    exact = Fraction(0)
    for a, b, c in itertools.product(values, repeat=3):
        exact += max(a + b, 3 * c) / 27
    stragglers = stragglers_from_speed([1.0, 1 / 3], model="empirical", measured=[1, 2, 6])
    found = expected_end(stragglers, np.array([2, 1]), "max")
    assert abs(found.value - float(exact)) <= found.error
    assert found.error < 2e-3
    one = expected_end(stragglers, np.array([1, 1]), "max")
    assert one.how == "exact sum"


def test_a_round_with_a_deadline_has_a_mean_below_it() -> None:
    stragglers = stragglers_from_speed(PHONES, samples=4, model="pareto", shape=1.05)
    shares = np.full(8, 2)
    means = [expected_end(stragglers, shares, "max", deadline=t).value for t in (0.05, 0.5, 5.0)]
    assert means == sorted(means)
    assert means[0] <= 0.05
    drawn = Deadline(seconds=0.5).draw(stragglers, shares, 40_000, seed=2).seconds
    assert means[1] == pytest.approx(drawn.mean(), abs=5 * drawn.std() / 200)


def test_a_mean_that_is_infinite_is_said_to_be() -> None:
    for index in (1.0, 0.5):
        with pytest.raises(ValueError, match="mean time is infinite"):
            make_law("pareto", shape=index)


@pytest.mark.parametrize("speed", [[1.0, 1e6], [1.0, 1e9, 1e-9], [1e6, 2e6]])
def test_first_ends_of_workers_of_other_scales(speed) -> None:
    """Of exponential times the first end has the summed rates; one worker may be in no hurry."""
    found = expected_end(stragglers_from_speed(speed), np.ones(len(speed), int), "min")
    assert found.value == pytest.approx(1.0 / sum(speed), rel=1e-7)
    assert found.error < 1e-6 * found.value


@pytest.mark.parametrize(
    ("model", "shape", "workers", "exact"),
    [
        ("weibull", 0.05, 10, 10.0 ** (-1 / 0.05)),  # n^(-1/shape)
        ("pareto", 1.0000001, 2, 1e-7 / 1.0000001 * 2.0000002 / 1.0000002),  # m n a / (n a - 1)
        ("pareto", 1e6, 10, (1.0 - 1e-6) * 1e7 / (1e7 - 1.0)),
        ("lognormal", 0.001, 2, 1.0 - math.erf(0.0005)),  # 2 Φ(-shape/√2)
        ("lognormal", 5.0, 10, 4.32165646e-8),  # quadrature in 40 digits over the normal
    ],
)
def test_steep_and_spread_out_first_ends(model, shape, workers, exact) -> None:
    stragglers = stragglers_from_speed(np.ones(workers), model=model, shape=shape)
    found = expected_end(stragglers, np.ones(workers, int), "min")
    assert abs(found.value - exact) <= found.error + 1e-8 * exact
    assert found.error < 1e-3 * exact


def test_a_lattice_has_the_scale_of_the_worker_that_ends_first() -> None:
    """Two mini-batches each; beside a worker a million times as slow the fast one is alone."""
    found = expected_end(
        stragglers_from_speed([1.0, 1e6], model="lognormal"), np.array([2, 2]), "min"
    )
    assert found.value == pytest.approx(2e-6, rel=1e-3)
    assert found.error < 1e-3 * found.value
