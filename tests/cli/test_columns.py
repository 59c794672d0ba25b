"""Tables fit the terminal, lose no cell, and leave a pipe its whole lines."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.cli.columns import table

WORDS = st.lists(st.text("abcde", min_size=1, max_size=7), min_size=1, max_size=5).map(" ".join)
NUMBERS = st.floats(-1e9, 1e9).map(lambda value: f"{value:.4g}")


@given(st.lists(st.tuples(WORDS, NUMBERS, WORDS), min_size=1, max_size=5), st.integers(40, 90))
def test_every_word_is_there_and_every_line_fits(rows, within: int) -> None:
    records = [dict(zip("abc", row, strict=True)) for row in rows]
    text = table(records, {"a": "name", "b": "much", "c": "needs"}, within=within)
    assert max(map(len, text.splitlines())) <= within
    words = " ".join(" ".join(row) for row in rows).split()
    assert sorted(text.split()) == sorted(["name", "much", "needs", *words])


def test_spare_columns_go_first_and_are_named() -> None:
    records = [{"a": "ann", "b": 1.5, "c": "forward pass"}]
    columns = {"a": "client", "b": "variance", "c": "needs"}
    assert table(records, columns, spare=("b",), within=40).splitlines() == [
        "client  variance  needs",
        "ann          1.5  forward pass",
    ]
    assert table(records, columns, spare=("b",), within=21).splitlines()[:2] == [
        "client  needs",
        "ann     forward pass",
    ]
    assert "no room for: variance" in table(records, columns, spare=("b",), within=21)


@pytest.mark.parametrize("width", [None, 80, 120, 200])
def test_compare_fits(call, setup: Path, monkeypatch, width: int | None) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = call("compare", setup)
    assert code == 0
    assert max(map(len, out.splitlines())) <= (width or 80)
    for word in ("uniform", "more", "AOCS 1", "left out", "--history"):
        assert word in out


def test_rows_that_read_the_same_are_one_and_json_has_all(call, tmp_path: Path) -> None:
    """Equal scores: uniform, random model and the optimum draw alike, 1 - 1/2 of 4 times 1."""
    path = tmp_path / "equal.csv"
    path.write_text("client,a\n" + "".join(f"c{k},1\n" for k in range(4)), "utf-8")
    code, out, _ = call("compare", path, "--budget", 2)
    assert code == 0
    lines = [line for line in out.splitlines() if re.match("optimum", line)]
    assert len(lines) == 1
    assert "0.0\u202f%         4      2" in lines[0]
    assert not [
        line for line in out.splitlines() if re.match("(uniform|random model) +[0-9]", line)
    ]
    records = json.loads(call("compare", path, "--budget", 2, "--json")[1])
    drawn = [one for one in records if not one["skipped"]]
    assert {"optimum", "uniform", "random model"} <= {one["name"] for one in drawn}
    assert all(one["gap"] >= 0.0 for one in drawn)


def test_a_pipe_gets_whole_lines(call, monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    names = [one["name"] for one in json.loads(call("bound", "--list", "--json")[1])]
    lines = call("bound", "--list")[1].splitlines()
    assert len(lines) == len(names) + 1


def test_a_misspelt_option_is_told_what_was_meant(call, scores: Path) -> None:
    code, out, err = call("solve", scores, "--budgt", 2)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "did you mean --budget" in err
