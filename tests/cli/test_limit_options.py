"""Every limit of a setup as an option, and what is said of those that do not fit."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.cli.limit_options import LimitOptions
from roundlot.fleet.sections import Limits
from roundlot.solvers import solve
from roundlot.theory import Problem

PLACES = "client,cell,region\nann,mill,north\nbob,mill,north\ncy,port,north\ndee,dock,south\n"


@pytest.fixture
def places(tmp_path: Path) -> Path:
    path = tmp_path / "places.csv"
    path.write_text(PLACES, "utf-8")
    return path


def probabilities(call, *arguments) -> np.ndarray:
    code, output, error = call("solve", *arguments, "--json")
    assert code == 0, error
    return np.array(json.loads(output)["probabilities"])


def test_every_limit_of_a_setup_is_an_option() -> None:
    other = {"budget", "budget_fraction"}
    assert LimitOptions.__dataclass_fields__.keys() == (Limits.keys().keys() - other) | {
        "allow_unreachable"
    }


def test_sums_keep_what_the_options_say(call, scores: Path, places: Path) -> None:
    p = probabilities(
        call, scores, "--budget", 2, "--client-floor", 0.3, "--model-floors", "words=1.2",
        "--groups", places, "--group-caps", "cell:mill=0.7,region:north=1.6",
        "--group-floors", "cell:dock=0.4",
    )  # fmt: skip
    assert p.sum() <= 2
    assert p.sum(axis=1).min() >= 0.3
    assert p[:, 1].sum() >= 1.2
    assert p[:2].sum() <= 0.7
    assert p[:3].sum() <= 1.6
    assert p[3].sum() >= 0.4


def test_numbers_of_models_in_order_by_name_or_for_all(call, scores: Path) -> None:
    in_order = probabilities(call, scores, "--budget", 2, "--model-budgets", "0.5,0.25")
    by_name = probabilities(call, scores, "--budget", 2, "--model-budgets", "words=0.25,digits=0.5")
    assert np.array_equal(in_order, by_name)
    assert (in_order.sum(axis=0) <= [0.5, 0.25]).all()
    for_all = probabilities(call, scores, "--budget", 2, "--model-budgets", "0.25")
    assert (for_all.sum(axis=0) <= 0.25).all()


def test_a_ceiling_of_variance_is_kept(call, scores: Path) -> None:
    table = np.array([[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]])
    p = probabilities(call, scores, "--budget", 2, "--model-variance-ceilings", "words=4")
    drawn = table[:, 1] > 0
    variance = (table[drawn, 1] ** 2 * (1 / p[drawn, 1] - 1)).sum()
    assert 4 - 1e-9 < variance <= 4 + 1e-12
    assert np.array_equal(
        p, probabilities(call, scores, "--budget", 2, "--model-variance-ceilings", "inf,4")
    )


def test_without_a_budget_costs_are_all_that_limits(call, scores: Path, tmp_path: Path) -> None:
    # of one model without caps, p is in proportion to a/√cost: 1/1, 2/2, 3/3 are alike
    single, joules = tmp_path / "single.csv", tmp_path / "joules.csv"
    single.write_text("client,m\na,1\nb,2\nc,3\n", "utf-8")
    joules.write_text("client,m\na,1\nb,4\nc,9\n", "utf-8")
    p = probabilities(
        call,
        single,
        "--budget",
        "none",
        "--costs",
        f"energy={joules}",
        "--cost-budgets",
        "energy=7",
    )
    assert p[:, 0] == pytest.approx([0.5, 0.5, 0.5], rel=1e-12)


def test_a_model_that_nobody_can_train(call, tmp_path: Path) -> None:
    table = tmp_path / "few.csv"
    table.write_text("client,a,b\nann,1,\nbob,2,\n", "utf-8")
    code, _, error = call("solve", table, "--budget", 1)
    assert code == 2
    assert "allow_unreachable" in error
    p = probabilities(call, table, "--budget", 1, "--allow-unreachable")
    assert p[:, 1].tolist() == [0, 0]
    assert p[:, 0] == pytest.approx([1 / 3, 2 / 3], rel=1e-12)


def test_a_streamed_table_takes_them(call, tmp_path: Path) -> None:
    table, out = tmp_path / "scores.parquet", tmp_path / "p.parquet"
    scores = np.array([[1.0, 0.2], [2.0, 0.1], [0.5, 3.0], [1.5, 0.7]])
    pl.DataFrame(
        {"client": list("abcd"), "digits": scores[:, 0], "words": scores[:, 1]}
    ).write_parquet(table)
    code, _, error = call(
        "solve", table, "--stream", "--budget", 2, "--out", out,
        "--model-budgets", "words=0.5", "--ceiling", 0.6, "--client-cap", 0.8,
    )  # fmt: skip
    assert code == 0, error
    p = pl.read_parquet(out).select("digits", "words").to_numpy()
    assert p[:, 1].sum() <= 0.5
    assert p.max() <= 0.6
    assert p.sum(axis=1).max() <= 0.8
    whole = Problem(scores, budget=2, model_budgets=[2, 0.5], ceiling=0.6, processor_cap=0.8)
    assert p == pytest.approx(solve(whole).probabilities, rel=1e-6)
    code, _, error = call("solve", table, "--stream", "--budget", 2, "--model-variance-ceilings", 9)
    assert code == 2
    assert "problem.model_variance_ceilings cannot be streamed" in error


@pytest.mark.parametrize("command", ["compare", "simulate"])
def test_other_commands_take_them(call, scores: Path, command: str) -> None:
    code, _, error = call(command, scores, "--budget", 2, "--model-budgets", "word=1")
    assert code == 2
    assert "no model 'word'; did you mean 'words'?" in error
    more = () if command == "compare" else ("--rounds", 50)
    assert call(command, scores, "--budget", 2, "--model-budgets", "words=1", *more)[0] == 0


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--budget", "two", "--budget: 'two' is no number"),
        ("--budget", "-1", "problem.budget is -1; give a number above 0"),
        ("--client-floor", "-1", "problem.client_floor is -1; give a number at least 0"),
        ("--client-floor", "9", "client"),
        ("--model-floors", "words", "--model-floors: 'words' has 'words' in the place of a number"),
        ("--model-floors", "words=1,words=2", "has 'words' twice"),
        ("--model-floors", "words=", "has 'words='; write name=value"),
        ("--model-floors", "words=inf", "problem.model_floors.words is inf"),
        ("--model-floors", "1,2,3", "problem.model_floors has 3 numbers for 2 models"),
        ("--model-variance-ceilings", "words=nan", "model_variance_ceilings.words is nan"),
        ("--group-caps", "north=1", "problem.group_caps needs problem.groups"),
        ("--costs", "energy=none.csv", "problem.costs and problem.cost_budgets need each other"),
        ("--cost-budgets", "energy=1", "problem.costs and problem.cost_budgets need each other"),
        ("--costs", "joules.csv", "'joules.csv' has 'joules.csv'; write name=value"),
    ],
)
def test_what_does_not_fit_is_one_line(call, scores: Path, option, value, said) -> None:
    code, output, error = call(
        "solve", scores, *(() if option == "--budget" else ("--budget", 2)), option, value
    )
    assert code == 2
    assert output == ""
    assert said in " ".join(error.split())


def test_groups_that_do_not_fit_are_named(call, scores: Path, places: Path) -> None:
    for caps, said in (
        ("cell:mil=1", "problem.group_caps.cell: there is no group 'mil'; did you mean 'mill'?"),
        ("cel:mill=1", "has no column 'cel'"),
        ("cell:mill=1,south=1", "group_caps.south is 1, and problem.group_caps.cell a table"),
        ("cell=1,cell:mill=1", "has 'cell' both as a group and as a column of groups"),
    ):
        code, _, error = call(
            "solve", scores, "--budget", 2, "--groups", places, "--group-caps", caps
        )
        assert code == 2
        assert said in " ".join(error.split())
