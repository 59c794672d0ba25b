"""Tables fit the terminal, lose no cell, and leave a pipe its whole lines."""

import json
import os
import re
import struct
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.cli import main
from roundlot.cli.columns import table
from roundlot.user_text import folded

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
    told = " ".join(table(records, columns, spare=("b",), within=21).split())
    assert "(no room for: variance; --json has all)" in told


def test_columns_that_do_not_fit_stand_below_beside_the_names() -> None:
    records = [{"who": "ann", "how": "a b", "x": 1.5, "y": "12,345,678", "z": 2.25}]
    columns = {"who": "client", "how": "rule", "x": "seconds", "y": "rounds", "z": "variance"}
    assert table(records, columns, within=32).splitlines() == [
        "client  rule  seconds",
        "ann     a b       1.5",
        "client  rule      rounds",
        "ann     a b   12,345,678",
        "client  rule  variance",
        "ann     a b       2.25",
    ]


def test_wide_characters_and_marks_take_the_columns_that_they_take() -> None:
    """A CJK character takes two columns, a combining accent none, an escape is one that is seen."""
    records = [
        {"a": "ann", "b": 1.0},
        {"a": "\u674e\u96f7", "b": 2.0},
        {"a": "zoe\u0308", "b": 3.0},
        {"a": "\x1b[2Jx", "b": 4.0},
        {"a": "two\nlines", "b": 5.0},
    ]
    assert table(records, {"a": "client", "b": "p"}, within=40).splitlines() == [
        "client     p",
        "ann        1",
        "\u674e\u96f7       2",
        "zoe\u0308        3",
        "\ufffd[2Jx      4",
        "two\ufffdlines  5",
    ]


def test_a_name_without_blanks_is_broken_and_nothing_of_it_is_lost() -> None:
    name = "".join(f"{k:04d}-" for k in range(30))
    text = table([{"a": name, "b": 1.0}], {"a": "client", "b": "p"}, within=40)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 40
    assert "".join(line[:37].strip() for line in lines[1:]) == name
    assert lines[1].endswith("  1")


NAMES = st.text("ab \u674e\u0301\uac00", max_size=12)


def columns_of(text: str) -> int:
    """By the tables of Unicode: wide and full-width characters take two columns, marks none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


@given(st.lists(st.tuples(NAMES, NUMBERS), min_size=1, max_size=5), st.integers(24, 60))
def test_names_of_any_script_fit_and_stay_in_line(rows, within: int) -> None:
    records = [dict(zip("ab", row, strict=True)) for row in rows]
    lines = table(records, {"a": "name", "b": "much"}, within=within).splitlines()
    assert max(map(columns_of, lines)) <= within
    assert len({columns_of(line) for line in lines if line[-1:].isdigit()}) == 1


@given(st.text("ab \u674e:,.", max_size=200), st.integers(24, 80))
def test_a_folded_line_fits_and_keeps_its_words(text: str, within: int) -> None:
    for line in folded(text, within).splitlines():
        assert columns_of(line) <= within or " " not in line.strip()
    assert folded(text, within).split() == text.split()


def test_facts_go_on_below_facts() -> None:
    assert folded("  models at once   1 at once: 552, 2 at once: 1,166", 40).splitlines() == [
        "  models at once   1 at once: 552, 2 at",
        "                   once: 1,166",
    ]
    assert folded("note: bob and dee are offline for every model", 24).splitlines() == [
        "note: bob and dee are",
        "  offline for every",
        "  model",
    ]


@pytest.mark.parametrize("columns", ["60", "80"])
@pytest.mark.parametrize(
    "command", [("fleet", "show"), ("fleet", "check"), ("solve", "--budget", 2)]
)
def test_facts_and_notes_fit(call, tmp_path: Path, monkeypatch, columns: str, command) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    path = tmp_path / "names.csv"
    path.write_text(
        "client,a model with a name of many words,another model,third\n"
        "ann,1,0,2\nbob,,,\ncy,3,1,1\nann,2,2,2\n",
        "utf-8",
    )
    code, out, err = call(*command[:2], *([path] if len(command) == 2 else [2, path]))
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= int(columns)
    assert "a model with a name of many words" in " ".join(out.split())


def test_a_terminal_says_how_wide_it_is(tmp_path: Path) -> None:
    """Standard error is a terminal of 50 columns, standard output a pipe."""
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    said = "from roundlot.cli.output import complain, say; complain('x ' * 40); say('y ' * 60)"
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", said], stdout=-1, stderr=theirs, env=kept, check=True
        )
        told = os.read(ours, 65536).decode().splitlines()
    finally:
        os.close(ours)
        os.close(theirs)
    assert [len(line) <= 50 for line in told] == [True] * 2
    assert "".join(told).count("x") == 40
    assert len(done.stdout.splitlines()) == 1


def test_one_of_a_thing_is_one(call, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("client,a\nann,2\n", "utf-8")
    shown = call("fleet", "show", path)[1]
    assert "one: 1 client, 1 processor, 1 model\n" in shown
    assert "1 model: 1 (100%)" in shown
    assert "1 client (100%) holds 1 sample\n" in shown
    assert "1 available pair;" in shown
    solved = call("solve", path, "--budget", 1)[1]
    assert "Problem(1 processor x 1 model (a), budget=1, 1 available pair)" in solved
    assert "1 of 1 processor\n" in solved


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
    records = json.loads(call("compare", path, "--budget", 2, "--json")[1])["methods"]
    drawn = [one for one in records if not one["skipped"]]
    assert {"optimum", "uniform", "random model"} <= {one["name"] for one in drawn}
    assert all(one["gap"] >= 0.0 for one in drawn)


def listed_theorems(call) -> list[str]:
    """The lines about theorems; those about the units of their numbers follow an empty line."""
    lines = call("bound", "--list")[1].splitlines()
    return lines[: lines.index("")]


def test_a_pipe_gets_whole_lines(call, monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    names = [one["name"] for one in json.loads(call("bound", "--list", "--json")[1])["theorems"]]
    lines = listed_theorems(call)
    assert len(lines) == len(names) + 1


def test_a_misspelt_option_is_told_what_was_meant(call, scores: Path) -> None:
    code, out, err = call("solve", scores, "--budgt", 2)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "did you mean --budget" in err


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_stops_nobody(scores: Path, monkeypatch, closed: str) -> None:
    """As the shell's ``>&-`` leaves it."""
    monkeypatch.setattr(sys, closed, None)
    assert main(["fleet", "check", str(scores)]) == 0
    assert main(["fleet", "check", str(scores.with_name("none.csv"))]) == 2


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_titles_of_theorems_are_not_squeezed_into_a_column(call, monkeypatch, columns) -> None:
    listed = json.loads(call("bound", "--list", "--json")[1])["theorems"]
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, call("bound", "--list")[1].splitlines())) <= columns
    lines = listed_theorems(call)
    if columns == 200:
        assert len(lines) == len(listed) + 1
    else:
        heads = [line for line in lines if not line.startswith(" ")]
        assert heads == [f"{one['name']} ({one['relation']})" for one in listed]
        short = [one["title"] for one in listed if len(one["title"]) <= columns - 2]
        assert {f"  {title}" for title in short} <= set(lines)
