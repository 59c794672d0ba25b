"""Certified rounds as files: judged from the file alone, refused when forged."""

import copy
import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.cli import main
from roundlot.solvers.schemes import (
    certify_rounds,
    full_participation,
    independent_clients,
    independent_kinds,
)
from roundlot.theory.certified_rounds import Coupling, work
from roundlot.theory.certified_rounds.algebra import is_positive_semidefinite
from roundlot.theory.certified_rounds.decimals import above, assumed
from roundlot.theory.certified_rounds.document import document_of
from roundlot.theory.json_text import UnreadableError
from roundlot.verify.exact import judge_rounds

HALF = Fraction(1, 2)
W, P = (HALF, Fraction(3, 10), Fraction(1, 5)), (Fraction(9, 10), Fraction(3, 5), HALF)
COMMON = {
    "local_steps": 2, "step": Fraction(1, 10), "rounds": 2, "initial": 2, "heterogeneity": 1,
    "strong_convexity": Fraction(3, 10),
}  # fmt: skip
MADE = {
    "few": lambda: certify_rounds(
        independent_clients(W, P), smoothness=[5, 4, 2], variance=[0, 1, HALF], **COMMON
    ),
    "kinds": lambda: certify_rounds(
        independent_kinds([40, 2], [Fraction(1, 80), Fraction(1, 4)], [HALF, Fraction(3, 4)]),
        smoothness=[5, 2],
        schedule=[1, HALF],
        **COMMON,
    ),
    "gap": lambda: certify_rounds(
        independent_clients(W, P), smoothness=5, goal="gap", **(COMMON | {"strong_convexity": 0})
    ),
    "gradient": lambda: certify_rounds(
        independent_clients(W, P), smoothness=5, goal="gradient", **COMMON
    ),
}


@pytest.fixture(scope="module")
def written():
    return {name: json.loads(json.dumps(document_of(make().claim))) for name, make in MADE.items()}


def number(value) -> Fraction:
    return Fraction(value)


def changed(document, *path, by=lambda value: str(number(value) * Fraction(99, 100))):
    found = copy.deepcopy(document)
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = by(place[path[-1]])
    return found


@pytest.mark.parametrize("name", MADE)
def test_a_file_is_proved_without_a_solver(name, written, tmp_path) -> None:
    judgement = judge_rounds(written[name])
    assert judgement.proved
    assert judgement.record()["bound"] >= number(written[name]["bound"])
    assert str(judgement).startswith("proved: ")
    file = tmp_path / "rounds.json"
    file.write_text(json.dumps(written[name]))
    script = (
        "import json, sys; from roundlot.verify.exact import judge_rounds\n"
        f"assert judge_rounds(json.load(open({str(file)!r}))).proved\n"
        "assert not [m for m in sys.modules if m.startswith('roundlot.solvers')]\n"
    )
    if name == "few":
        subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def swapped(rows):
    return [rows[1], rows[0], *rows[2:]]


