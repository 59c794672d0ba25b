"""``roundlot replies``: how many to draw, how long to wait, what a reply weighs."""

import csv
import json
import math
from pathlib import Path

import pytest

CLIENTS = "client,processors,speed\n" + "".join(f"c{i},1,{10 + i}\n" for i in range(12))
SAMPLES = "client,digits\n" + "".join(f"c{i},10\n" for i in range(12))


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "clients.csv").write_text(CLIENTS)
    (tmp_path / "samples.csv").write_text(SAMPLES)
    path = tmp_path / "fleet.toml"
    path.write_text(
        '[fleet]\nsource = "tables"\nclients = "clients.csv"\nsamples = "samples.csv"\n'
        '[problem]\nbudget = 2.0\n[scores]\nsource = "norms"\npath = "samples.csv"\n'
    )
    return path


def test_the_least_draw_its_weights_and_the_table_agree(call, fleet, tmp_path) -> None:
    asked = ("--need", 4, "--deadline", 8, "--samples", 100, "--chance", 0.9)
    code, text, error = call("replies", fleet, *asked)
    assert code == 0, error
    out = tmp_path / "weights.csv"
    code, printed, error = call("replies", fleet, *asked, "--json", "--out", out)
    assert code == 0, error
    record = json.loads(printed)
    assert record["chance"] >= 0.9
    assert f"draw at least {record['draw']:g} of 12" in text
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    for i, row in enumerate(rows):
        seconds = 100 / (10 + i)
        used = record["draw"] / 12 * -math.expm1(-8 / seconds)
        assert float(row["used"]) == pytest.approx(used, rel=1e-12)
        assert float(row["weight"]) == pytest.approx(1 / (12 * used), rel=1e-12)
    code, printed, _ = call(
        "replies", fleet, "--need", 4, "--draw", record["draw"] - 1, "--deadline", 8, "--json"
    )
    assert json.loads(printed)["chance"] < 0.9


def test_the_first_replies_of_a_draw_are_as_many_as_needed(call, fleet) -> None:
    asked = ("--need", 2, "--draw", 4, "--first", "--chance", 0.99, "--model", "lognormal")
    code, printed, error = call("replies", fleet, *asked, "--json")
    assert code == 0, error
    record = json.loads(printed)
    assert record["chance"] == pytest.approx(0.99, abs=1e-6)
    assert 1.98 < record["used"] < 2.0


def test_what_cannot_be_is_refused_in_one_line(call, fleet, scores, tmp_path) -> None:
    for arguments, match in (
        ((fleet, "--need", 2), "give --deadline, --draw, or both"),
        ((scores, "--need", 2, "--draw", 3), "no speeds"),
        ((fleet, "--need", 5, "--draw", 4), "at most 4 clients are drawn"),
        ((fleet, "--need", 2, "--draw", 4.5), "whole number of clients"),
        ((fleet, "--need", 2, "--draw", 4, "--deadline", "nan"), "deadline is nan"),
        ((fleet, "--need", 12, "--deadline", 1), "draw of all 12 clients"),
        ((fleet, "--need", 2, "--draw", 4, "--chance", 1), "chance is 1"),
        ((fleet, "--need", 2, "--draw", 4, "--shape", 2), "a shape is given and exponential"),
        ((fleet, "--need", 2, "--draw", 4, "--design", "pivotal"), "pivotal"),
        ((fleet, "--need", 2, "--draw", 4, "--out", "weights.txt"), "weights.txt"),
    ):
        code, _, error = call("replies", *arguments)
        assert code == 2, (match, error)
        assert match in error
        assert error.count("\n") == 1
