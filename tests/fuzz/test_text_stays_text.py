"""Names that a terminal or a spreadsheet acts on: refused on the way in, or written as text."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from roundlot.cli import main
from roundlot.fleet import Fleet, read_scores
from roundlot.fleet.scores import write_scores
from roundlot.folders.results import write_table
from roundlot.simulate.tasks.task import Task
from roundlot.solvers.graphs import Graph
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.spreadsheets import marked, unmarked
from roundlot.train.setup import load_train_setup

#: ESC with colours and a title, CSI and OSC as single characters of C1, a link, a bell, a delete, a
#: carriage return, overrides and isolates of direction, a line end of Unicode.
OBEYED = ["\x1b[31mred", "\x1b]0;title\x07", "\x9b31mred", "\x9d0;x\x9c", "ring\x07", "a\x7f"]
OBEYED += [
    "\x1b]8;;http://x.y\x1b\\go\x1b]8;;\x1b\\",
    "a\rb",
    "\u202egnirts",
    "\u2066x",
    "a\u2028b",
]
HONEST = [
    "Zoë",
    "née",
    "Ünïcødé",
    "农民",
    "كلب",
    "क्षेत्र",
    "می\u200cخواهم",
    "👩\u200d🌾",
    "🏴\U000e0067\U000e007f",
]
HONEST += [
    "-5",
    "+5",
    "-1e-5",
    "-1.234,5",
    "-",
    "o'clock",
    "'quoted'",
    'say "x"',
    "a,b",
    "a;b",
    "#1",
    "a=b",
]
#: Each as it must stand in a cell of CSV, written by hand.
FORMULAS = {
    "=1+1": "'=1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "+1-555-0100": "'+1-555-0100",
    "-farm": "'-farm",
    "-2+3": "'-2+3",
    '=HYPERLINK("http://x.y?"&A1)': '\'=HYPERLINK("http://x.y?"&A1)',
    "'=1": "''=1",
    "''@x": "'''@x",
    "＝1": "'＝1",
}


@pytest.mark.parametrize("name", OBEYED)
def test_names_that_a_terminal_obeys_are_refused_everywhere(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    (tmp_path / "c.csv").write_text(f'client,a\n"{quoted}",1\ny,2\n', "utf-8")
    (tmp_path / "m.csv").write_text(f'client,"{quoted}",b\nx,1,2\n', "utf-8")
    pl.DataFrame({"client": [name], "a": [1.0]}).write_parquet(tmp_path / "c.parquet")
    pl.DataFrame({"client": ["x"], name: [1.0]}).write_parquet(tmp_path / "m.parquet")
    np.savez(tmp_path / "c.npz", scores=np.ones((1, 1)), clients=np.array([name]))
    ways = [lambda p=p: read_scores(p) for p in sorted(tmp_path.iterdir())]
    ways += [
        lambda: read_scores(pl.DataFrame({"client": [name], "a": [1.0]})),
        lambda: write_scores(tmp_path / "o.csv", [[1.0]], models=["a"], clients=[name]),
        lambda: write_scores(tmp_path / "o.csv", [[1.0]], models=[name]),
        lambda: Problem([[1.0]], budget=1, clients=[name]),
        lambda: Problem([[1.0]], budget=1, models=[name]),
    ]
    for way in ways:
        with pytest.raises(InvalidProblemError, match="which is not shown but obeyed") as refused:
            way()
        assert not set(str(refused.value)) & set("\x1b\x07\x7f\x9b\x9c\x9d\r\u202e\u2066\u2028")
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize("name", OBEYED)
def test_records_made_in_python_refuse_them_too(name: str) -> None:
    plain = Fleet(clients=["a", "b"], models=["m"], samples=[[1], [2]], processors=[1, 1])
    labels = {"label_counts": [[1], [2]], "label_names": [name], "label_model": [0]}
    ways = [
        lambda: replace(plain, clients=("a", name)),
        lambda: replace(plain, models=(name,)),
        lambda: replace(plain, name=name),
        lambda: replace(plain, assumptions=(name,)),
        lambda: replace(plain, **labels),
        lambda: Graph(nodes=("a", name), edges=np.array([[0, 1]])),
        lambda: Graph.of([("a", name)]),
        lambda: Graph.of([("a", "b")], name=name),
        lambda: Task(name=name, module=torch.nn.Linear(1, 1), train=None),
    ]
    for way in ways:
        with pytest.raises(InvalidProblemError, match="which is not shown but obeyed"):
            way()
    kept = replace(plain, clients=(HONEST[0], "=1+1"), name="two\nlines")
    assert (kept.clients, kept.name) == ((HONEST[0], "=1+1"), "two\nlines")


def test_setups_that_a_terminal_obeys_are_refused(tmp_path: Path) -> None:
    text = 'name = "t"\nmethods = [{method = "random", name = "\\u001b[31m"}]\n'
    text += (
        '[tasks]\nkind = "quadratics"\nmodels = 1\nclients = 2\n[federation]\n[run]\nrounds = 1\n'
    )
    (tmp_path / "t.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidProblemError, match="which is not shown but obeyed"):
        load_train_setup(tmp_path / "t.toml")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_honest_names_come_back_exactly(tmp_path: Path, ending: str) -> None:
    names = [*HONEST, *FORMULAS]
    values = np.arange(1.0, 1 + len(names) * len(names)).reshape(len(names), len(names))
    found = read_scores(write_scores(tmp_path / f"s{ending}", values, models=names, clients=names))
    assert (list(found.clients), list(found.models)) == (names, names)
    assert (found.values == values).all()


def test_cells_as_spreadsheets_find_them(tmp_path: Path) -> None:
    names = [*FORMULAS, *HONEST]
    write_scores(tmp_path / "s.csv", np.ones((len(names), 1)), models=["=m"], clients=names)
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["client", "'=m"]
    assert [row[0] for row in rows[1:]] == [*FORMULAS.values(), *HONEST]


@pytest.mark.parametrize("kind", ["frame", "records"])
def test_tables_of_results_are_no_formulas(tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame({"method": ["=1+1", "b", None], "@x": [-1.5, 2.0, None]})
    write_table(tmp_path / "t", frame if kind == "frame" else frame.to_dicts())
    assert (tmp_path / "t.csv").read_text() == "method,'@x\n'=1+1,-1.5\nb,2.0\n,\n"
    if kind == "frame":
        assert pl.read_parquet(tmp_path / "t.parquet").equals(frame)


@given(st.text(st.sampled_from("='+-@ \t\r\n1.e,x＝"), max_size=6))
@example("' '=x")
@example("'-5")
def test_marks_are_taken_off_again(text: str) -> None:
    written = marked(text)
    assert unmarked(written) == text
    bare = written.lstrip(" ")
    number = bare[:1] in "+-" and not set(bare[1:]) - set("0123456789.,eE+-")
    assert bare[:1] not in list("=@＝\t\r\n") or not bare
    assert bare[:1] not in list("+-") or number


def test_text_of_a_spreadsheet_with_an_apostrophe_is_that_text(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,a\n'=1,1\n'-5,2\n'twas,3\n", "utf-8")
    assert read_scores(tmp_path / "s.csv").clients == ("=1", "'-5", "'twas")


@pytest.mark.parametrize("wrong", ["\x1b[31m", "\x9b31m", "\u202e"])
def test_what_commands_say_of_wrong_arguments_is_no_command_to_a_terminal(
    tmp_path: Path, monkeypatch, capsys, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("client,a\nx,1\ny,2\n")
    Path("m.py").write_text(f"def f(*a, **k):\n    raise ValueError({wrong!r})\n")
    Path("t.toml").write_text(json.dumps(wrong)[1:-1] + "= 1\n", "utf-8")
    lines = [
        ("solve", f"{wrong}.csv"),
        ("solve", "s.csv", "--budget", wrong),
        ("solve", "s.csv", f"--{wrong}"),
        ("solve", "s.csv", "--budget", "1", "--models", wrong),
        ("solve", "s.csv", "--budget", "1", "--out", f"{wrong}.csv"),
        (wrong,),
        ("train", wrong),
        ("train", "t.toml"),
        ("audit", "m:f", "--clients", "3"),
        ("audit", f"m:{wrong}", "--clients", "3"),
        ("graph", wrong),
        ("check", wrong),
        ("bound", wrong),
        ("plot", wrong),
    ]
    for line in lines:
        main(list(line))
        out, err = capsys.readouterr()
        assert not set(out + err) & set("\x1b\x9b\u202e"), line
