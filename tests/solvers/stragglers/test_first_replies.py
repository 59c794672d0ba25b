"""Enough replies in time: against enumeration in fractions, identities and drawn rounds."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

from roundlot.solvers.stragglers import (
    ClientDraw,
    Slowness,
    Stragglers,
    least_deadline,
    least_draw,
    make_law,
    stragglers_from_speed,
    taken_chances,
)
from roundlot.solvers.stragglers.reply_counts import fixed_size_replies, poisson_binomial
from roundlot.solvers.stragglers.traces import Trace
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError

Half = Fraction(1, 2)


def cohorts(draw: ClientDraw, probabilities: list[Fraction]) -> Iterator[tuple[Fraction, set]]:
    """Every set of clients with its chance."""
    n = draw.clients
    if draw.design == "uniform":
        sets = list(combinations(range(n), int(draw.size)))
        yield from ((Fraction(1, len(sets)), set(one)) for one in sets)
        return
    for inside in product((False, True), repeat=n):
        parts = (p if here else 1 - p for p, here in zip(probabilities, inside, strict=True))
        yield math.prod(parts, start=Fraction(1)), {i for i in range(n) if inside[i]}


def enumerated(draw, probabilities, seconds, first, deadline) -> list[Fraction]:
    """Chances of being drawn and used, over all cohorts and all times of 1/2 or 3/2 the mean."""
    n = draw.clients
    found = [Fraction(0)] * n
    for chance, cohort in cohorts(draw, probabilities):
        for factors in product((Half, 3 * Half), repeat=n):
            weight = chance * Fraction(1, 2**n)
            times = {i: factors[i] * seconds[i] for i in cohort}
            late = {i for i in cohort if deadline is not None and times[i] > deadline}
            for i in cohort - late:
                before = sum(times[j] < times[i] for j in cohort)
                tied = sum(times[j] == times[i] for j in cohort)
                room = n if first is None else first - before
                found[i] += weight * min(max(Fraction(room, tied), Fraction(0)), Fraction(1))
    return found


@pytest.mark.parametrize("design", ["uniform", "independent"])
@pytest.mark.parametrize("first", [None, 1, 2])
@pytest.mark.parametrize("deadline", [None, Fraction(2)])
def test_horvitz_thompson_is_unbiased_over_every_outcome(design, first, deadline) -> None:
    """Four unequal clients, two of whom can reply at the same moment."""
    seconds = [Fraction(1), Fraction(1), Fraction(3), Fraction(2)]
    p = [Half, Fraction(3, 4), Fraction(1), Fraction(3, 4)]
    given = {"probabilities": np.array(p, dtype=float)} if design == "independent" else {}
    draw = ClientDraw(design=design, size=3, clients=4, **given)
    exact = enumerated(draw, p, seconds, first, deadline)
    stragglers = Stragglers(
        seconds=np.array(seconds, dtype=float), law=make_law("empirical", measured=[1, 3])
    )
    limit = math.inf if deadline is None else float(deadline)
    found = taken_chances(stragglers, draw, first=first, deadline=limit)
    assert np.allclose(found.chances, [float(a) for a in exact], rtol=0, atol=1e-12)
    target = np.array([0.1, 0.2, 0.3, 0.4])
    mean = found.weights(target) * np.array([float(a) for a in exact])
    assert np.allclose(mean, target, rtol=1e-11)


@pytest.mark.parametrize("design", ["uniform", "independent"])
def test_the_number_of_replies_over_every_outcome(design: str) -> None:
    q = [Fraction(1, 3), Fraction(1, 2), Fraction(4, 5), Fraction(1)]
    p = [Fraction(1, 2)] * 4
    draw = ClientDraw(design=design, size=2, clients=4)
    told = [Fraction(0)] * 5
    for chance, cohort in cohorts(draw, p):
        for here in product((False, True), repeat=4):
            parts = (c if h else 1 - c for c, h in zip(q, here, strict=True))
            replies = sum(here[i] for i in cohort)
            told[replies] += chance * math.prod(parts, start=Fraction(1))
    table = np.array(q, dtype=object)
    if design == "uniform":
        assert list(fixed_size_replies(table, 2)) == told[:3]
    else:
        assert list(poisson_binomial(table * Half)) == told
    assert np.allclose(
        draw.replies(np.array(q, dtype=float)),
        [float(t) for t in told][: 3 + 2 * (design != "uniform")],
    )


@pytest.mark.parametrize("model", ["exponential", "pareto", "lognormal"])
def test_the_first_replies_of_a_uniform_draw_add_up_to_their_number(model: str) -> None:
    """``Σ a_i = k``: always exactly ``k`` are used. Drawn rounds agree client by client."""
    stragglers = stragglers_from_speed([1.0, 1.5, 4.0, 9.0, 9.0, 20.0], model=model)
    draw = ClientDraw(size=4, clients=6)
    found = taken_chances(stragglers, draw, first=2)
    assert found.mean_used == pytest.approx(2.0, abs=1e-8)
    assert found.error < 1e-6
    assert found.chance_of(2) == pytest.approx(1.0, abs=1e-12)
    rng = np.random.default_rng(5)
    rounds = 40_000
    times = stragglers.draw(rounds, 1, seed=3)[:, :, 0]
    asked = np.argsort(rng.random((rounds, 6)), axis=1) < 4
    times[~asked] = math.inf
    used = np.argsort(np.argsort(times, axis=1), axis=1) < 2
    seen = used.mean(axis=0)
    assert np.all(np.abs(seen - found.chances) < 5 * 0.5 / math.sqrt(rounds))
    assert found.chances[5] > 2.5 * found.chances[0]  # a plain mean would favour the fast


def test_equal_exponential_clients_by_hand() -> None:
    """Of ``n`` alike the first ``k`` of a draw: ``k/n`` each; by ``t`` with ``1 − e^−t``."""
    stragglers = stragglers_from_speed(np.ones(10))
    found = taken_chances(stragglers, ClientDraw(size=6, clients=10), first=4)
    assert np.allclose(found.chances, 0.4, atol=1e-10)
    q = 1.0 - math.exp(-2.0)
    told = sum(math.comb(6, r) * q**r * (1 - q) ** (6 - r) for r in range(4, 7))
    late = taken_chances(stragglers, ClientDraw(size=6, clients=10), first=4, deadline=2.0)
    assert late.chance_of(4) == pytest.approx(told, rel=1e-12)
    used = sum(min(r, 4) * math.comb(6, r) * q**r * (1 - q) ** (6 - r) for r in range(7))
    assert late.mean_used == pytest.approx(used, rel=1e-9)


def test_the_least_draw_and_the_least_deadline_are_least() -> None:
    stragglers = stragglers_from_speed(np.linspace(1.0, 5.0, 30), model="weibull")
    for design in ("uniform", "independent"):
        draw = least_draw(stragglers, 8, deadline=0.6, chance=0.95, design=design)
        assert taken_chances(stragglers, draw, deadline=0.6).chance_of(8) >= 0.95
        fewer = ClientDraw(design=design, size=int(draw.size) - 1, clients=30)
        assert taken_chances(stragglers, fewer, deadline=0.6).chance_of(8) < 0.95
        at = least_deadline(stragglers, draw, 8, chance=0.95)
        assert at <= 0.6
        assert taken_chances(stragglers, draw, deadline=at).chance_of(8) >= 0.95
        early = taken_chances(stragglers, draw, deadline=at * (1 - 1e-9))
        assert early.chance_of(8) < 0.95
    assert least_draw(stragglers, 30, deadline=1e6, chance=0.9).size == 30


def test_draws_that_cannot_be_are_refused() -> None:
    stragglers = stragglers_from_speed([1.0, 2.0, 4.0])
    uniform = ClientDraw(size=2, clients=3)
    for call, match in (
        (lambda: ClientDraw(design="ordered", size=2, clients=3), "uniform"),
        (lambda: ClientDraw(size=2.5, clients=3), "whole number of clients"),
        (lambda: ClientDraw(size=4, clients=3), "draw is 4 of 3 clients"),
        (
            lambda: ClientDraw(size=2, clients=3, probabilities=[1, 0.5, 0.5]),
            "uniform draw has none",
        ),
        (
            lambda: ClientDraw(design="independent", size=2, clients=3, probabilities=[1, 1, 1]),
            "add up to 3 and draw is 2",
        ),
        (lambda: taken_chances(stragglers, uniform, first=3), "at most 2 clients are drawn"),
        (lambda: taken_chances(stragglers, uniform, deadline=0.0), "deadline is 0"),
        (lambda: taken_chances(stragglers, ClientDraw(size=2, clients=4)), "4 clients and there"),
        (lambda: least_draw(stragglers, 2, deadline=1.0, chance=1.0), "chance is 1"),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            call()
    with pytest.raises(InfeasibleError, match=r"of all 3 clients has 3 replies within 0\.1 s"):
        least_draw(stragglers, 3, deadline=0.1, chance=0.9)
    with pytest.raises(InfeasibleError, match="however long one waits"):
        least_deadline(
            stragglers, ClientDraw(design="independent", size=2, clients=3), 2, chance=0.9
        )
    slow = Stragglers(seconds=[1.0, 9.0], law=make_law("deterministic"))
    cut = taken_chances(slow, ClientDraw(size=2, clients=2), deadline=3.0)
    with pytest.raises(AssumptionError, match="client 1 is never used"):
        cut.weights()


def spelled(times, slow: int, shocked: int) -> Fraction:
    return times * (2 if slow else 1) * (2 if shocked else 1)


@pytest.mark.parametrize(("first", "deadline"), [(1, 6), (2, 4), (2, 100), (None, 3)])
def test_spells_and_shocks_count_in_replies(first, deadline) -> None:
    """Every state of three clients, with and without a shock, every draw of two or three."""
    seconds, need = [1, 2, 2], first or 2
    spells = Slowness(factor=2.0, begin=0.25, end=0.5, shock=0.25, shock_factor=2.0)  # slow 1/3
    clients = Stragglers(
        seconds=np.array(seconds, float), law=make_law("deterministic"), per="step", slowness=spells
    )
    for size in (2, 3):
        used, enough = [Fraction(0)] * 3, Fraction(0)
        sets = list(combinations(range(3), size))
        for shocked, states in product((0, 1), product((0, 1), repeat=3)):
            chance = Fraction(1 if shocked else 3, 4) * Fraction(2 ** (3 - sum(states)), 27)
            times = [spelled(s, slow, shocked) for s, slow in zip(seconds, states, strict=True)]
            for cohort in sets:
                replied = [i for i in cohort if times[i] <= deadline]
                enough += (len(replied) >= need) * chance / len(sets)
                for i in replied:
                    before = sum(times[j] < times[i] for j in replied)
                    tied = sum(times[j] == times[i] for j in replied)
                    room = Fraction((first or 3) - before, tied)
                    used[i] += min(max(room, Fraction(0)), Fraction(1)) * chance / len(sets)
        draw = ClientDraw(size=size, clients=3)
        found = taken_chances(clients, draw, first=first, deadline=float(deadline))
        assert found.chances == pytest.approx([float(a) for a in used], abs=1e-12)
        assert found.chance_of(need) == pytest.approx(float(enough), abs=1e-12)
        earliest = least_deadline(clients, draw, need, chance=float(enough) - 1e-9)
        assert earliest <= deadline * (1 + 1e-9)


def test_enough_replies_need_no_law_of_all_replies() -> None:
    """At least so many, summed from all chances in fractions; a tiny chance keeps its digits."""
    chances = np.array([Fraction(k, 7) for k in (1, 2, 5, 6, 3)], dtype=object)
    for size, k in product(range(1, 6), range(1, 6)):
        draw = ClientDraw(size=size, clients=5)
        if k <= size:
            assert draw.enough(chances, k) == draw.replies(chances)[k:].sum()
    rare = ClientDraw(size=8, clients=8).enough(np.full(8, 1e-9), 4)
    assert rare == pytest.approx(70e-36, rel=1e-7)


def test_a_great_federation_is_searched_from_small_draws() -> None:
    """Ten thousand clients alike: the binomial law of those drawn."""
    from scipy.stats import binom

    clients = stragglers_from_speed(np.ones(10_000))
    found = least_draw(clients, 5, deadline=1.0, chance=0.9)
    in_time = 1.0 - math.exp(-1.0)
    sizes = np.arange(5, 40)
    assert found.size == sizes[np.argmax(binom.sf(4, sizes, in_time) >= 0.9)]


def test_what_is_no_number_of_replies_or_no_weight_is_named() -> None:
    clients = stragglers_from_speed([1.0, 2.0, 3.0])
    assert least_draw(clients, np.int64(2), deadline=9.0, chance=0.5).size >= 2
    for wrong in (True, 2.0):
        with pytest.raises(InvalidProblemError, match="give a whole number"):
            least_draw(clients, wrong, deadline=9.0, chance=0.5)
    found = taken_chances(clients, ClientDraw(size=2, clients=3))
    for target in ([math.nan, 1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0]):
        with pytest.raises(InvalidProblemError, match="3 finite numbers"):
            found.weights(np.array(target))


def test_replies_of_clients_with_measured_times_of_their_own() -> None:
    """Three rounds of three clients, each client's in an order of its own: all 27 outcomes."""
    measured = [[1.0, 3.0, 2.0], [1.0, 1.0, 7.0], [4.0, 2.0, 3.0]]
    table = np.array(measured)
    clients = Stragglers(seconds=table.mean(axis=0), law=Trace(factors=table), per="step")
    used = [Fraction(0)] * 3
    for rows, cohort in product(product(range(3), repeat=3), combinations(range(3), 2)):
        times = {i: measured[rows[i]][i] for i in cohort if measured[rows[i]][i] <= 3.0}
        for i in times:
            before = sum(other < times[i] for other in times.values())
            tied = sum(other == times[i] for other in times.values())
            room = min(max(Fraction(1 - before, tied), Fraction(0)), Fraction(1))
            used[i] += Fraction(1, 27 * 3) * room
    found = taken_chances(clients, ClientDraw(size=2, clients=3), first=1, deadline=3.0)
    assert found.chances == pytest.approx([float(a) for a in used], abs=1e-12)
    together = Stragglers(
        seconds=table.mean(axis=0), law=Trace(factors=table, order="rounds"), per="step"
    )
    with pytest.raises(InvalidProblemError, match="not independent"):
        taken_chances(together, ClientDraw(size=2, clients=3), deadline=3.0)
