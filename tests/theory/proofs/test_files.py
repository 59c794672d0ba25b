"""Proofs as files: judged by the kernel alone, one line for what is no proof."""

import json
import subprocess
import sys

import pytest

from roundlot.theory.proofs import RefusedError, UnreadableError, judge, judge_text
from roundlot.theory.theorems import named

SQUARE = {
    "name": "square",
    "relation": "upper",
    "unknowns": [{"name": "x"}, {"name": "y"}],
    "claim": {"left": ["*", 2, "x", "y"], "right": ["+", ["^", "x", 2], ["^", "y", 2]]},
    "steps": [
        {
            "name": "one square",
            "shows": "claim",
            "terms": [{"name": "it", "use": {"square": ["-", "x", "y"]}, "times": 1}],
        }
    ],
}


def document(*theorems):
    return {"format": "roundlot-proof", "version": 1, "theorems": list(theorems)}


def step(use, times=1):
    return {"name": "s", "shows": "claim", "terms": [{"name": "u", "use": use, "times": times}]}


def nested(depth):
    tree = "x"
    for _ in range(depth):
        tree = ["+", tree, 1]
    return tree


def test_a_square_is_enough():
    verdict = judge(document(SQUARE))
    assert (verdict.theorem, verdict.steps, verdict.hypotheses) == ("square", 1, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"claim": {"left": "z", "right": "x"}}, "unknown name 'z'"),
        ({"claim": {"left": nested(200), "right": "x"}}, "nested deeper"),
        ({"claim": {"left": ["^", "x", 10**6], "right": "x"}}, "power of 1000000"),
        ({"claim": {"left": ["^", 10, 64], "right": ["^", ["^", 10, 64], 64]}}, "digits"),
        ({"claim": {"left": 0.5, "right": "x"}}, "not an expression"),
        ({"claim": {"left": ["%", "x", 2], "right": "x"}}, "no operation"),
        ({"unknowns": [{"name": "x"}, {"name": "x"}]}, "two things"),
        ({"surprise": 1}, "unknown part"),
        ({"relation": "tight"}, "not one of"),
        ({"parameters": [{"of": {"x": 1}}]}, "neither a name nor a product"),
    ],
)
def test_what_is_no_proof_is_unreadable(change, reason):
    with pytest.raises(UnreadableError, match=reason):
        judge(document({**SQUARE, **change}))


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "[" * 100_000, '{"format": "roundlot-proof", "version": 2}']
)
def test_broken_texts_are_unreadable(text):
    with pytest.raises(UnreadableError):
        judge_text(text)


def test_theorems_that_cite_each_other_are_refused():
    cites = [{"theorem": name, "substitution": {"names": {"x": "x", "y": "y"}}} for name in "ab"]
    first = {**SQUARE, "name": "a", "steps": [step({"cited": cites[1]})]}
    second = {**SQUARE, "name": "b", "steps": [step({"cited": cites[0]})]}
    with pytest.raises(RefusedError, match="cites theorem b, not proved before"):
        judge(document(first, second))


def test_a_pole_is_refused():
    theorem = {**SQUARE, "steps": [step({"square": ["-", "x", "y"]}, ["/", "x", "x"])]}
    with pytest.raises(RefusedError, match="divides by x"):
        judge(document(theorem))


def test_the_kernel_needs_nothing_else(tmp_path):
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(named("one_step").document()), "utf-8")
    code = (
        "import sys; from roundlot.cli.app import main; code = main(['check', sys.argv[1]]);"
        "others = ('sympy', 'numpy', 'roundlot.solvers', 'roundlot.simulate', 'roundlot.verify.',"
        " 'roundlot.theory.theorems', 'roundlot.theory.proofs.theorem', 'roundlot.theory.problem');"
        "found = [m for m in sys.modules if m.startswith(others)];"  # packages load names lazily
        "never = ('roundlot.solvers', 'roundlot.simulate');"
        "lazy = [m for m in found if hasattr(sys.modules[m], '__getattr__')];"
        "print([m for m in found if m.startswith(never) or m not in lazy]);"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("one_step: proved")
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize(
    ("definitions", "reason"),
    [
        ([{"name": "z", "value": "x"}, {"name": "z", "value": "y"}], "two things"),
        ([{"name": "z", "value": ["+", "z", 1]}], "unknown name 'z'"),
        ([{"name": "z", "value": "w"}, {"name": "w", "value": "z"}], "unknown name 'w'"),
        ([{"name": "x", "value": "y"}], "two things"),
        ([{"name": "Z", "index": "k", "value": ["at", "Z", "k"]}], "unknown sequence"),
    ],
)
def test_an_abbreviation_means_one_thing_that_is_known_before(definitions, reason):
    theorem = {**SQUARE, "definitions": definitions}
    theorem["steps"] = [step({"square": ["-", "x", "y"]})]
    if "index" in definitions[0]:
        theorem["claim"] = {"left": ["at", "Z", 0], "right": ["at", "Z", 0]}
    with pytest.raises(UnreadableError, match=reason):
        judge(document(theorem))


def rooted(square, **more):
    return {
        "name": "rooted",
        "relation": "upper",
        "parameters": [{"of": "v", "sign": "nonnegative"}],
        "roots": [{"name": "r", "square": square}],
        "claim": {"left": 0, "right": "r"},
        "steps": [step({"range": "r"})],
        **more,
    }


def test_the_square_of_a_root_is_known_and_at_least_0():
    assert judge(document(rooted("v"))).hypotheses == (
        "rooted: r is a square root (given equality: left r^2, right v)",
    )
    with pytest.raises(UnreadableError, match="unknown name 'w'"):
        judge(document(rooted("w")))
    with pytest.raises(RefusedError, match="needs r² nonnegative"):
        judge(document(rooted(["-", "v", 1])))


def test_who_cites_a_root_rests_on_its_square():
    cited = {"theorem": "rooted", "substitution": {"names": {"v": 4, "r": "s"}}}
    citing = {
        **rooted("v", name="citing", roots=[], parameters=[{"of": "s", "sign": "nonnegative"}]),
        "claim": {"left": 0, "right": "s"},
        "steps": [step({"cited": cited})],
    }
    rests = judge(document(rooted("v"), citing)).hypotheses
    assert any("r is a square root" in one for one in rests)


def test_a_witness_meets_the_square_of_a_root():
    witness = {"text": "nothing", "values": {"v": 4, "r": 0}}
    with pytest.raises(RefusedError, match="meet rooted: r is a square root"):
        judge(document(rooted("v", tight=True, witness=witness)))
    judge(document(rooted("v", tight=True, witness={**witness, "values": {"v": 0, "r": 0}})))
