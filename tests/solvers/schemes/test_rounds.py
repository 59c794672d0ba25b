"""Certified rounds: known rates, enumerated quadratics, an independent program, kinds, refusals."""

import importlib.util
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from roundlot.solvers.schemes import (
    SamplingScheme,
    SchemeOfKinds,
    certify_rounds,
    certify_scheme,
    fixed_size,
    fixed_size_of_kinds,
    full_participation,
    independent_clients,
    independent_kinds,
    multinomial,
)
from roundlot.theory import AssumptionError, ConvergenceError, InfeasibleError, InvalidProblemError
from roundlot.verify.exact import judge_rounds

spec = importlib.util.spec_from_file_location(
    "quadratics", Path(__file__).with_name("quadratics.py")
)
quadratics = importlib.util.module_from_spec(spec)
spec.loader.exec_module(quadratics)

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
W, P = (HALF, Fraction(3, 10), Fraction(1, 5)), (Fraction(9, 10), Fraction(3, 5), HALF)
L, MU, RARE = 5, Fraction(3, 10), Fraction(1, 10**13)
COMMON = {"smoothness": L, "strong_convexity": MU, "heterogeneity": 1}


def certified(scheme=None, **changes):
    scheme = independent_clients(W, P) if scheme is None else scheme
    return certify_rounds(
        scheme, **(COMMON | {"local_steps": 2, "step": 0.1, "rounds": 1, "initial": 2} | changes)
    )


@pytest.mark.parametrize("step", [0.1, 0.35])
@pytest.mark.parametrize("local_steps", [1, 3])
def test_everybody_with_one_optimum_has_the_rate_of_gradient_descent(step, local_steps) -> None:
    found = certified(
        full_participation([HALF, HALF]), step=step, local_steps=local_steps, heterogeneity=0
    )
    rate = max(abs(1 - step * 0.3), abs(1 - step * 5)) ** (2 * local_steps)
    assert 2 * rate <= found.bound * (1 + 1e-12)
    assert found.bound == pytest.approx(2 * rate, rel=1e-6)
    assert found.check()


@pytest.mark.parametrize(
    "scheme", [independent_clients(W, P), fixed_size(W, 2), multinomial(W, 2)], ids=lambda s: s.name
)
def test_one_local_step_is_the_certificate_of_one_step(scheme: SamplingScheme) -> None:
    one = certify_scheme(
        scheme, step=0.1, smoothness=L, strong_convexity=MU, squared_distance=2.0, dissimilarity=1.0
    )
    found = certified(scheme, local_steps=1)
    assert found.bound == pytest.approx(float(one.bound(2.0, dissimilarity=1.0)), rel=1e-6)


def test_noise_of_one_local_step_adds_exactly() -> None:
    noise = np.array([0.5, 1.0, 2.0])
    without, noisy = certified(local_steps=1), certified(local_steps=1, variance=noise)
    w, p = np.array(W, float), np.array(P, float)
    added = 0.01 * float((w**2 / p) @ noise)
    assert noisy.bound - without.bound == pytest.approx(added, rel=1e-5)


def test_pepit_finds_the_same_worst_round() -> None:
    pytest.importorskip("PEPit")
    from PEPit import PEP
    from PEPit.functions import SmoothStronglyConvexFunction

    w, p, steps = (0.6, 0.4), (0.5, 0.75), 2
    pep = PEP()
    clients = [
        pep.declare_function(SmoothStronglyConvexFunction, mu=0.3, L=smooth) for smooth in (5, 2)
    ]
    best = (w[0] * clients[0] + w[1] * clients[1]).stationary_point()
    start = pep.set_initial_point()
    walks = []
    for client in clients:
        x = start
        for _ in range(steps):
            x = x - 0.1 * client.gradient(x)
        walks.append(start - x)
    rest = [client.gradient(best) for client in clients]
    pep.set_initial_condition((start - best) ** 2 <= 2)
    pep.set_initial_condition(w[0] * rest[0] ** 2 + w[1] * rest[1] ** 2 <= 1)
    mean = w[0] * walks[0] + w[1] * walks[1]
    left = (start - best) ** 2 - 2 * (mean * (start - best)) + mean**2
    for share, chance, walk in zip(w, p, walks, strict=True):
        left = left + share**2 * (1 / chance - 1) * walk**2
    pep.set_performance_metric(left)
    worst = pep.solve(verbose=0, solver="CLARABEL")
    found = certified(independent_clients(w, p), smoothness=[5, 2])
    assert worst <= found.bound * (1 + 1e-6)
    assert found.bound == pytest.approx(worst, rel=1e-6)


