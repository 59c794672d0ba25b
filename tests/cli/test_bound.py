"""``roundlot bound``: every theorem by its name, on numbers given by hand and on a fleet."""

import json
import re
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
    theorems, _ = text.split("\n\nNumbers")
    assert [line.split()[0] for line in theorems.splitlines()[1:]] == [t.name for t in CATALOGUE]
    assert len(json.loads(call("bound", "--list", "--json")[1])["theorems"]) == len(CATALOGUE)


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
    record = json.loads(text)
    bounds = {m["method"]: m.get("bound") for m in record["methods"]}
    assert bounds["optimum"] == min(b for b in bounds.values() if b is not None)
    assert (record["bounds"], record["unit"]) == ("squared distance to the optimum", "x²")
    code, text, _ = call(
        "bound",
        "constant_step",
        "--fleet",
        setup,
        "--with=step=1e-4",
        "--with=variance=10",
        "--target=0.5",
    )
    assert code == 0
    assert "to 0.5 of the start" in text
    assert "refused: power-of-choice is biased" in text


def test_local_steps_are_counted_beside_the_rounds_they_take(call, setup: Path) -> None:
    numbers = ("offset=9000", "local_steps=7", "batch_noise=0", "second_moment=1")
    flags = [f"--with={pair}" for pair in numbers]
    code, text, _ = call("bound", "local_steps", "--fleet", setup, *flags, "--target=.1", "--json")
    assert code == 0
    rows = [row for row in json.loads(text)["methods"] if "refused" not in row]
    assert rows
    for row in rows:
        assert row["rounds"] == -(-row["local_steps"] // 7)
    code, text, _ = call("bound", "local_steps_value", "--fleet", setup, *flags, "--target=.1")
    assert code == 0
    assert "excess value, in F), to 0.1, absolute" in text
    assert re.search("local steps +rounds", text)
    *_, told = call("bound", "local_steps", "--fleet", setup, *flags, "--with=round=70")[1:2]
    assert "after t = 70 local steps, 7 a round: 10 whole rounds" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["decentralised", "--with=contraction=0.5", "--target=1e-3"],
            ["about workers", "variance (", "the sampling variance of a server's method is not"],
        ),
        (["pooled_batch", "--with=mean_inverse=0.1"], ["about the samples of one batch"]),
        (["water_filling"], ["about the probabilities of one round"]),
        (["constant_step", "--target=0.1"], ["in every round", "--with variance=NUMBER"]),
        (["local_steps"], ["--with offset=NUMBER --with local_steps=NUMBER --with batch_noise"]),
        (["local_steps", "--with=local_steps=2.5"], ["local_steps is 2.5", "whole number"]),
        (["one_step", "--target=0.1"], ["counts no rounds"]),
        (["constant_step", "--with=variance=1", "--target=nan"], ["target is nan", "above 0"]),
    ],
)
def test_what_training_cannot_change_is_refused_before_it(
    call, setup: Path, monkeypatch, arguments: list[str], words: list[str]
) -> None:
    monkeypatch.setattr("roundlot.run.prepare", None)
    code, _, err = call("bound", *arguments, "--fleet", setup)
    assert code == 2
    assert len(err.splitlines()) == 1
    for word in words:
        assert word in err


def test_every_method_that_a_theorem_refuses_is_named_with_the_reason(call, setup: Path) -> None:
    numbers = ("offset=300", "local_steps=5", "batch_noise=0.01", "second_moment=1", "round=1e12")
    code, out, err = call(
        "bound", "local_steps", "--fleet", setup, *(f"--with={pair}" for pair in numbers)
    )
    assert code == 2
    assert not out
    assert "gμ >= 4L (client_smoothness = " in err
    for reason in (
        "round-robin: lets blocks of clients go round the models",
        "turns: lets models take turns",
        "MD: draws with replacement",
        "clustered: draws one pair of each cluster",
        "power-of-choice: is biased",
    ):
        assert reason in err


def test_a_step_above_that_of_the_clients_is_refused_with_their_smoothness(
    call, setup: Path
) -> None:
    flags = [f"--with={pair}" for pair in ("covariance=100", "batch_noise=0", "round=10")]
    code, _, err = call("bound", "participation_floor", "--fleet", setup, *flags, "--with=step=1")
    assert code == 2
    assert "η <= 1/L (client_smoothness = " in err
    assert "step = 1)" in err


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
        (["mixing", "--with=lambda2=0.5"], "give rho, which `roundlot graph` prints"),
        (["leaders", "--with=rho=0.5"], "give contraction itself"),
        (["mixing", "--with=rho=0.5", "--with=contraction=0.5"], "one number here"),
        (["mixing", "--with=rho=0.5 F"], "its unit is 1"),
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
        "optimum, AOCS 1 to 4"
    ]
    methods = [m["method"] for m in json.loads(call("bound", "my.toml", "--json")[1])["methods"]]
    assert {"AOCS 1", "AOCS 2", "AOCS 3", "AOCS 4"} <= set(methods)


