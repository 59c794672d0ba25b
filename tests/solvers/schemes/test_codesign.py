"""Co-design: derivatives, a general search, quadratics against the promise, refusals."""

import importlib.util
import itertools
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.schemes import certify_rounds, codesign, codesigning, independent_clients
from roundlot.solvers.schemes.codesign_search import best_step, descend, evaluate
from roundlot.solvers.schemes.codesign_task import task_of
from roundlot.solvers.schemes.codesigning import _stepped
from roundlot.solvers.schemes.round_count import distances, rounds_between, whole_rounds
from roundlot.solvers.schemes.round_seconds import Seconds
from roundlot.solvers.schemes.worst_round import KindsOfClients, worst_rounds
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.verify.exact import judge_rounds, judge_steps

spec = importlib.util.spec_from_file_location(
    "quadratics", Path(__file__).with_name("quadratics.py")
)
quadratics = importlib.util.module_from_spec(spec)
spec.loader.exec_module(quadratics)

GIVEN = {"strong_convexity": 0.4, "initial": 4, "target": 1, "heterogeneity": 0.1}


def fleet(seed: int, *, noise: float = 0.0, zeta: float = 0.1, n: int = 3):
    random = np.random.default_rng(seed)
    return KindsOfClients(
        counts=np.ones(n),
        weights=random.uniform(0.1, 0.6, n),
        smoothness=random.uniform(1, 5, n),
        strong_convexity=random.uniform(0.1, 0.6, n),
        variance=noise * random.uniform(0.5, 1, n),
        zeta=zeta,
    ), random.uniform(0.2, 1, n)


@pytest.mark.parametrize(("noise", "zeta"), [(0.0, 0.2), (0.3, 0.2), (0.3, 0.0)])
def test_a_worst_round_is_the_one_that_is_certified(noise: float, zeta: float) -> None:
    kinds, p = fleet(1, noise=noise, zeta=zeta)
    found = worst_rounds(kinds, p, 0.1, 2, [2.0])[0].value
    certified = certify_rounds(
        independent_clients(kinds.weights, p),
        smoothness=kinds.smoothness,
        strong_convexity=kinds.strong_convexity,
        variance=kinds.variance,
        local_steps=2,
        step=0.1,
        rounds=1,
        initial=2,
        heterogeneity=zeta,
    )
    assert found == pytest.approx(certified.bound, rel=1e-6)


