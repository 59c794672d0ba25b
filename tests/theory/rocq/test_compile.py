"""The proof assistant replays every theorem, and refuses what was made false."""

from pathlib import Path

import pytest

from roundlot.theory.rocq import document
from roundlot.theory.theorems import CATALOGUE, named

NAMES = [theorem.name for theorem in CATALOGUE]
QUICK = ("variance", "one_step", "batch_sum", "water_filling")  # identity, bound, induction, sums
ROOT = Path(__file__).parents[3]
THEOREMS = ROOT / "docs" / "theorems"
GENERAL = sorted((ROOT / "theory" / "rocq" / "general").glob("*.v"))


def replayed(coqc, text: str) -> None:
    done = coqc(text)
    assert done.passed, done.text[-2000:]
    assert done.printed == text.count("Print Assumptions") > 0
    assert not done.foreign


@pytest.mark.parametrize("name", QUICK)
def test_some_theorems_are_replayed(name, coqc) -> None:
    replayed(coqc, document(named(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_theorem_is_replayed(name, coqc) -> None:
    """From the files of the documentation, which are what the program writes: another test."""
    replayed(coqc, (THEOREMS / f"{name}.v").read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("place", GENERAL, ids=lambda p: p.stem)
def test_what_holds_for_any_number_is_replayed(place, coqc) -> None:
    replayed(coqc, place.read_text("utf-8"))


def spoilt(name: str, old: str, new: str) -> str:
    """A theorem's file in which ``old`` is ``new`` wherever the theorem and its proof have it."""
    text = document(named(name))
    start = text.index(f"Theorem {name}\n")
    end = text.index("Qed.", start) + len("Qed.\n")
    assert old in text[start:end], text[start:end]
    return text[:start] + text[start:end].replace(old, new)


@pytest.mark.parametrize(
    ("name", "old", "new", "stuck"),
    [
        ("variance", "(1 / p - 1)", "(1 / p - 2)", "identity"),
        ("varying_batch", "(H_law : Pi = 1)", "(H_law : Pi = 2)", "H_law"),
        ("batch_sum", "(norm2_xi k) <= sigma2", "(norm2_xi k) <= 2 * sigma2", "(H_variance k)"),
        ("batch_sum", "(H_variance : forall k : nat, (norm2_xi k) <= sigma2)", "", "H_variance"),
        ("sampled_average", "forall n : nat, 0 <= (o n)", "forall n : nat, (o n) <= 0", "sign"),
        ("floored_variance", "theta <= p", "p <= theta", "lra"),
    ],
)
def test_a_false_theorem_is_refused(name, old, new, stuck, coqc) -> None:
    """A constant, a bound, a hypothesis, a sign, a condition; and the tactic that gives up."""
    text = spoilt(name, old, new)
    done = coqc(text)
    assert not done.passed
    assert stuck in done.place(text), done.text


def test_an_axiom_is_seen(coqc) -> None:
    text = "Axiom easy : forall P : Prop, P.\nTheorem t : 1 = 2. Proof. apply easy. Qed.\n"
    done = coqc(text + "Print Assumptions t.\n")
    assert done.passed
    assert done.foreign == {"easy"}