MORE = {"by": lambda value: str(number(value) * Fraction(101, 100))}
FORGED = {
    "rate": ("few", ("proofs", 0, "before"), {}),
    "dissimilarity": ("few", ("proofs", 0, "dissimilarity"), {}),
    "multiplier": ("few", ("proofs", 0, "kinds", 1, "facts", 0), MORE),
    "negative multiplier": ("few", ("proofs", 0, "kinds", 1, "facts", 0), {"by": lambda v: -1}),
    "share": ("few", ("proofs", 0, "kinds", 1, "share", 0, 0), MORE),
    "unsymmetric share": ("few", ("proofs", 0, "kinds", 1, "share", 0, 1), MORE),
    "noise's price": ("few", ("proofs", 0, "kinds", 1, "noises", 0), {}),
    "product of noise": ("few", ("proofs", 0, "kinds", 1, "uncorrelated", 0), {"by": lambda v: 1}),
    "smoothness": ("few", ("kinds", 0, "smoothness"), MORE),
    "convexity": ("few", ("kinds", 0, "strong_convexity"), {}),
    "variance": ("few", ("kinds", 1, "variance"), MORE),
    "step": ("few", ("kinds", 0, "steps", 1), MORE),
    "second moment": ("few", ("kinds", 0, "second_moment"), MORE),
    "impossible moment": ("few", ("kinds", 0, "second_moment"), {"by": lambda v: "1/5"}),
    "cross moment": ("kinds", ("cross_moments", 0, 0), MORE),
    "unsymmetric moments": ("few", ("cross_moments", 0, 1), MORE),
    "coupling": ("few", ("proofs", 0, "coupling", "own", 0), {}),
    "weight": ("few", ("kinds", 2, "weight"), MORE),
    "swapped proofs": ("few", ("proofs", 0, "kinds"), {"by": swapped}),
    "swapped clients": ("few", ("kinds",), {"by": swapped}),
    "fewer clients": ("kinds", ("kinds", 0, "count"), {"by": lambda v: v - 1}),
    "no clients": ("kinds", ("kinds", 0, "count"), {"by": lambda v: 0}),
    "more local steps": ("few", ("kinds", 0, "steps"), {"by": lambda v: [*v, v[0]]}),
    "fewer local steps": ("few", ("kinds", 0, "steps"), {"by": lambda v: v[:1]}),
    "schedule": ("kinds", ("schedule", 1, 0), {"by": lambda v: 2}),
    "another proof": ("kinds", ("uses",), {"by": lambda v: [0, 0]}),
    "no such proof": ("kinds", ("uses",), {"by": lambda v: [0, 7]}),
    "chain": ("few", ("chain", 1), {}),
    "start": ("few", ("initial",), MORE),
    "heterogeneity": ("few", ("heterogeneity",), MORE),
    "a common optimum": ("few", ("heterogeneity",), {"by": lambda v: 0}),
    "bound": ("few", ("bound",), {}),
    "one round more": ("few", ("schedule",), {"by": lambda v: [*v, v[0]]}),
    "goal": ("few", ("goal",), {"by": lambda v: "gap"}),
    "gap as distance": ("gap", ("goal",), {"by": lambda v: "distance"}),
    "gap as gradient": ("gap", ("goal",), {"by": lambda v: "gradient"}),
    "no goal": ("gap", ("goal",), {"by": lambda v: "speed"}),
    "weight of a round": ("gap", ("weights", 1), MORE),
    "factor after": ("gap", ("proofs", 0, "after"), MORE),
    "gap's values": ("gap", ("proofs", 0, "kinds", 0, "facts", 0), MORE),
    "gap's bound": ("gap", ("bound",), {}),
    "gradient's factor": ("gradient", ("proofs", 0, "before"), {}),
    "gradient's bound": ("gradient", ("bound",), {}),
    "spread": ("few", ("proofs", 0, "coupling", "spread"), {"by": lambda v: False}),
    "spread over kinds": ("kinds", ("proofs", 0, "coupling", "spread"), {"by": lambda v: True}),
    "no kinds": ("few", ("kinds",), {"by": lambda v: []}),
    "no rounds": ("few", ("uses",), {"by": lambda v: []}),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_refused(what, written) -> None:
    name, path, how = FORGED[what]
    judgement = judge_rounds(changed(written[name], *path, **how))
    assert not judgement.proved, what
    assert str(judgement).startswith("refused: ")


UNREADABLE = {
    "a float": (("bound",), lambda v: 0.5, "numbers are whole"),
    "text": (("bound",), lambda v: "nan", "numbers are whole"),
    "true": (("initial",), lambda v: True, "initial holds True"),
    "by zero": (("bound",), lambda v: "1/0", "divides by 0"),
    "many digits": (("bound",), lambda v: "1" * 5000, "numbers are whole"),
    "no list": (("chain",), lambda v: 3, "chain is not a list"),
    "no object": (("kinds", 0), lambda v: [], r"kinds\[0\] is not an object"),
    "many clients": (("kinds", 0, "count"), lambda v: 10**12, "whole number"),
    "half a client": (("kinds", 0, "count"), lambda v: "1/2", "whole number"),
    "many steps": (("kinds", 0, "steps"), lambda v: [1] * 65, "at most 64"),
    "goal": (("goal",), lambda v: 1, "the goal is 1"),
    "spread": (("proofs", 0, "coupling", "spread"), lambda v: 1, "not true or false"),
    "version": (("version",), lambda v: 2, "version 2"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_such_file_is_named(what, written) -> None:
    path, by, words = UNREADABLE[what]
    with pytest.raises(UnreadableError, match=words):
        judge_rounds(changed(written["few"], *path, by=by))


def test_missing_and_unknown_keys_are_named(written) -> None:
    less = {k: v for k, v in written["few"].items() if k != "schedule"}
    with pytest.raises(UnreadableError, match="has no 'schedule'"):
        judge_rounds(less)
    with pytest.raises(UnreadableError, match="unknown key 'shedule'"):
        judge_rounds(written["few"] | {"shedule": []})


def test_the_command_judges_a_saved_file(tmp_path, capsys, written) -> None:
    file = tmp_path / "rounds.json"
    found = MADE["kinds"]()
    assert found.save(file) == file
    assert main(["check", str(file)]) in (0, None)
    out = capsys.readouterr().out
    assert "E‖x − x*‖² <=" in out
    assert "42 clients" in out
    file.write_text(json.dumps(changed(written["kinds"], "bound")))
    assert main(["check", str(file)]) == 1
    assert "below what the chain proves" in capsys.readouterr().err
    file.write_text(json.dumps(written["kinds"] | {"version": 9}))
    assert main(["check", str(file)]) == 2


@pytest.mark.parametrize(
    ("matrix", "so"),
    [
        ([[0, 0], [0, 1]], True),
        ([[0, 1], [1, 5]], False),
        ([[1, 2], [2, 4]], True),
        ([[1, 2], [2, Fraction(399, 100)]], False),
        ([[2, 1, 0], [1, 2, 3], [0, 3, 6]], True),
        ([[2, 1, 0], [1, 2, 3], [0, 3, Fraction(599, 100)]], False),
        ([[-1]], False),
        ([], True),
    ],
)
def test_squares_are_decided_exactly(matrix, so) -> None:
    assert is_positive_semidefinite([[Fraction(v) for v in row] for row in matrix]) == so


BIG = Fraction(10**21 + 1, 10**20)  # a float away from 10
SHORT = {
    "underflow": (Fraction(1, 10**400), "1e-400", "1e-400", "1e-400"),
    "just above": (BIG, "10.0001", "10", "10.000000000000001"),
    "seven digits": (Fraction(9999996, 10**7), "1", "0.9999996", "0.9999996"),
    "a third": (Fraction(1, 3), "0.333334", "0.33333333333333333", "0.33333333333333334"),
    "a float below": (Fraction(0.3), "0.3", "0.29999999999999998", "0.3"),
    "a float above": (Fraction(0.1), "0.100001", "0.1", "0.10000000000000001"),
    "large": (Fraction(10**400 + 1), "1.00001e+400", "1e+400", "1.0000000000000001e+400"),
    "none": (Fraction(0), "0", "0", "0"),
    "whole": (Fraction(120000), "120000", "120000", "120000"),
}


@pytest.mark.parametrize("what", SHORT)
def test_bounds_are_rounded_up_and_assumptions_to_the_side_that_promises_less(what) -> None:
    value, bound, most, least = SHORT[what]
    assert (above(value), assumed(value), assumed(value, up=True)) == (bound, most, least)


@given(st.fractions(), st.integers(-400, 400))
def test_no_decimal_is_on_the_wrong_side(value, exponent) -> None:
    value *= Fraction(10) ** exponent
    assert Fraction(assumed(value)) <= value <= Fraction(assumed(value, up=True))
    assert value <= Fraction(above(value)) <= value + abs(value) / 10**5
    assert (above(value) == "0") == (value == 0)


def test_the_sentence_is_no_more_than_what_was_proved() -> None:
    small = certify_rounds(
        full_participation([1]), smoothness=1, strong_convexity=0.99, local_steps=2, step=1,
        rounds=200, initial=1, heterogeneity=0,
    )  # fmt: skip
    assert "<= 0 " not in str(small)
    said = str(small.claim).split("<= ")[1].split()[0]
    assert Fraction(said) >= Fraction(1, 100) ** 800  # the truth: 1 − μ in each of 400 steps
    near = certify_rounds(
        full_participation([1]), smoothness=1, strong_convexity=HALF, local_steps=1,
        step=Fraction(4999999, 10**7), rounds=1, initial=Fraction(9999996, 10**7), heterogeneity=0,
    )  # fmt: skip
    # the truth is (1 − step μ)² initial
    assert "initial 0.9999996," in str(near)
    record = judge_rounds(json.loads(json.dumps(document_of(near.claim)))).record()
    assert Fraction(record["initial"]) <= Fraction(9999996, 10**7) < Fraction(1)


@pytest.mark.parametrize("by", [lambda k: k[:-1], lambda k: [*k, k[0]], lambda k: []])
def test_too_few_or_too_many_proofs_of_kinds_are_refused_in_one_line(by, written) -> None:
    judgement = judge_rounds(changed(written["few"], "proofs", 0, "kinds", by=by))
    assert str(judgement) == "refused: proof 0: there is not one proof for each kind"


def crowd(n: int) -> dict:
    """A small file of ``n`` kinds with as many combinations, of the right shape."""
    kind = {
        "count": 1, "weight": 1, "second_moment": 2, "smoothness": 5, "strong_convexity": 1,
        "steps": ["1/50"], "variance": 0,
    }  # fmt: skip
    table, size = [[1] * n] * n, n + 1
    proof = {"facts": [0, 0], "share": [[0] * size] * size, "noises": [], "uncorrelated": []}
    coupling = {"combinations": table, "squares": table, "own": [1] * n, "spread": False}
    return {
        "format": "roundlot-rounds", "version": 1, "goal": "distance", "kinds": [kind] * n,
        "cross_moments": table, "schedule": [[1]], "initial": 1, "heterogeneity": 1,
        "proofs": [{
            "coupling": coupling, "before": 1, "after": 1, "dissimilarity": 1,
            "centre": [0] * size, "kinds": [proof] * n,
        }],
        "uses": [0], "weights": [1], "chain": [1, 1], "bound": 1,
    }  # fmt: skip


def test_shapes_are_judged_before_anything_is_computed() -> None:
    document = crowd(60)
    document["proofs"][0]["kinds"] = [{**document["proofs"][0]["kinds"][0], "share": []}] * 60
    judgement = judge_rounds(document)
    assert "share of a kind is not a table" in str(judgement)


def test_moments_of_a_coupling_are_those_of_numpy() -> None:
    random = np.random.default_rng(3)
    a, root = random.integers(-9, 9, (3, 4)), random.integers(-9, 9, (3, 3))
    G = root @ root.T
    exact = [tuple(tuple(map(Fraction, map(int, row))) for row in table) for table in (a, G)]
    coupling = Coupling(combinations=exact[0], squares=exact[1], own=(Fraction(0),) * 4)
    assert np.array_equal(np.array(coupling.moments(), dtype=int), a.T @ G @ a)


def test_long_numbers_do_not_hold_the_judge() -> None:
    document = crowd(20)
    document["proofs"][0]["coupling"]["squares"] = [
        [f"1/{10**300 + 1 + 2 * (i * j + i + j)}" for i in range(20)] for j in range(20)
    ]
    assert "the most that is spent on one file" in str(judge_rounds(document))


def test_rounds_that_all_differ_are_judged_up_to_a_limit(written, monkeypatch) -> None:
    assert judge_rounds(written["kinds"]).proved
    monkeypatch.setattr(work, "MOST", 10_000)
    assert "more than 10,000 operations" in str(judge_rounds(written["kinds"]))