@pytest.mark.parametrize("local_steps", [1, 3])
def test_alike_clients_in_full_have_the_rate_of_gradient_descent(local_steps: int) -> None:
    same = KindsOfClients(
        counts=np.array([4.0]),
        weights=np.array([0.25]),
        smoothness=np.array([5.0]),
        strong_convexity=np.array([0.3]),
        variance=np.zeros(1),
        zeta=0.0,
    )
    found = worst_rounds(same, np.ones(1), 0.1, local_steps, [3.0])[0]
    rate = (1 - 0.03) ** (2 * local_steps)
    assert found.value == pytest.approx(3 * rate, rel=1e-6)
    by_step = -3 * 2 * local_steps * 0.3 * (1 - 0.03) ** (2 * local_steps - 1)
    assert found.by_step == pytest.approx(by_step, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_derivatives_of_a_worst_round_are_those_of_differences(seed: int) -> None:
    kinds, p = fleet(10 + seed, noise=0.2 * (seed % 2), zeta=0.1 * (seed != 2), n=2 + seed % 2)
    K = 1 + seed

    def value(moments: np.ndarray, step: float) -> float:
        return worst_rounds(kinds, kinds.weights**2 / moments, step, K, [2.0])[0].value

    M = kinds.weights**2 / p
    found = worst_rounds(kinds, p, 0.1, K, [2.0])[0]
    assert found.by_step == pytest.approx((value(M, 0.1001) - value(M, 0.0999)) / 2e-4, rel=1e-3)
    for k in range(len(p)):
        shift = np.zeros(len(p))
        shift[k] = 1e-3 * M[k]
        change = (value(M + shift, 0.1) - value(M - shift, 0.1)) / (2 * shift[k])
        assert found.by_moment[k] == pytest.approx(change, rel=5e-3, abs=1e-5)


def test_rounds_along_lines_are_those_of_a_loop_and_have_its_derivatives() -> None:
    before = distances(0.05, 4.0)
    after = 0.97 * before + 0.003 * np.sqrt(before) + 1e-4
    found, slopes = rounds_between(before, after)
    value, count = 4.0, 0
    while value > 0.05:
        value, count = float(np.interp(value, before, after)), count + 1
    assert whole_rounds(before, after) == count == math.ceil(found)
    for k in range(len(before)):
        shift = np.zeros(len(before))
        shift[k] = 1e-7
        change = rounds_between(before, after + shift)[0] - rounds_between(before, after - shift)[0]
        assert slopes[k] == pytest.approx(change / 2e-7, rel=1e-4)
    assert rounds_between(before, before)[0] == math.inf


def test_seconds_of_a_round_are_those_of_all_outcomes() -> None:
    random = np.random.default_rng(3)
    p = np.array([0.3, 1.0, 0.6, 0.2])
    seconds = Seconds(
        local=random.random(4), upload=random.random(4), draw=random.random(4), overhead=0.5
    )
    times, expected = 3 * seconds.local + seconds.upload, 0.5
    for drawn in itertools.product([0, 1], repeat=4):
        chance = np.prod(np.where(drawn, p, 1 - p))
        longest = max((t for t, d in zip(times, drawn, strict=True) if d), default=0.0)
        expected += chance * (longest + float(np.dot(drawn, seconds.draw)))
    found, slopes = seconds.of(p, 3)
    assert found == pytest.approx(expected)
    for k in (0, 2, 3):
        shift = np.eye(4)[k] * 1e-6
        change = (seconds.of(p + shift, 3)[0] - seconds.of(p - shift, 3)[0]) / 2e-6
        assert slopes[k] == pytest.approx(change, rel=1e-6)


@pytest.fixture(scope="module")
def pair():
    """Two clients of one weight, one of which is much steeper."""
    problem = rl.Problem(
        [[0.5], [0.5]], budget=1, clients=["flat", "steep"], weights=[[0.5], [0.5]]
    )
    return codesign(problem, smoothness=[1, 8], local_steps=1, **(GIVEN | {"target": 0.1}))


def test_steep_clients_are_drawn_more_and_fewer_rounds_are_proved(pair) -> None:
    flat, steep = pair.probabilities
    assert steep > 1.2 * flat
    assert flat + steep <= 1
    assert pair.certificate.bound <= 0.1
    assert pair.rounds < min(one.rounds for one in pair.others)
    assert pair.lower_bound <= pair.rounds
    assert pair.compared[1]["times_the_best"] == pair.others[0].rounds / pair.rounds
    assert "local optimum" in str(pair)
    assert "steep" in str(pair)


def test_a_usual_choice_that_wins_keeps_its_name(monkeypatch) -> None:
    proved = codesigning._certified

    def unlucky(task, name, point):
        return replace(proved(task, name, point), rounds=9 if name == "co-design" else 8)

    monkeypatch.setattr(codesigning, "_certified", unlucky)
    problem = rl.Problem([[0.5], [0.5]], budget=1, weights=[[0.5], [0.5]])
    found = codesign(problem, smoothness=2, local_steps=1, **(GIVEN | {"target": 1}))
    assert found.best.name == "least variance, then best step"
    assert [one.name for one in found.others] == ["co-design", "uniform, then best step"]
    assert [row["rounds"] for row in found.compared] == [8, 9, 8]


def test_the_promise_is_a_file_that_is_judged(pair, tmp_path) -> None:
    assert pair.check()
    judgement = judge_rounds(json.loads(pair.save(tmp_path / "promise.json").read_text()))
    assert judgement.proved
    assert len(judgement.claim.uses) == pair.rounds
    fewer = pair.certificate.shortened(pair.rounds - 1)
    assert fewer.check()
    assert fewer.bound > 0.1


def test_no_quadratic_exceeds_the_promise(pair) -> None:
    random = np.random.default_rng(0)
    w = [Fraction(1, 2)] * 2
    outcomes = quadratics.independent_outcomes(w, [Fraction(p) for p in pair.probabilities])
    steps = np.full((pair.rounds, 1, 2), pair.step)
    for _ in range(100):
        curves = np.array([random.uniform(0.4, 1), random.uniform(0.4, 8)])
        centres = quadratics.scaled_to(outcomes.mean, curves, random.normal(size=2), 0.1)
        if centres is None:
            continue
        start = quadratics.optimum(outcomes.mean, curves, centres) + 2.0
        path = quadratics.squared_distances(outcomes, curves, centres, steps, np.zeros(2), start)
        assert path[-1] <= pair.certificate.bound * (1 + 1e-9)


def random_task(seed: int):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 4))
    w = random.uniform(0.2, 1, n)
    return task_of(
        rl.Problem((w * random.uniform(0.3, 2, n))[:, None], budget=random.uniform(0.3, 0.8) * n),
        weights=w / w.sum(),
        smoothness=random.uniform(1, 8, n),
        strong_convexity=random.uniform(0.1, 0.9, n),
        variance=0.2 * (seed % 3 == 0),
        heterogeneity=float(random.choice([0.0, 0.1, 1.0])),
        initial=4,
        target=0.02,
        local_steps=int(random.integers(1, 3)),
        price=("rounds", "seconds")[seed % 2],
        local_seconds=random.uniform(0.1, 1, n),
        upload_seconds=random.uniform(0.1, 3, n),
        draw_seconds=0.05,
        overhead=0.1,
    )


