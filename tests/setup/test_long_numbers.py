"""Numbers of more digits than Python reads, and scores at the end of float64."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roundlot.cli import main
from roundlot.fleet.scores import read_scores
from roundlot.simulate.runs.archive import array_text
from roundlot.theory.json_text import UnreadableError, parse

LONG = "9" * 5000
SETUPS = {
    "run": f'[problem]\nbudget = {LONG}\n[scores]\nsource = "norms"\npath = "s.csv"\n',
    "sweep": f'[sweep]\nsetups = ["s.csv"]\nseeds = 1_{LONG}\n',
    "train": f'methods = ["random"]\n\n[run]\nrounds = -{LONG}\n',
}


@pytest.mark.parametrize("command", SETUPS)
def test_setups(tmp_path: Path, capsys, command: str) -> None:
    (tmp_path / "t.toml").write_text(SETUPS[command], "utf-8")
    assert main([command, str(tmp_path / "t.toml"), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    row = 1 + SETUPS[command][: SETUPS[command].index("99")].count("\n")
    assert f"t.toml: line {row} has a number of 500" in line
    assert line.endswith("and 4300 are read at most; shorten it")
    assert len(line) < 300


def test_documents() -> None:
    with pytest.raises(UnreadableError, match=r"^line 2 has a number of 5000 digits, 9{8}\.\.\., "):
        parse('{"a": 1,\n "b": [' + LONG + "]}")
    text = np.frombuffer(f"[{LONG}]".encode(), dtype=np.uint8)
    with pytest.raises(ValueError, match="number of 5000 digits"):
        array_text(text)


def test_leaf(tmp_path: Path, capsys) -> None:
    place = tmp_path / "leaf.json"
    place.write_text(f'{{"users": ["a"], "num_samples": [{LONG}]}}', "utf-8")
    assert main(["fleet", "new", str(tmp_path / "f.toml"), "--from", str(place)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "line 1 has a number of 5000 digits" in line


def test_what_somebody_typed_is_not_repeated_whole(capsys) -> None:
    assert main(["solve", "--budget", "1", "--seed", LONG]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--seed" in line
    assert len(line) < 200


@pytest.mark.parametrize("greatest", ["1e308", "1.7976931348623157e308"])
def test_scores_at_the_end_of_float64_are_solved(tmp_path: Path, capsys, greatest: str) -> None:
    """Beside them the other scores are 0: one draw goes to it alone, or is shared by two."""
    place, out = tmp_path / "s.csv", tmp_path / "p.csv"
    place.write_text(f"client,a\nann,{greatest}\nbob,{greatest}\ncy,1\n", "utf-8")
    assert main(["solve", str(place), "--budget", "1", "--out", str(out)]) == 0
    assert capsys.readouterr().err == ""
    assert read_scores(out).values[:, 0] == pytest.approx([0.5, 0.5, 1e-308], abs=1e-15)


@pytest.mark.parametrize("command", ["compare", "simulate", "verify"])
def test_what_needs_their_squares_names_them(tmp_path: Path, capsys, command: str) -> None:
    place = tmp_path / "s.csv"
    place.write_text("client,a,b\nann,1e308,2\nbob,1,3\n", "utf-8")
    assert main([command, str(place), "--budget", "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "scores up to 1e+308 have squares outside of float64's range; multiply" in line