def test_what_is_attained_stands_beside_the_bound(call) -> None:
    """On ``μ/2 x²`` with a variance of 2 and ``γμ = 1/2``: ``a ← a/4 + 1/2``, from 4 to 0.71875."""
    pairs = ("strong_convexity=1", "smoothness=2", "variance=2", "initial=4", "step=0.5")
    given = [f"--with={pair}" for pair in pairs]
    code, text, _ = call("bound", "constant_step", *given, "--with=round=3")
    assert code == 0
    heading, row, words = text.splitlines()[1:4]
    assert heading.split() == ["numbers", "bound", "attained", "gap"]
    assert row.split()[1:] == ["0.7188", "0.7188", "1"]
    assert "μ/2 ‖x‖² with noise of variance σ²" in words
    _, told, _ = call("bound", "constant_step", *given, "--target", "0.7", "--json")
    (record,) = json.loads(told)["methods"]
    assert record["gap"] == 1
    assert record["attained"] <= 0.7
    assert record["attained_for"] == "this method at these steps"


def test_rounds_that_nothing_undercuts_say_at_least(call) -> None:
    """With ``μ = σ² = a₀ = 1`` the least is ``1/(1 + t)``: at most 0.01 from ``t = 99`` on."""
    given = [f"--with={pair}" for pair in ("strong_convexity=1", "variance=1", "initial=1")]
    code, text, _ = call("bound", "lower_rounds", *given, "--target", "0.01")
    assert code == 0
    assert "rounds, at least" in text
    assert "99" in text.splitlines()[2]
    assert "itself a bound from below" in text.splitlines()[-1]
    record = json.loads(call("bound", "lower_rounds", *given, "--target", "0.01", "--json")[1])
    assert record["at_least"] is True
    upper = [*STEP[:3], "--with=initial=1", "--with=step=0.01", "--target", "0.1"]
    code, text, _ = call("bound", "constant_step", *upper)
    assert code == 0
    assert "rounds" in text
    assert "at least" not in text


def test_all_missing_numbers_are_named_at_once_with_their_units(call) -> None:
    code, _, err = call("bound", "constant_step", "--with", "step=0.1", "--with", "round=3")
    assert code == 2
    assert len(err.splitlines()) == 1
    for part in (
        "smoothness (the smoothness L; unit F/x²)",
        "strong_convexity (the strong convexity μ; unit F/x²)",
        "variance (the variance σ² of the step; unit F²/x²)",
        "initial (the start a₀; unit x²; or give initial_distance)",
        "--with smoothness=NUMBER --with strong_convexity=NUMBER",
        "--fleet SETUP tells smoothness, strong_convexity and initial",
    ):
        assert part in err


def test_names_without_a_place_are_all_named(call) -> None:
    code, _, err = call("bound", "one_step", *(f"--with={n}=1" for n in ("step", "one", "two")))
    assert code == 2
    assert "no number 'one' and no number 'two'" in err


def test_rho_is_given_and_what_it_tells_is_printed(call) -> None:
    _, told, _ = call("bound", "mixing", "--with=rho=0.64", "--with=squared_norm=2")
    assert "rho 0.64: contraction 0.8\n" in told
    assert "1.28" in told
    record = json.loads(
        call("bound", "mixing", "--with=rho=0.64", "--with=squared_norm=2", "--json")[1]
    )
    assert record["methods"][0]["bound"] == pytest.approx(1.28)


def test_list_and_theorem_say_every_unit(call) -> None:
    text = call("bound", "--list")[1]
    assert "step [x²/F: parameter unit squared per loss]: " in text
    assert "rounds [rounds]: " in text
    numbers = json.loads(call("bound", "--list", "--json")[1])["numbers"]
    assert {n["name"] for n in numbers} == {p.name for t in CATALOGUE for p in t.domain.parameters}
    text = call("bound", "one_step")[1]
    assert "variance: the variance σ² of the step [F²/x²: loss squared per parameter" in text
    assert json.loads(call("bound", "one_step", "--json")[1])["units"]["step"] == "x²/F"