def searched(task, start, seed: int) -> float:
    """What a general search reaches from the same start, moved a little."""
    from scipy.optimize import minimize

    random, m, kinds = np.random.default_rng(seed), float(task.problem.budget), len(task.firsts)

    def price(z) -> float:
        p = 1 / (1 + np.exp(-z[:-1]))
        p = p * min(1.0, m / float(task.counts @ p))
        point = evaluate(task, p, min(math.exp(z[-1]), task.longest_step), K)
        return math.log(point.price) if math.isfinite(point.price) else 40.0

    K, p = start.local_steps, np.clip(start.probabilities, 0.02, 0.98)
    z = np.append(np.log(p / (1 - p)) + 0.3 * random.normal(size=kinds), math.log(start.step))
    options = {"maxfev": 200, "xatol": 1e-3, "fatol": 1e-6}
    return math.exp(minimize(price, z, method="Nelder-Mead", options=options).fun)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_general_search_finds_nothing_that_is_better() -> None:
    for seed in range(20):
        task = random_task(seed)
        low, high = (task.per_kind(bound) for bound in task.bounds)
        p = np.clip(high * float(task.problem.budget) / task.counts.sum(), low, high)
        first = best_step(task, p, task.local_steps[0], 0.2)
        found = descend(task, first)
        found = min(
            descend(task, best_step(task, found.probabilities, found.local_steps, found.step)),
            found,
            key=lambda one: one.price,
        )
        assert np.all(task.rows[0] @ found.probabilities <= task.rows[1])
        assert searched(task, first, seed) >= found.price * (1 - 2e-3), seed


LARGE = np.random.default_rng(5)
STEPS = {
    "smoothness": LARGE.uniform(1, 5, 30),
    "strong_convexity": 0.3,
    "initial": 4,
    "target": 0.1,
    "weights": np.full(30, 1 / 30),
    "method": "expected smoothness",
}


def large(**changes):
    problem = rl.Problem(np.full((30, 1), 0.1), budget=6, **changes.pop("limits", {}))
    return codesign(problem, **(STEPS | {"heterogeneity": LARGE.uniform(0, 1, 30)} | changes))


@pytest.mark.parametrize("known", ["each", "sum"])
def test_large_fleets_have_a_closed_form_that_is_judged(known: str, tmp_path) -> None:
    gradients = np.random.default_rng(6).uniform(0, 1, 30)
    w = STEPS["weights"]
    found = large(
        heterogeneity=gradients if known == "each" else float(w @ gradients), variance=0.1
    )
    p, L, mu = found.probabilities, STEPS["smoothness"], 0.3
    claim = found.certificate.claim
    # the recursion of the theorems, in floats and by themselves
    theta, gamma = float(claim.share), found.step
    M = float((w * L * (1 / p - 1)).max())
    V = w**2 * (1 / p - 1) @ gradients
    V = V if known == "each" else float((w * (1 / p - 1)).max() * (w @ gradients))
    B = float((w**2 / p).sum() * 0.1)
    S = (1 + theta) * M
    assert gamma <= (2 / (w @ L + mu + S) if w @ L - mu >= S else 1 / (mu + S))
    a = 4.0
    for _ in range(found.rounds):
        a = ((1 - gamma * mu) ** 2 + gamma**2 * mu * S) * a + gamma**2 * ((1 + 1 / theta) * V + B)
    assert a == pytest.approx(found.certificate.bound, rel=1e-9)
    assert a <= 0.1
    assert math.fsum(p) <= 6
    assert judge_steps(json.loads(found.save(tmp_path / "steps.json").read_text())).proved
    assert all(found.rounds <= one.rounds for one in found.others)


def test_a_forged_promise_of_steps_is_refused(tmp_path) -> None:
    found = large()
    text = json.loads(found.save(tmp_path / "steps.json").read_text())
    assert judge_steps(text).proved
    rarer = [str(Fraction(p) / 2) for p in text["probability"]]
    for forged in (
        {"bound": str(Fraction(text["bound"]) * Fraction(999, 1000))},
        {"rounds": text["rounds"] - 1},
        {"slope": str(Fraction(text["slope"]) * Fraction(999, 1000))},
        {"probability": rarer},
        {"step": "1"},
        {"strong_convexity": ["1/2", *text["strong_convexity"][1:-1], "9"]},
        {"variance": ["7"] * len(text["variance"])},
        {"at_optimum": ["7"] * len(text["variance"])},
    ):
        assert not judge_steps(text | forged).proved, forged


