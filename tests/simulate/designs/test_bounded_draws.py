"""Draws end: near 0, near 1, at the ends of 62 bits, and on every optimum of a random family."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numba
import numpy as np
import pytest

import roundlot as rl
from roundlot.simulate import DESIGNS, Design, design, philox
from roundlot.simulate.designs import coins as rejection
from roundlot.simulate.designs import independent, phases, pivotal, rounding_pool, systematic
from roundlot.simulate.designs.grid import ONE
from roundlot.simulate.philox import STREAM_FIGHT, key_words
from roundlot.theory import ConvergenceError, DrawError, InfeasibleError, InvalidProblemError

NAMES = [kind.name for kind in DESIGNS]
PHASED = ("turns", "blocks")  # need p <= 1/S
ULP = 2.0**-53  # from 1 to the float64 below it
BELOW_ONE = 1.0 - ULP

# Rows that are certain but for rounding, next to others of every kind.
NEARLY_CERTAIN = {
    "two halves": [[0.5, 0.5 - ULP / 2], [0.5 - ULP / 2, 0.5], [0.3, 0.2]],
    "one entry": [[BELOW_ONE, 0.0], [0.0, 1.0 - 2 * ULP], [0.25, 0.5]],
    "thirds": [[1 / 3, 2 / 3 - ULP], [2 / 3, 1 / 3 - ULP], [0.1, 0.2], [0.4, 0.3]],
    "a tiny one": [[BELOW_ONE, 1e-300], [1e-300, BELOW_ONE], [0.5, 0.25]],
}
# Rows that are not: the gap to 1 is real, and so is the probability.
NEAR = {
    "far below": [[1.0 - 1e-12], [1.0 - 3e-13], [0.4], [0.6]],
    "tiny": [[1e-18], [2.0**-62], [5e-324], [0.5], [0.5]],
    "both": [[1.0 - 1e-13], [1e-13], [1.0 - 2e-9], [2e-9], [0.7], [0.3]],
    "all near 1": [[1.0 - 2.0 ** -(40 + k)] for k in range(8)],
}


def rule_of(table: Any, name: str) -> Design | None:
    """The design; ``None`` where it refuses by name and says what else to take."""
    if name not in (*PHASED, "sampford", "conditional poisson"):
        return design(table, name)
    try:
        return design(table, name)
    except (ConvergenceError, InfeasibleError, InvalidProblemError):
        return None


def holds_its_promises(rule: Design, picks: np.ndarray) -> None:
    totals = np.array(
        [[rule.fraction(v, s) for s in range(rule.n_models)] for v in range(rule.n_processors)]
    ).sum(axis=1)
    mean = sum(totals, Fraction(0))
    assert picks.min() >= -1
    assert picks.max() < rule.n_models
    if rule.name not in PHASED:
        assert (picks[:, totals == 1] >= 0).all()
    assert (picks[:, totals == 0] == -1).all()
    if rule.guarantees.fixed_total:
        slack = Fraction(1, 10**12) if rule.name == "conditional poisson" else 0
        counts = (picks >= 0).sum(axis=1)
        assert counts.min() >= (mean + slack).__floor__()
        assert counts.max() <= (mean - slack).__ceil__()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("table", NEARLY_CERTAIN.values(), ids=NEARLY_CERTAIN)
def test_a_row_short_of_one_by_rounding_is_certain(name: str, table: list[list[float]]) -> None:
    asked = np.array(table)
    if name in PHASED:
        asked = np.minimum(asked, 0.5)
    rule = design(asked, name)
    certain = np.flatnonzero(asked.sum(axis=1) > 1.0 - 1e-12)
    for who in certain if name not in PHASED else ():
        assert sum(rule.fraction(who, s) for s in range(rule.n_models)) == 1
    np.testing.assert_allclose(rule.probabilities, asked, rtol=1e-14, atol=2.0**-61)
    holds_its_promises(rule, rule.draw(300, seed=4))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("table", NEAR.values(), ids=NEAR)
def test_a_row_further_from_one_keeps_its_probability(name: str, table: list[list[float]]) -> None:
    rule = rule_of(table, name)
    if rule is None:
        return
    for who, (p,) in enumerate(table):
        exact = max(Fraction(p), Fraction(1, ONE))
        # A total that is 1e-9 from an integer is that integer; conditional Poisson's own are close.
        assert abs(rule.fraction(who, 0) - exact) <= Fraction(2, 10**9)
        assert 0 < rule.fraction(who, 0) < 1
    holds_its_promises(rule, rule.draw(300, seed=5))


def exact_marginals(rule: Design) -> None:
    law = rule.outcomes()
    for v, s in np.ndindex(rule.probabilities.shape):
        chance = sum((c for picks, c in law.items() if picks[v] == s), Fraction(0))
        assert chance == rule.fraction(v, s)


@pytest.mark.parametrize("name", ["pivotal", "rounding", "independent", "ordered systematic"])
@pytest.mark.parametrize("table", [*NEARLY_CERTAIN.values(), *NEAR.values()])
def test_marginals_are_exact_near_the_ends(name: str, table: list[list[float]]) -> None:
    exact_marginals(design(table, name))


def test_pivotal_fights_of_two_nearly_certain_come_out_as_they_should() -> None:
    """``lack`` is 2^-40 + 2^-41: the second goes with 1/3, in words far from the ends of floats."""
    table = np.array([[1.0 - 2.0**-40], [1.0 - 2.0**-41], [2.0**-40 + 2.0**-41]])
    rule = design(table, "pivotal")
    picks = rule.draw(30_000, seed=9)
    assert (picks >= 0).sum(axis=1).tolist() == [2] * len(picks)
    exact_marginals(rule)
    # A carrier that holds 1 - 2^-30 against 1 - 2^-30: each goes over with chance 1/2.
    half = design([[1.0 - 2.0**-30], [1.0 - 2.0**-30], [2.0**-29]], "pivotal")
    exact_marginals(half)


def family(number: int) -> rl.Problem:
    """A random problem: ties, caps, one to four models, tiny and huge scores, whole budgets."""
    rng = np.random.default_rng([2026, number])
    n_processors, n_models = int(rng.integers(1, 31)), int(rng.integers(1, 5))
    spread = (0.0, 0.5, 1.5, 6.0)[number % 4]
    scores = rng.lognormal(0.0, spread, (n_processors, n_models))
    if number % 3 == 0:  # ties
        scores = np.maximum(np.round(scores), 1.0)
    scores *= 10.0 ** rng.choice([-200, -8, 0, 0, 8, 200])
    cap = rng.uniform(0.2, 1.0, n_processors) if number % 5 == 0 else np.ones(n_processors)
    share = rng.choice([0.01, 0.3, 0.6, 0.9, 0.999, 1.0])
    budget = float(cap.sum() * share) * (1.0 - 1e-14)
    if number % 2 and cap.sum() >= 1.0:
        budget = float(min(max(1, round(budget)), np.floor(cap.sum())))
    return rl.Problem(scores, budget=budget, processor_cap=cap)


@cache
def optimum(number: int) -> np.ndarray:
    return rl.solve(family(number)).probabilities


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", NAMES)
def test_every_optimum_of_a_family_is_drawn(name: str) -> None:
    drawn = 0
    for number in range(320):
        table = optimum(number)
        rule = rule_of(table / table.shape[1] if name in PHASED else table, name)
        if rule is None:
            continue
        drawn += 1
        holds_its_promises(rule, rule.draw(5, seed=number))
    assert drawn >= (150 if name in ("sampford", "conditional poisson") else 320)


REFUSED = [
    ("sampford", [[1.0 - 1e-9], [1e-9]], InvalidProblemError),
    ("sampford", [[1.0 - 1e-13], [1.0 - 1e-13], [2e-13]], InvalidProblemError),
    ("sampford", np.full((300, 1), 0.1), InvalidProblemError),
    ("conditional poisson", np.full((300, 1), 0.1), InvalidProblemError),
    ("conditional poisson", NEAR["all near 1"], ConvergenceError),
]


@pytest.mark.parametrize(("name", "table", "error"), REFUSED)
def test_what_a_refusal_advises_works(name: str, table: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="take 'pivotal'"):
        design(table, name)
    rule = design(table, "pivotal")
    holds_its_promises(rule, rule.draw(50))


def test_independent_draws_take_what_turns_refuse() -> None:
    table = [[0.9, 0.05]]
    with pytest.raises(InfeasibleError, match="or draw independently"):
        design(table, "turns")
    holds_its_promises(rule := design(table), rule.draw(50))


BOUNDS = [1, 2, 3, 5, 2**31, 2**31 + 1, 2**61, 2**61 + 1, 2**62 - 1, 2**62]


@pytest.mark.parametrize("bound", BOUNDS)
def test_below_is_below_at_the_ends_of_its_range(bound: int) -> None:
    key = key_words(3)
    values = [philox.below(bound, n, 0, STREAM_FIGHT, *key) for n in range(200)]
    assert min(values) >= 0
    assert max(values) < bound
    if bound > 2:
        assert abs(np.mean(values) / (bound - 1) - 0.5) < 0.12


def test_below_stops_with_a_name() -> None:
    for bound in (0, -1, -(2**62)):
        with pytest.raises(DrawError, match="no word below the bound"):
            philox.below(bound, 0, 0, STREAM_FIGHT, 0, 0)


def rejective(counts: list[int], size: int, coins: list[int], extra: bool) -> None:
    rejection.draw_rejective(
        np.array(counts, np.int64)[:, None],
        rejection.Trials(
            coins=np.array(coins, np.int64),
            units=np.arange(len(coins)),
            asked=np.array([*coins, 0], np.int64),
            size=size,
            extra=extra,
        ),
        0,
        1,
        2,
        np.empty((1, len(counts)), np.int16),
    )


def test_trials_and_units_stop_with_a_name() -> None:
    with pytest.raises(DrawError, match="take the design 'pivotal'"):
        rejective([1, 1], 2, [1, 1], extra=False)  # 2^-124
    with pytest.raises(DrawError, match="at 65536 places"):
        rejective([1, 1], 1, [1, 1], extra=True)


def typed(loop: Any, arguments: tuple[Any, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """The types of all variables of a compiled loop, and of the loops that it calls."""
    fresh = numba.njit(loop.py_func)
    fresh.compile(arguments)
    annotation = fresh.overloads[arguments].type_annotation
    kinds = {str(name): str(kind) for name, kind in annotation.typemap.items()}
    yield loop.py_func.__name__, kinds
    for call, signature in annotation.calltypes.items():
        called = annotation.typemap[call.func.name] if getattr(call, "op", "") == "call" else None
        if isinstance(called, numba.types.Dispatcher):
            yield from typed(called.dispatcher, signature.args)


LOOPS = {
    "independent": independent.draw_categories,
    "turns": phases.draw_gated,
    "systematic": systematic.draw_systematic,
    "pivotal": pivotal.draw_pivotal,
    "rounding": rounding_pool.draw_rounding,
    "sampford": rejection.draw_rejective,
}


@pytest.mark.parametrize("name", LOOPS)
def test_compiled_draws_hold_no_floating_point_number(name: str) -> None:
    """A mixture of signed and unsigned becomes a float64 in Numba, which rounds 62 bits to 53."""
    design(np.array([[0.3, 0.2], [0.25, 0.25], [0.4, 0.5], [0.05, 0.05]]) / 2, name).draw(2)
    met = dict(typed(LOOPS[name], LOOPS[name].signatures[0]))
    assert {"word"} <= set(met)
    for loop, kinds in met.items():
        assert not {k: kind for k, kind in kinds.items() if "float" in kind}, loop