def fleet(seed: int):
    """A random scheme with its outcomes, constants and steps."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 4))
    w = [Fraction(int(k), 10) for k in random.integers(1, 9, size=n)]
    if random.random() < 0.6:
        p = [Fraction(int(k), 8) for k in random.integers(1, 9, size=n)]
        scheme, outcomes = independent_clients(w, p), quadratics.independent_outcomes(w, p)
    else:
        size = int(random.integers(1, n + 1))
        scheme, outcomes = fixed_size(w, size), quadratics.fixed_size_outcomes(w, size)
    rounds, local_steps = (int(k) for k in random.integers(1, 4, size=2))
    constants = {
        "smoothness": 1 + 4 * random.random(n),
        "strong_convexity": 0.9 * random.random(n),
        "variance": random.random(n) * (random.random() < 0.5),
        "schedule": 0.3 + random.random((rounds, local_steps)),
        "step": 0.01 + 0.25 * float(random.random()),
        "local_steps": local_steps,
        "rounds": rounds,
        "initial": Fraction(int(random.integers(1, 100)), 10),
        "heterogeneity": Fraction(int(random.integers(0, 4) ** 3), 10) if n > 1 else Fraction(0),
    }
    return random, scheme, outcomes, constants


def greatest_share(random, found, outcomes, constants) -> float:
    """The most of the bound that random quadratics reach."""
    large, small = constants["smoothness"], constants["strong_convexity"]
    n, most = len(large), 0.0
    steps = np.repeat(constants["step"] * constants["schedule"][:, :, None], n, axis=2)
    for _ in range(20):
        ends = np.where(random.random(n) < 0.5, small, large)
        curves = np.where(random.random(n) < 0.6, ends, small + random.random(n) * (large - small))
        zeta = float(constants["heterogeneity"])
        centres = random.normal(size=n) * (zeta > 0)
        centres = quadratics.scaled_to(outcomes.mean, curves, centres, zeta)
        if centres is None:
            continue
        best = quadratics.optimum(outcomes.mean, curves, centres)
        for side in (1, -1):
            start = best + side * np.sqrt(float(constants["initial"]))
            path = quadratics.squared_distances(
                outcomes, curves, centres, steps, constants["variance"], start
            )
            most = max(most, path[-1] / found.bound)
    return most


def shares(seeds) -> list[float]:
    found = []
    for seed in seeds:
        random, scheme, outcomes, constants = fleet(seed)
        certificate = certify_rounds(scheme, **constants)
        assert certificate.check(), seed
        share = greatest_share(random, certificate, outcomes, constants)
        assert share <= 1 + 1e-9, seed
        found.append(share)
    return found


def test_no_fleet_of_quadratics_exceeds_its_bound() -> None:
    found = shares(range(30))
    assert np.median(found) > 0.8  # many are attained


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_none_of_two_thousand_fleets_of_quadratics_exceeds_its_bound() -> None:
    shares(range(1000, 3000))


def test_alike_clients_cost_one_and_change_nothing() -> None:
    weights, chances = [HALF / 2] * 2 + [HALF], [HALF] * 2 + [Fraction(3, 4)]
    grouped = certified(independent_kinds([2, 1], [HALF / 2, HALF], [HALF, Fraction(3, 4)]))
    listed = certified(independent_clients(weights, chances))
    apart = certified(independent_clients(weights, chances), smoothness=[5, 5 + 1e-12, 5])
    assert len(listed.claim.setting.kinds) == len(grouped.claim.setting.kinds) == 2
    assert len(apart.claim.setting.kinds) == 3
    assert listed.bound == grouped.bound
    assert apart.bound == pytest.approx(grouped.bound, rel=1e-6)


def test_thousands_of_clients_of_two_kinds() -> None:
    counts, weights = (3000, 1000), (Fraction(1, 4500), Fraction(1, 3000))
    scheme = fixed_size_of_kinds(counts, weights, 100)
    found = certified(scheme, smoothness=[5, 2], rounds=3)
    assert found.claim.setting.n_clients == 4000
    assert found.check()
    # more clients in a round cannot hurt: the second moments are smaller
    assert certified(
        fixed_size_of_kinds(counts, weights, 200), smoothness=[5, 2], rounds=3
    ).bound < (found.bound)


def test_moments_that_depend_on_more_than_kinds_leave_every_client_alone() -> None:
    # alike in weight and chance, but 0 and 1 come together, and 2 and 3
    pairs = [[1, 1, 0, 0], [0, 0, 1, 1]]
    M = [[Fraction(sum(a[i] * a[j] for a in pairs), 8) for j in range(4)] for i in range(4)]
    scheme = SamplingScheme(name="pairs", weights=[Fraction(1, 4)] * 4, second_moment=M)
    found = certified(scheme)
    assert len(found.claim.setting.kinds) == 4
    assert found.check()
    # as one of two clients of twice the weight, drawn alike
    both = SamplingScheme(
        name="two", weights=[HALF] * 2, second_moment=[[HALF, Fraction(0)], [Fraction(0), HALF]]
    )
    assert found.bound >= certified(both).bound * (1 - 1e-6)


def test_a_long_chain_falls_to_its_floor_and_reuses_proofs() -> None:
    found = certified(rounds=150, heterogeneity=0.1)
    assert found.check()
    assert len(found.claim.proofs) < 50
    assert np.all(np.diff(found.bounds[:10]) < 0)
    first = found.rounds_to(1.0)
    assert found.bounds[first] <= 1.0 < found.bounds[first - 1]
    with pytest.raises(InfeasibleError, match="take more rounds"):
        found.rounds_to(1e-9)


def test_the_gap_of_convex_clients() -> None:
    found = certified(strong_convexity=0, rounds=40, goal="gap", step=0.05)
    assert found.check()
    half = certified(strong_convexity=0, rounds=20, goal="gap", step=0.05)
    assert found.bound < half.bound
    # gradient descent of everybody: E F(mean) − F* <= ‖x_0 − x*‖² / (2 γ T)
    plain = certified(
        full_participation([1]), strong_convexity=0, local_steps=1, rounds=40, goal="gap",
        heterogeneity=0,
    )  # fmt: skip
    assert plain.bound <= 2 / (2 * 0.1 * 40) * (1 + 1e-4)
    with pytest.raises(InvalidProblemError, match="at the end"):
        _ = plain.bounds


def test_the_gradient_without_convexity() -> None:
    # gradient descent: (F(x) − F(x⁺)) / (γ − Lγ²/2) >= ‖∇F‖²
    plain = certified(
        full_participation([1]), local_steps=1, rounds=10, goal="gradient", heterogeneity=0
    )
    assert plain.check()
    assert plain.bound == pytest.approx(2 / 10 / (0.1 - 5 * 0.01 / 2), rel=1e-6)
    local = certified(rounds=10, goal="gradient", step=0.02, variance=0.1)
    assert local.check()


@pytest.mark.parametrize("step", [0.02, 0.08])
def test_no_wave_exceeds_the_bound_of_gradients(step) -> None:
    """Clients ``1 − cos(x √L) + d_i x`` with ``Σ w_i d_i = 0``, every draw of two rounds listed."""
    w, p, rounds, local_steps = np.array([0.4, 0.6]), np.array([0.5, 0.75]), 2, 2
    slope = np.array([0.6, -0.4])
    drawn = quadratics.independent_outcomes(w, p)

    def wave(x):
        return np.sqrt(5) * np.sin(np.sqrt(5) * x)

    most = 0.0
    for start in np.linspace(0.05, 1.4, 12):
        points, chances, means = np.array([start]), np.ones(1), []
        for _ in range(rounds):
            means.append(chances @ wave(points) ** 2)
            local = np.repeat(points[:, None], 2, axis=1)
            for _ in range(local_steps):
                local = local - step * (wave(local) + slope)
            points = (points[:, None] + (local - points[:, None]) @ drawn.weights.T).ravel()
            chances = (chances[:, None] * drawn.chances).ravel()
        found = certified(
            independent_clients([0.4, 0.6], p), smoothness=5, goal="gradient", step=step,
            rounds=rounds, initial=1 - np.cos(np.sqrt(5) * start),
            heterogeneity=float(w @ slope**2) * (1 + 1e-12),
        )  # fmt: skip
        most = max(most, min(means) / found.bound)
    assert 0.1 < most <= 1


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"smoothness": 0.2}, AssumptionError, "0 <= μ < L"),
        ({"smoothness": [5, 5]}, InvalidProblemError, "smoothness has 2"),
        ({"step": 0}, InvalidProblemError, "step"),
        ({"step": "fast"}, InvalidProblemError, "step is 'fast'"),
        ({"local_steps": 0}, InvalidProblemError, "local_steps is 0"),
        ({"local_steps": 1.5}, InvalidProblemError, "local_steps is 1.5"),
        ({"rounds": True}, InvalidProblemError, "rounds is True"),
        ({"initial": 0}, InvalidProblemError, "initial is 0; give a number above 0"),
        ({"initial": float("nan")}, InvalidProblemError, "initial is nan"),
        ({"heterogeneity": -1}, InvalidProblemError, "heterogeneity"),
        ({"variance": -1}, InvalidProblemError, "variance"),
        ({"schedule": [1, 1]}, InvalidProblemError, "schedule must have 1 rows"),
        ({"schedule": [[1, 1, 1]]}, InvalidProblemError, "row of schedule"),
        ({"schedule": [0]}, InvalidProblemError, "schedule must be above 0"),
        ({"goal": "speed"}, InvalidProblemError, "goal is 'speed'"),
        ({"smoothness": 10**400}, InvalidProblemError, "smoothness is a?.*up to 1e300"),
        ({"smoothness": [5, "4", 2]}, InvalidProblemError, r"smoothness\[1\] is '4'"),
        ({"strong_convexity": True}, InvalidProblemError, "strong_convexity is True"),
        ({"step": [0.1, 0.1, -1]}, InvalidProblemError, "step of client 2 is -1"),
        ({"step": 1e300}, ConvergenceError, "no proof of a round"),
        ({"rounds": 2, "schedule": [1, [1]]}, InvalidProblemError, r"schedule\[1\] has 1 num"),
        ({"rounds": 2, "schedule": [[1], [1, 2]]}, InvalidProblemError, r"schedule\[0\] has 1"),
        ({"scheme": 5}, InvalidProblemError, "scheme is 5; give a sampling scheme"),
        ({"scheme": [0.5]}, InvalidProblemError, r"scheme is \[0.5\]; give"),
        ({"goal": np.ones(2)}, InvalidProblemError, "goal is array"),
        ({"goal": "gap", "step": 2.0, "rounds": 5}, ConvergenceError, "take smaller"),
    ],
)
def test_bad_input_is_named(changes, error, words) -> None:
    with pytest.raises(error, match=words):
        certified(**changes)


@pytest.mark.parametrize(
    ("counts", "weights", "size", "words"),
    [
        ([2.5, 1], [HALF, HALF], 1, r"counts\[0\] is 2.5"),
        (["3", 1], [HALF, HALF], 1, r"counts\[0\] is '3'"),
        ([2, 10**10], [HALF, HALF], 1, r"counts\[1\] is 10000000000; .* to 1000000000"),
        (None, [HALF, HALF], 1, "counts is None"),
        ([2, 1], None, 1, "weights is None"),
        ([2, 1], [HALF], 1, "weights has 1"),
        ([2, 1], [HALF, 0], 1, r"weights\[1\] is 0"),
        ([2, 1], [HALF, HALF], "2", "size is '2'"),
        ([2, 1], [HALF, HALF], 4, "size is 4; give a whole number from 1 to 3"),
        ([2, 1], [HALF, HALF], None, "size is None"),
    ],
)
def test_what_is_no_draw_of_kinds_is_named(counts, weights, size, words) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        fixed_size_of_kinds(counts, weights, size)
    if "size" not in words:
        with pytest.raises(InvalidProblemError, match=words):
            independent_kinds(counts, weights, [HALF, HALF])


@pytest.mark.parametrize("target", [None, "x", float("nan"), True])
def test_a_target_is_a_number(target) -> None:
    with pytest.raises(InvalidProblemError, match="target is"):
        certified(local_steps=1).rounds_to(target)


def test_moments_of_no_draw_are_refused() -> None:
    kinds = independent_kinds([2, 1], [HALF, HALF], [HALF, HALF])
    with pytest.raises(InvalidProblemError, match="no random weights"):
        replace(kinds, second_moments=(Fraction(1, 10), HALF))
    with pytest.raises(InvalidProblemError, match="no random weights"):
        replace(kinds, cross_moments=((-HALF, HALF), (HALF, HALF)))
    with pytest.raises(InvalidProblemError, match=r"counts\[0\] is 1\.5"):
        independent_kinds([1.5, 1], [HALF, HALF], [HALF, HALF])
    with pytest.raises(InvalidProblemError, match="cross_moments is None"):
        replace(kinds, cross_moments=None)
    with pytest.raises(InvalidProblemError, match="not symmetric"):
        SchemeOfKinds(
            name="bent", counts=(1, 1), weights=(HALF, HALF), second_moments=(1, 1),
            cross_moments=((0, 0), (HALF, 0)),
        )  # fmt: skip


def test_what_no_file_holds_is_refused_before_it_is_solved() -> None:
    n = 101
    many = [Fraction(k + 1, 6000) for k in range(n)]
    with pytest.raises(InvalidProblemError, match="101 kinds of clients"):
        certified(full_participation(many))
    with pytest.raises(InvalidProblemError, match="more than 2000 digits"):
        certified(initial=Fraction(1, 10**2000 + 1))
    with pytest.raises(InvalidProblemError, match="100000 different rounds"):
        certified(rounds=100_000, schedule=[k + 1 for k in range(100_000)])


def test_what_is_certified_is_written_and_judged_however_small_it_gets(tmp_path) -> None:
    found = certified(
        full_participation([1]), smoothness=1, strong_convexity=Fraction(99, 100), step=1,
        rounds=400, initial=Fraction(1, 10**400), heterogeneity=0,
    )  # fmt: skip
    document = json.loads(found.save(tmp_path / "rounds.json").read_text())
    assert judge_rounds(document).proved
    assert 0 < found.claim.bound < Fraction(1, 10**400)


def test_without_heterogeneity_and_noise_one_proof_does_for_all_rounds() -> None:
    found = certified(heterogeneity=0, rounds=60, local_steps=1)
    assert len(found.claim.proofs) == 1
    first = found.claim.chain[1] / found.claim.chain[0]
    assert found.bound == pytest.approx(2 * float(first) ** 60, rel=1e-12)
    assert found.check()


@pytest.mark.parametrize(
    ("changes", "words", "not_said"),
    [
        ({"scheme": independent_clients(W, (HALF, HALF, RARE))}, "draw the", "steps"),
        (
            {"goal": "gap", "strong_convexity": 5 - Fraction(1, 10**16)},
            "strong_convexity further",
            "steps",
        ),
        ({"step": 1e200}, "take smaller steps", "draw"),
    ],
)
def test_advice_is_of_what_is_extreme(changes, words, not_said) -> None:
    with pytest.raises(ConvergenceError, match=words) as error:
        certified(**changes)
    assert not_said not in str(error.value)


def test_one_client_by_itself_has_no_heterogeneity() -> None:
    one = full_participation([1])
    found = certified(one, heterogeneity=1, rounds=3, strong_convexity=1, smoothness=5)
    # gradient descent: (1 − step μ)² a step
    assert found.bound == pytest.approx(2 * 0.9**12, rel=1e-5)