def test_many_rounds_are_judged_without_endless_fractions(tmp_path) -> None:
    found = large()
    text = json.loads(found.save(tmp_path / "steps.json").read_text())
    longer = text | {"rounds": 10**12}
    assert judge_steps(longer).proved
    claim = found.certificate.claim
    added = claim.step**2 * claim.noise
    floor = added / (1 - claim.contraction)  # no number of rounds proves less
    assert not judge_steps(longer | {"bound": str(floor * Fraction(999, 1000))}).proved
    assert claim.rounds_to(floor / 2) is None


def test_nothing_is_gained_where_all_have_to_be_drawn() -> None:
    found = codesign(
        rl.Problem([[0.9], [0.1]], budget=2),
        weights=[0.7, 0.3],
        smoothness=[2, 5],
        local_steps=1,
        **GIVEN,
    )
    assert found.probabilities == pytest.approx([1, 1])
    assert [row["times_the_best"] for row in found.compared] == [1, 1, 1]


def test_another_choice_takes_the_step_of_the_best_where_that_is_better() -> None:
    task = random_task(2)
    p = task.per_kind(np.full(len(task.weights), task.problem.budget / len(task.weights)))
    best = best_step(task, p, 1, 0.2)
    worse = evaluate(task, p, best.step / 2, 1)
    assert _stepped(task, worse, best).price == best.price
    assert _stepped(task, best, worse) is best
    assert _stepped(task, replace(worse, local_steps=2), best).price == worse.price


def test_no_fleet_of_quadratics_exceeds_a_promise_of_steps() -> None:
    random = np.random.default_rng(1)
    gradients = random.uniform(0, 1, 30)
    found = large(heterogeneity=gradients)
    w, p = STEPS["weights"], found.probabilities
    for _ in range(20):
        curves = np.where(random.random(30) < 0.5, STEPS["smoothness"], 0.3)
        h = np.sqrt(gradients) * np.where(random.random(30) < 0.5, 1, -1)
        h[-1] = -(w[:-1] @ h[:-1]) / w[-1]
        if h[-1] ** 2 > gradients[-1]:
            h *= np.sqrt(gradients[-1]) / abs(h[-1])
        # f_i' = curve (x − x*) + h_i: mean and square of x − x* follow exactly
        mean, square, gamma = 2.0, 4.0, found.step
        extra = w**2 * (1 / p - 1)
        rate = 1 - gamma * float(w @ curves)
        for _ in range(found.rounds):
            noise = extra @ (curves**2) * square + 2 * extra @ (curves * h) * mean + extra @ h**2
            mean, square = rate * mean, rate**2 * square + gamma**2 * noise
        assert square <= found.certificate.bound * (1 + 1e-9)


def test_limits_hold_and_floors_are_kept() -> None:
    found = large(limits={"floor": 0.1, "ceiling": 0.5})
    assert found.probabilities.min() >= 0.1
    assert found.probabilities.max() <= 0.5
    assert math.fsum(found.probabilities) <= 6


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"target": 5}, InvalidProblemError, "target 5 is not below initial 4"),
        ({"price": "money"}, InvalidProblemError, "price is 'money'"),
        ({"price": "seconds"}, InvalidProblemError, "no time is given"),
        ({"strong_convexity": 0}, AssumptionError, "strong_convexity 0"),
        ({"smoothness": [1, 2]}, InvalidProblemError, "smoothness has 2 numbers"),
        ({"heterogeneity": float("nan")}, InvalidProblemError, "heterogeneity"),
        ({"local_steps": []}, InvalidProblemError, "local_steps is empty"),
        ({"local_steps": 0}, InvalidProblemError, "local_steps"),
        ({"local_steps": [2, 4]}, InvalidProblemError, "local_steps has no 1"),
        ({"variance": np.full(30, -1.0)}, InvalidProblemError, r"variance\[0\] is -1; give"),
        ({"weights": [0.0] * 30}, InvalidProblemError, r"weights\[0\] is 0"),
        ({"method": "guess"}, InvalidProblemError, "method is 'guess'"),
        ({"method": "rounds"}, InvalidProblemError, "30 kinds of clients"),
        ({"limits": {"available": np.arange(30)[:, None] > 0}}, InvalidProblemError, "not avail"),
        ({"target": 1e-14}, InfeasibleError, "target"),
        (
            {"weights": [1e300] * 30},
            InvalidProblemError,
            r"weights\[0\] is 1e\+300; give numbers up",
        ),
    ],
)
def test_bad_input_is_named(changes, kind, words) -> None:
    with pytest.raises(kind, match=words):
        large(**changes)
