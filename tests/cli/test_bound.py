"""``roundlot bound``: every theorem by its name, on numbers given by hand and on a fleet."""

import json
from pathlib import Path

import pytest

from roundlot.theory import CATALOGUE
from roundlot.theory.theorems import named

STEP = [
    f"--with={pair}"
    for pair in ("smoothness=4", "strong_convexity=0.5", "variance=2", "squared_distance=1")
]


def test_list_names_every_theorem(call) -> None:
    code, text, _ = call("bound", "--list")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()[1:]] == [t.name for t in CATALOGUE]
    assert len(json.loads(call("bound", "--list", "--json")[1])) == len(CATALOGUE)


def test_a_name_alone_says_what_it_claims_and_needs(call) -> None:
    code, text, _ = call("bound", "partial_participation")
    assert code == 0
    assert "η <= 1/L" in text
    assert "surrogate_variance: Var R" in text
    record = json.loads(call("bound", "partial_participation", "--json")[1])
    assert record["multipliers"]["one step"]


def test_proof_and_latex(call) -> None:
    code, text, _ = call("bound", "cauchy_schwarz", "--proof", "--latex")
    assert code == 0
    assert named("cauchy_schwarz").latex() in text
    assert "× square ‖" in text
    assert "Attained by" in text


def test_a_number(call) -> None:
    code, text, _ = call("bound", "one_step", *STEP, "--with", "step=0.1", "--json")
    assert code == 0
    (found,) = json.loads(text)["methods"]
    expected = named("one_step").evaluate(
        smoothness=4, strong_convexity=0.5, variance=2, squared_distance=1, step=0.1
    )
    assert found["bound"] == expected


def test_plot(call, tmp_path: Path) -> None:
    out = tmp_path / "one.svg"
    assert call("bound", "one_step", "--plot", out)[0] == 0
    assert "<svg" in out.read_text()


def test_a_theorem_on_a_fleet(call, setup: Path) -> None:
    code, text, _ = call("bound", "one_step", "--fleet", setup, "--with", "step=0.01", "--json")
    assert code == 0
    bounds = {m["method"]: m.get("bound") for m in json.loads(text)["methods"]}
    assert bounds["optimum"] == min(b for b in bounds.values() if b is not None)
    code, text, _ = call(
        "bound",
        "constant_step",
        "--fleet",
        setup,
        "--with",
        "step=1e-4",
        "--target",
        "0.5",
        "--json",
    )
    assert code == 0
    assert all(m.get("rounds", 1) >= 1 for m in json.loads(text)["methods"])


def test_fleet_may_be_given_in_either_place(call, setup: Path) -> None:
    assert call("bound", "--fleet", setup)[1] == call("bound", setup)[1]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["one_stp"], "one_step"),
        (["one_step", *STEP, "--with", "step=0.5"], "γ <= 2/(L + μ)"),
        (["one_step", *STEP], "step"),
        (["one_step", *STEP, "--with", "step=0.1s"], "unit"),
        (["one_step", *STEP, "--with", "step=0.1 F/x²"], "its unit is x²/F"),
        (["one_step", *STEP, "--with", "step=0.1", "--target", "1"], "counts no rounds"),
        (
            ["floored_variance", "--with=probability=1", "--with=floor=0", "--with=squared_norm=1"],
            "above 0",
        ),
        (["one_step", *STEP, "--with", "step=0.1", "--with", "stride=1"], "no number 'stride'"),
        (["constant_step", "--target", "1"], "needs numbers"),
        (["one_step", "--plot", "figure.txt"], ".svg, .pdf, .png"),
        (["--proof"], "name"),
        (["one.toml", "--fleet", "two.toml"], "one fleet"),
    ],
)
def test_bad_input(call, arguments: list[str], word: str) -> None:
    code, _, err = call("bound", *arguments)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert word in err


def test_methods_with_the_same_rounds_share_a_line(call, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("fleet", "new", "my.toml")[0] == 0
    code, text, _ = call("bound", "my.toml")
    assert code == 0
    assert [line.split("  ")[0] for line in text.splitlines() if "AOCS" in line] == [
        "AOCS 1, AOCS 2, AOCS 3, AOCS 4"
    ]
    methods = [m["method"] for m in json.loads(call("bound", "my.toml", "--json")[1])["methods"]]
    assert {"AOCS 1", "AOCS 2", "AOCS 3", "AOCS 4"} <= set(methods)
