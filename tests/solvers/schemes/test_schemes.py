"""A theorem for any sampling scheme: moments by enumeration, proofs, known rates, corruption."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.schemes import (
    SamplingScheme,
    certify_scheme,
    fixed_size,
    from_outcomes,
    full_participation,
    independent_clients,
    independent_processors,
    multinomial,
)
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.certified_rounds.algebra import is_positive_semidefinite

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
L, MU, STEP = 5, Fraction(3, 10), Fraction(1, 5)


def enumerated(outcomes, name="enumerated"):
    chances, weights = zip(*outcomes, strict=True)
    return from_outcomes(chances, weights, name=name)


def same(left: SamplingScheme, right: SamplingScheme) -> bool:
    return left.weights == right.weights and left.second_moment == right.second_moment


def test_independent_clients_equal_enumeration() -> None:
    w, p = (THIRD, 2 * THIRD), (HALF, Fraction(1, 4))
    outcomes = [
        (
            np.prod([q if on else 1 - q for q, on in zip(p, drawn, strict=True)]),
            [v / q * on for v, q, on in zip(w, p, drawn, strict=True)],
        )
        for drawn in itertools.product((0, 1), repeat=2)
    ]
    assert same(independent_clients(w, p), enumerated(outcomes))


def test_processors_equal_enumeration() -> None:
    p = (HALF, Fraction(1, 4))  # one client with two processors
    outcomes = [
        (
            np.prod([q if on else 1 - q for q, on in zip(p, drawn, strict=True)]),
            [sum(HALF / q * on for q, on in zip(p, drawn, strict=True))],
        )
        for drawn in itertools.product((0, 1), repeat=2)
    ]
    assert same(independent_processors([1], [p]), enumerated(outcomes))


def test_fixed_size_and_multinomial_equal_enumeration() -> None:
    w = (HALF, THIRD, Fraction(1, 6))
    pairs = list(itertools.combinations(range(3), 2))
    fixed = [
        (Fraction(1, 3), [w[i] * Fraction(3, 2) * (i in pair) for i in range(3)]) for pair in pairs
    ]
    assert same(fixed_size(w, 2), enumerated(fixed))
    repeated = [
        (w[a] * w[b], [w[i] * ((i == a) + (i == b)) / (2 * w[i]) for i in range(3)])
        for a, b in itertools.product(range(3), repeat=2)
    ]
    assert same(multinomial(w, 2), enumerated(repeated))
    assert fixed_size(w, 3).participation_variance == 0
    assert multinomial(w, 2).participation_variance == 0


@given(
    table=st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=4),
    shift=st.integers(-2, 2),
)
def test_semidefinite_decision_agrees_with_eigenvalues(table, shift) -> None:
    half = np.array(table)
    gram = half.T @ half + shift * np.eye(4, dtype=int)
    least = np.linalg.eigvalsh(gram)[0]
    exact = is_positive_semidefinite([[Fraction(int(v)) for v in row] for row in gram])
    if abs(least) > 1e-9:
        assert exact == (least > 0)
    else:
        assert exact or shift < 0


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("step", [STEP, Fraction(2, 53) * 10, Fraction(1, 50)])
def test_full_participation_has_the_known_rate(n: int, step: Fraction) -> None:
    scheme = full_participation([Fraction(1, n)] * n)
    found = certify_scheme(scheme, step=step, smoothness=L, strong_convexity=MU)
    rate = max((1 - step * MU) ** 2, (1 - step * L) ** 2)
    assert found.bound(1.0) == pytest.approx(float(rate), rel=1e-6)
    assert found.rate >= rate
    assert float(found.noise) < 1e-6


def test_step_one_over_smoothness_contracts_at_one_minus_mu_over_l() -> None:
    scheme = full_participation([1])
    found = certify_scheme(scheme, step=Fraction(1, L), smoothness=L, strong_convexity=MU)
    assert float(found.rate) == pytest.approx((1 - 0.3 / 5) ** 2, rel=1e-7)


def certificate(**changes):
    scheme = independent_clients([HALF, HALF], [HALF, Fraction(3, 4)])
    return certify_scheme(
        scheme, **({"step": STEP, "smoothness": L, "strong_convexity": MU} | changes)
    )


def test_the_proof_is_refused_when_a_number_is_corrupted() -> None:
    proof = certificate()
    assert proof.check()
    wrong = [
        replace(proof, rate=proof.rate * Fraction(999, 1000)),
        replace(proof, noise=proof.noise * Fraction(99, 100)),
        replace(proof, multipliers=(proof.multipliers[0] / 2, proof.multipliers[1])),
        replace(proof, multipliers=(-proof.multipliers[0], proof.multipliers[1])),
        replace(proof, step=proof.step * Fraction(11, 10)),
        replace(proof, smoothness=(Fraction(6), Fraction(5))),
        replace(proof, alike=True, rate=proof.rate / 2),
        replace(proof, scheme=independent_clients([HALF, HALF], [HALF, HALF])),
    ]
    for number, corrupted in enumerate(wrong):
        assert not corrupted.check(), number
    assert "sum of squares" in str(wrong[0].check())


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_no_quadratic_clients_exceed_the_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 4))
    w = random.integers(1, 9, size=n)
    p = [Fraction(int(k), 16) for k in random.integers(2, 17, size=n)]
    scheme = independent_clients([Fraction(int(k), int(w.sum())) for k in w], p)
    step = Fraction(int(random.integers(1, 20)), 100)
    proof = certify_scheme(scheme, step=step, smoothness=4, strong_convexity=HALF)
    assert proof.check()
    weights, covariance = scheme.floats()
    for _ in range(20):
        h, z = random.choice([0.5, 4.0, 1.5], size=n), random.normal(size=n)
        optimum = weights * h @ z / (weights @ h)
        x, at_optimum = optimum + random.normal(), h * (optimum - z)
        u = h * (x - z)
        mean = x - optimum - float(step) * weights @ u
        exact = mean**2 + float(step) ** 2 * u @ covariance @ u
        spread = float(weights @ at_optimum**2)
        assert exact <= proof.bound((x - optimum) ** 2, dissimilarity=spread) * (1 + 1e-12)


def test_a_common_minimiser_needs_no_noise_term_and_contracts_faster() -> None:
    alike, apart = certificate(dissimilarity=0.0), certificate(dissimilarity=100.0)
    assert alike.alike
    assert alike.noise == 0
    assert alike.rate < apart.rate
    with pytest.raises(InvalidProblemError, match="common minimiser"):
        alike.bound(1.0, dissimilarity=1.0)


def test_gradient_noise_adds_the_second_moment_of_the_weight() -> None:
    proof = certificate()
    extra = proof.bound(1.0, gradient_variances=[2.0, 3.0]) - proof.bound(1.0)
    assert extra == pytest.approx(0.04 * (0.5 * 2.0 + 1 / 3 * 3.0), rel=1e-12)


@pytest.mark.parametrize("unit", [Fraction(1, 1000), Fraction(1000)])
def test_units_do_not_matter(unit: Fraction) -> None:
    plain = certificate()
    scaled = certificate(
        step=STEP / unit,
        smoothness=L * unit,
        strong_convexity=MU * unit,
        dissimilarity=float(unit) ** 2,
    )
    assert scaled.check()
    assert scaled.rate + scaled.noise * unit**2 == pytest.approx(plain.rate + plain.noise, rel=1e-7)


def test_rounds_are_the_least_of_the_recursion() -> None:
    proof = certificate()
    rounds = proof.rounds(initial=4.0, target=0.4, dissimilarity=1.0)
    distance = [4.0]
    for _ in range(rounds):
        distance.append(float(proof.bound(distance[-1], dissimilarity=1.0)))
    assert distance[-1] <= 0.4 < distance[-2]
    assert proof.rounds(initial=0.1, target=0.4) == 0
    with pytest.raises(InfeasibleError, match="stalls"):
        proof.rounds(initial=4.0, target=0.01, dissimilarity=1.0)


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (AssumptionError, "0 <= μ < L", lambda: certificate(strong_convexity=5)),
        (AssumptionError, "client 1", lambda: certificate(smoothness=[5, HALF / 2])),
        (InvalidProblemError, "step is", lambda: certificate(step=0)),
        (InvalidProblemError, "give one or 2", lambda: certificate(smoothness=[5, 5, 5])),
        (InvalidProblemError, "dissimilarity", lambda: certificate(dissimilarity=-1)),
        (InvalidProblemError, "finite", lambda: certificate(step=float("nan"))),
        (InvalidProblemError, "never drawn", lambda: independent_clients([1], [0])),
        (InvalidProblemError, "sum to 1", lambda: from_outcomes([HALF, HALF / 2], [[1], [1]])),
        (InvalidProblemError, "summing to 1", lambda: multinomial([1, 1], 2, [HALF, THIRD])),
        (InvalidProblemError, "1 to 2", lambda: fixed_size([1, 1], 3)),
        (InvalidProblemError, "above 0", lambda: full_participation([1, 0])),
        (
            InvalidProblemError,
            "semidefinite",
            lambda: SamplingScheme(name="no", weights=(1, 1), second_moment=((1, 1), (1, 0.5))),
        ),
        (
            InvalidProblemError,
            "symmetric",
            lambda: SamplingScheme(name="no", weights=(1, 1), second_moment=((2, 1), (0, 2))),
        ),
    ],
)
def test_bad_input_is_refused_with_its_reason(error, match, call) -> None:
    with pytest.raises(error, match=match):
        call()
