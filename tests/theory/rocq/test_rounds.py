"""Certified rounds for Rocq: what is written, what is refused, and that it compiles."""

from dataclasses import replace
from fractions import Fraction

import pytest

from roundlot.solvers.schemes import certify_rounds, fixed_size, independent_clients, multinomial
from roundlot.theory import InvalidProblemError
from roundlot.theory.rocq import rounds_document

HALF = Fraction(1, 2)
W, P = (HALF, Fraction(3, 10), Fraction(1, 5), Fraction(1, 4)), (Fraction(9, 10), HALF, 1, HALF)
LARGE = (5, 4, 2, 3)


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"goal": "gap"}, "distances without noise"),
        ({"variance": 1}, "distances without noise"),
    ],
)
def test_what_has_no_file_is_named(changes, words) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        rounds_document(certified(2, 2, **changes))


def test_many_clients_and_refused_certificates_have_no_file() -> None:
    five = fixed_size([Fraction(1, 5)] * 5, 2)
    with pytest.raises(InvalidProblemError, match="4 clients at most"):
        rounds_document(certified(5, 1, five, smoothness=5))
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
