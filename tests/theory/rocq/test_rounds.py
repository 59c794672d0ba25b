"""Certified rounds for Rocq: what is written, what is refused, and that it compiles."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from roundlot.solvers.schemes import (
    certify_rounds,
    fixed_size,
    fixed_size_of_kinds,
    independent_clients,
    multinomial,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.rocq import rounds_document

HALF = Fraction(1, 2)
W, P = (HALF, Fraction(3, 10), Fraction(1, 5), Fraction(1, 4)), (Fraction(9, 10), HALF, 1, HALF)
LARGE = (5, 4, 2, 3)


GENTLE = {
    "step": Fraction(1, 40), "heterogeneity": Fraction(1, 2), "smoothness": [3, 2]
}  # fmt: skip


def certified(clients, local_steps, scheme=None, **changes):
    scheme = independent_clients(W[:clients], P[:clients]) if scheme is None else scheme
    common = {
        "smoothness": LARGE[:clients], "strong_convexity": Fraction(3, 10), "rounds": 1,
        "local_steps": local_steps, "step": Fraction(1, 10), "initial": 2,
        "heterogeneity": int(clients > 1),
    }  # fmt: skip
    return certify_rounds(scheme, **(common | changes)).claim


@pytest.mark.parametrize("clients", [1, 2, 3, 4])
def test_statement_and_squares_are_written(clients) -> None:
    text = rounds_document(certified(clients, 2))  # it asserts that everything adds up
    for word in ("Admitted", "admit", "Axiom", "Parameter"):
        assert word not in text
    assert text.count("Theorem ") == 2
    # one hypothesis for each client's pair of points that is used, and one for all squares
    assert 2 * clients <= text.count("smoothness and strong convexity") <= 6 * clients
    assert text.count("forall") == 1


def test_several_combinations_are_written() -> None:
    """Second moments that are no multiple of a product are written with their own combinations."""
    pairs = [[1, 1, 0], [0, 0, 1]]
    M = [[Fraction(2 * sum(a[i] * a[j] for a in pairs), 9) for j in range(3)] for i in range(3)]
    scheme = replace(
        independent_clients([Fraction(1, 3)] * 3, [HALF] * 3), name="pair", second_moment=M
    )
    assert "Theorem round_0" in rounds_document(certified(3, 1, scheme))


@pytest.mark.parametrize("variance", [0, Fraction(1, 4)])
@pytest.mark.parametrize("goal", ["distance", "gap", "gradient"])
def test_every_goal_is_written_with_noise_and_without(goal, variance) -> None:
    """What is assumed of mini-batches is there where there are some, and in the conclusion."""
    claim = certified(2, 2, goal=goal, variance=variance, **GENTLE)
    text = rounds_document(claim)
    # a mini-batch before the last of each client, and its last one
    assert text.count("variance of a mini-batch") == (4 if variance else 0)
    noisy = [line for line in text.splitlines() if line.startswith("  (M_")]
    # the first noise is uncorrelated with x or its gradient, the other client's two gradients and
    # noise, its own first gradient, and the gradient at x* that is left
    assert len(noisy) == (0 if not variance else 7 if goal == "gradient" else 11)
    assert not any("g01_n00" in line or "g11_n10" in line for line in noisy)  # these it moves
    assert ("F(x) - F*" in text) == (goal == "gap")
    assert ("mu = " in text) == (goal != "gradient")


def of_kinds(goal, variance, local_steps=1):
    """Thirty alike clients and one more, five of which are drawn."""
    scheme = fixed_size_of_kinds(counts=[30, 1], weights=[Fraction(1, 40), Fraction(1, 4)], size=5)
    claim = certified(31, local_steps, scheme, goal=goal, variance=variance, **GENTLE)
    assert [kind.count for kind in claim.setting.kinds] == [30, 1]
    return claim


@pytest.mark.parametrize("goal", ["distance", "gap", "gradient"])
def test_kinds_are_written_by_their_means_and_deviations(goal) -> None:
    text = rounds_document(of_kinds(goal, Fraction(1, 4), local_steps=2))
    assert text.count("30 clients of kind 0") == 1
    assert "(squares0 : forall" in text  # of what is beyond the means of kind 0
    assert "(squares1" not in text  # a client is its own mean
    # <n_i, n_j> = 0 of two clients, so sum |n_i|^2 = 30^2 |mean|^2; 30 |mean|^2 is of the mean
    assert "(M_dn00_dn00 : dn00_dn00 = 870 * n00_n00)" in text
    assert "<= (15 / 2) * 1)" in text  # 30 variances of 1/4


def test_steps_beyond_the_tenth_have_names_of_their_own() -> None:
    text = rounds_document(certified(1, 11, step=Fraction(1, 100)))
    names = set(text[text.index("Theorem") : text.index(": R)")].split())
    assert {"g02_g010", "e_g010"} <= names
    assert set(re.findall(r"\bg0\d+_g0\d+", text)) <= names


def test_many_kinds_and_refused_certificates_have_no_file() -> None:
    five = fixed_size([Fraction(1, 5)] * 5, 2)
    with pytest.raises(InvalidProblemError, match=r"4 kinds of clients at most.* has 5"):
        rounds_document(certified(5, 1, five, smoothness=[1, 2, 3, 4, 5]))
    claim = certified(2, 1)
    with pytest.raises(InvalidProblemError, match="proves nothing: the bound is below"):
        rounds_document(replace(claim, bound=claim.bound / 2))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("clients", "local_steps", "scheme"),
    [
        (1, 3, None),
        (2, 2, None),
        (3, 1, multinomial(W[:3], 2)),
        (4, 1, fixed_size(W, 2)),
    ],
)
def test_rounds_are_replayed(clients, local_steps, scheme, coqc) -> None:
    done = coqc(rounds_document(certified(clients, local_steps, scheme)))
    assert done.passed, done.text
    assert not done.foreign
    assert done.printed == 2  # the round and the chain


def test_a_gap_of_mini_batches_is_replayed(coqc) -> None:
    done = coqc(rounds_document(certified(1, 1, goal="gap", variance=1, rounds=2)))
    assert done.passed, done.text
    assert not done.foreign
    assert done.printed == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("goal", "clients", "local_steps", "variance"),
    [
        ("distance", 1, 2, 1),
        ("distance", 2, 1, 1),
        ("gap", 1, 2, 1),
        ("gap", 2, 1, 0),
        ("gradient", 2, 2, Fraction(1, 4)),
    ],
)
def test_every_goal_is_replayed(goal, clients, local_steps, variance, coqc) -> None:
    changes = GENTLE | {"smoothness": [3, 2][:clients], "heterogeneity": Fraction(clients - 1, 2)}
    given = certified(clients, local_steps, goal=goal, variance=variance, rounds=2, **changes)
    done = coqc(rounds_document(given))
    assert done.passed, done.text
    assert not done.foreign


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("goal", "local_steps"), [("distance", 1), ("gap", 1), ("gradient", 2)])
def test_kinds_are_replayed(goal, local_steps, coqc) -> None:
    done = coqc(rounds_document(of_kinds(goal, Fraction(1, 4), local_steps)))
    assert done.passed, done.text
    assert not done.foreign


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("goal", ["gap", "gradient"])
def test_a_round_without_what_noise_adds_does_not_compile(goal, coqc) -> None:
    claim = certified(2, 1, goal=goal, variance=1, **GENTLE)
    noise = claim.proofs[0].noise(claim.setting, goal)
    text = rounds_document(claim)
    added = f" + ({noise.numerator} / {noise.denominator})."
    assert text.count(added) == 1
    done = coqc(text.replace(added, f" + ({99 * noise.numerator} / {100 * noise.denominator})."))
    assert not done.passed
    assert "lra" in done.place(text)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_smaller_rate_does_not_compile(coqc) -> None:
    claim = certified(1, 1)
    rate = f"{claim.proofs[0].before.numerator} / {claim.proofs[0].before.denominator}"
    text = rounds_document(claim)
    assert rate in text
    lower = claim.proofs[0].before * Fraction(99, 100)
    done = coqc(
        text.replace(f"after <= ({rate})", f"after <= ({lower.numerator} / {lower.denominator})")
    )
    assert not done.passed
