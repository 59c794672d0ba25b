"""Cells: every combination once, under keys that depend on what is computed and on nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from roundlot.sweep import lay_out, load_sweep_setup
from roundlot.sweep.grid import Grid


def laid_out(path: Path) -> Grid:
    return lay_out(load_sweep_setup(path))


def keys(path: Path) -> list[str]:
    return [cell.key for cell in laid_out(path).cells]


def edited(path: Path, old: str, new: str) -> Path:
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8")
    return path


def test_every_combination_once(sweep_file: Path) -> None:
    grid = laid_out(sweep_file)
    rows = [tuple(grid.labels(cell)[name] for name in grid.columns) for cell in grid.cells]
    assert grid.columns == ("setup", "problem.budget", "method", "design", "seed")
    drawn = {(m, d) for m in ("optimum", "uniform") for d in ("independent", "systematic")}
    pairs = drawn | {("clustered", "clusters")}  # a design of its own, which is not drawn
    assert len(rows) == len(set(rows)) == len(set(keys(sweep_file))) == 20
    assert set(rows) == {("scores", b, *p, s) for b in (1.0, 2.0) for p in pairs for s in (0, 1)}


def test_keys_are_those_of_other_processes_and_places(sweep_file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("small.toml", "scores.csv"):
        (elsewhere / name).write_bytes((sweep_file.parent / name).read_bytes())
    code = (
        "import sys; from roundlot.sweep import *;"
        "print(*(cell.key for cell in lay_out(load_sweep_setup(sys.argv[1])).cells))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(elsewhere / "small.toml")],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == keys(sweep_file)


def test_keys_do_not_depend_on_names_or_order(sweep_file: Path) -> None:
    before = keys(sweep_file)
    edited(sweep_file, 'name = "small"', 'name = "other"\nabout = "x"')
    assert keys(sweep_file) == before
    edited(sweep_file, "[1.0, 2.0]", "[2.0, 1.0]")
    assert set(keys(sweep_file)) == set(before)
    edited(sweep_file, '["own", "systematic"]', '["independent", "own", "systematic"]')
    assert set(keys(sweep_file)) == set(before)


@pytest.mark.parametrize(
    ("old", "new"),
    [("rounds = 50", "rounds = 51"), ("[1.0, 2.0]", "[1.5, 2.5]"), ("seeds = 2", "seeds = [5]")],
)
def test_keys_depend_on_what_is_computed(sweep_file: Path, old: str, new: str) -> None:
    before = keys(sweep_file)
    assert not set(before) & set(keys(edited(sweep_file, old, new)))


def test_keys_depend_on_the_content_of_tables(sweep_file: Path) -> None:
    before = keys(sweep_file)
    edited(sweep_file.parent / "scores.csv", "3.0", "3.5")
    assert not set(before) & set(keys(sweep_file))


def test_keys_of_training_depend_on_code_and_methods(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def make(n_clients, seed):\n    return None\n", "utf-8")
    (tmp_path / "mine.toml").write_text(
        'methods = ["random", { method = "alpha-fair-draw", name = "fair", alpha = 1.0 }]\n'
        '[tasks]\nmodule = "mine.py:make"\nclients = 3\n',
        "utf-8",
    )
    path = tmp_path / "sweep.toml"
    path.write_text('[sweep]\nkind = "training"\nsetups = ["mine.toml"]\nseeds = 2\n', "utf-8")
    before = keys(path)
    assert len(before) == 4
    edited(tmp_path / "mine.toml", 'name = "fair"', 'name = "else"')
    assert keys(path) == before
    edited(tmp_path / "mine.toml", "alpha = 1.0", "alpha = 2.0")
    changed = keys(path)
    assert [one in before for one in changed] == [True, False, True, False]
    edited(tmp_path / "mine.py", "None", "()")
    assert not set(changed) & set(keys(path))


def test_cells_of_one_fleet_follow_one_another(sweep_file: Path) -> None:
    grid = laid_out(sweep_file)
    seeds = [cell.seed for cell in grid.in_turn(grid.cells)]
    assert seeds == [0] * 10 + [1] * 10
    assert len({source.base for source in grid.sources}) == 1
