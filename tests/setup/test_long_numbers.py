"""Numbers of more digits than Python reads, and scores at the end of float64."""

from __future__ import annotations

import json
import math
import re
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


@pytest.mark.parametrize("power", [200, -200])
@pytest.mark.parametrize("command", ["simulate", "verify", "run"])
def test_what_draws_by_their_squares_names_a_factor(
    tmp_path: Path, capsys, command: str, power: int
) -> None:
    place, e = tmp_path / "s.csv", f"e{power}"
    place.write_text(f"client,a,b\nann,1{e},.2{e}\nbob,.1{e},.3{e}\n", "utf-8")
    out = ["--out", str(tmp_path / "out")] if command == "run" else []
    assert main([command, str(place), "--budget", "1", *out]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    (factor,) = re.findall(r"multiply all scores by (\S+): no probability changes", line)
    assert 0.1 <= float(factor) * 10.0**power <= 10.0


@pytest.mark.parametrize("power", [-1000, -700, 700, 1000])
def test_a_comparison_does_not_depend_on_the_unit_of_the_scores(
    tmp_path: Path, capsys, power: int
) -> None:
    """A power of two changes no digit but those of the variance."""
    found = []
    for unit in (0, power):
        place = tmp_path / f"s{unit}.csv"
        rows = [
            [math.ldexp(x, unit) for x in pair] for pair in ((3.0, 1.0), (0.5, 2.0), (4.0, 0.0))
        ]
        lines = [f"c{v},{a!r},{b!r}" for v, (a, b) in enumerate(rows)]
        place.write_text("\n".join(["client,a,b", *lines, ""]), "utf-8")
        assert main(["compare", str(place), "--budget", "1.25", "--json"]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        found.append({row["name"]: row for row in json.loads(said.out)["methods"]})
    plain, moved = found
    assert plain.keys() == moved.keys()
    assert "clustered" in plain
    for name, row in plain.items():
        for key in ("ratio", "gap", "expected_uploads", "skipped"):
            assert row[key] == moved[name][key], (name, key)
