"""What a Rocq file says is what the theorem says: its hypotheses are those the theorem lists."""

import re
from dataclasses import replace

import pytest
import sympy

from roundlot.cli import main
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.proofs.domain import Condition, Parameter
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq import document
from roundlot.theory.theorems import CATALOGUE, named

QUICK = {"variance", "batch_sum", "sampled_average", "one_step", "pooled_batch", "water_filling"}
THEOREMS = [
    pytest.param(t, id=t.name, marks=[] if t.name in QUICK else [pytest.mark.slow])
    for t in CATALOGUE
]
#: Tight, but no second theorem: the instance is a list of summands, which the kernel adds up.
NOT_ATTAINED_HERE = {
    "pooled_batch",
    "varying_batch",
    "expected_batch_variance",
    "water_filling_priced",
    "water_filling",
}
FORBIDDEN = r"\b(Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|Hypothesis|Variable)\b"


def code(text: str) -> str:
    """``text`` without its comments."""
    return re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL)


def statement(name: str) -> str:
    """From the theorem's name to its proof, on one line."""
    text = document(named(name))
    start = text.index(f"Theorem {name}\n")
    return " ".join(text[start : text.index("Proof.", start)].split())


def hypotheses(text: str) -> list[tuple[str, str, str]]:
    """Kind, note and name of every hypothesis of a statement."""
    return re.findall(
        r"\(\* (range|condition|assumed|squared norm|what is bounded): (.*?) \*\) \(([\w']+) : ",
        text,
    )


@pytest.mark.parametrize("theorem", THEOREMS)
def test_nothing_is_taken_for_granted(theorem) -> None:
    text = document(theorem)
    assert text.count("(*") == text.count("*)")
    assert not re.search(FORBIDDEN, code(text))
    assert f"Print Assumptions {theorem.name}." in text
    attained = theorem.relation == "tight" and theorem.name not in NOT_ATTAINED_HERE
    assert (f"Theorem {theorem.name}_attained" in text) == attained


@pytest.mark.parametrize("theorem", THEOREMS)
def test_every_hypothesis_is_listed(theorem) -> None:
    said = statement(theorem.name)
    found = hypotheses(said)
    binders = re.findall(r"\(([\w']+) : ", code(said))
    variables = re.findall(r"\(([\w']+) : (?:nat -> )*(?:nat|R)\)", code(said))
    assert set(binders) == set(variables) | {name for _, _, name in found}
    listed = theorem.assumptions
    for kind, note, name in found:
        bare = note.replace("* )", "*)").split(" (of theorem ")[0].split(", for ")[0]
        if kind == "assumed" and "weights are not negative" not in bare:
            fact, _, reason = bare.partition(": ")
            assert any(fact in a and reason in a for a in listed), (name, note)
        if kind == "condition" and ", for " not in note:
            assert bare in listed or any(bare == p.meaning for p in theorem.domain.parameters), note


def test_what_differs_from_index_to_index_is_a_sequence() -> None:
    said = statement("sampled_average")
    assert "(o : nat -> R)" in said
    assert "(o_sign : forall n : nat, 0 <= (o n))" in said
    assert said.endswith(": forall n : nat, V n <= x * W n.")


def with_condition(condition: Condition, *parameters: Parameter) -> Theorem:
    """The sum of a batch's noises, under one more condition."""
    theorem = named("batch_sum")
    domain = replace(
        theorem.domain,
        parameters=(*theorem.domain.parameters, *parameters),
        conditions=(condition,),
    )
    return replace(theorem, domain=domain, relation="upper", witness=None)


def test_a_condition_on_the_index_alone_is_refused() -> None:
    """Said of every index it would be false, and anything would follow."""
    k = sympy.Symbol("k")
    with pytest.raises(InvalidProblemError, match="k >= 2 does not hold at every index"):
        document(with_condition(Condition(text="k >= 2", greater=k, smaller=2)))


def test_a_condition_on_the_index_and_a_number_chosen_for_it() -> None:
    k, j = sympy.symbols("k j")
    done = Parameter(name="done", symbol=j, meaning="the samples j", whole=True, inner=True)
    text = document(with_condition(Condition(text="j <= k", greater=k, smaller=j), done))
    assert "(j : nat -> nat)" in text
    assert "(in_range_j_k : forall k : nat, INR (j k) <= INR k)" in text


def test_statements_by_hand() -> None:
    assert statement("variance").endswith(
        "(in_range_p_1 : p <= 1) : norm2_u / p - norm2_u = norm2_u * (1 / p - 1)."
    )
    assert statement("batch_sum").endswith(": forall k : nat, V k <= INR k * sigma2.")
    assert "(H_variance : norm2_xi <= sigma2)" in statement("one_step")


def test_the_command_writes_the_file_and_replaces_none(tmp_path, capsys) -> None:
    place = tmp_path / "one_step.v"
    assert main(["bound", "one_step", "--rocq", str(place)]) == 0
    assert place.read_text("utf-8") == document(named("one_step"))
    assert main(["bound", "variance", "--rocq", str(place)]) == 2
    assert "exists" in capsys.readouterr().err
    assert place.read_text("utf-8") == document(named("one_step"))
    assert main(["bound", "variance", "--rocq", str(tmp_path / "variance.txt")]) == 2
    assert main(["bound", "--rocq", str(tmp_path / "all.v")]) == 2
