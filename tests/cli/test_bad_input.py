"""Bad input: one line on standard error, exit code 2, nothing written or lost."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest


def assert_one_line(result: tuple[int, str, str], *words: str) -> None:
    code, out, err = result
    lines = [line for line in err.splitlines() if "warning:" not in line]
    assert code == 2, err
    assert len(lines) == 1
    assert lines[0].startswith("roundlot: ")
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["solve", "missing.csv"], "missing.csv"),
        (["solve", "missing.toml"], "missing.toml"),
        (["run", "missing.toml"], "missing.toml"),
        (["solve", "--budget", "0"], "budget"),
        (["solve", "--budget", "-3"], "budget"),
        (["solve", "--budget", "nan"], "budget"),
        (["solve", "--budget", "many"], "'many'"),
        (["solve", "--seed", "-7"], "-7"),
        (["decide", "--by", "hours"], "'hours' is not one of 'seconds', 'draws' (see"),
        (["solve", "--objective", "fair"], "needs alpha; give a number, 1 or more"),
        (["nonsense"], "nonsense"),
        (["plot", "nowhere"], "nowhere"),
        (["fleet", "new", "setup.txt"], "setup.toml"),
    ],
)
def test_arguments(call, tmp_path: Path, monkeypatch, arguments: list[str], word: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert_one_line(call(*arguments), word)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("client,a\nx,1\ny,-1\n", "-1"),
        ("client,a\nx,1\ny,nan\n", "y"),
        ("client,a\nx,1\ny,inf\n", "y"),
        ("name,a\nx,1\n", "client"),
        ("client\nx\n", "model"),
        ("client,a,b\nx,1,\ny,2,\n", "b"),
        ("", ""),
    ],
)
def test_score_tables(call, tmp_path: Path, table: str, word: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(table, "utf-8")
    assert_one_line(call("solve", path, "--budget", 1, "--out", tmp_path / "p.csv"), word)
    assert not (tmp_path / "p.csv").exists()


def test_no_command_shows_the_help(call) -> None:
    for arguments in ((), ("fleet",)):
        code, out, err = call(*arguments)
        assert code == 2
        assert err.startswith("Usage: ")
        assert len(err.splitlines()) > 8
        assert not out


def test_plot_names_the_file_that_is_no_record(call, scores: Path) -> None:
    assert_one_line(call("plot", scores), str(scores), "not JSON")


def test_scores_whose_squares_leave_the_range(call, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("client,a\nx,1e300\ny,1e300\n", "utf-8")
    code, out, err = call("solve", path, "--budget", 1, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)  # at p = 1/2: Σ a²/p = 4e600, and what a draw more would save as much
    assert found["price"] == pytest.approx(4 * 10**600 / 4 ** found["unit"], rel=1e-12)
    assert found["objective"] == pytest.approx(4 * 10**600 / 4 ** found["unit"], rel=1e-12)
    assert found["probabilities"] == [[0.5], [0.5]]


def test_floors_that_do_not_fit(call, scores: Path) -> None:
    assert_one_line(call("solve", scores, "--budget", 1, "--floor", 0.3), "floor")
    assert_one_line(call("solve", scores, "--budget", 4, "--floor", 0.6), "floor")


def test_unknown_method_names_the_choices(call, scores: Path, setup: Path) -> None:
    assert_one_line(call("solve", scores, "--method", "magic"), "magic", "exact")
    assert_one_line(call("simulate", setup, "--method", "magic"), "magic", "uniform")


def test_budget_above_what_the_fleet_can_use_is_a_warning(call, scores: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        code, _, err = call("solve", scores, "--budget", 50)
    assert code == 0
    assert err.startswith("roundlot: warning: budget 50")


def test_bound_needs_constants(call, scores: Path) -> None:
    assert_one_line(call("bound", scores), "smoothness")


def test_results_are_not_overwritten_unasked(call, setup: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    out.mkdir()
    (out / "thesis.txt").write_text("precious")
    assert_one_line(call("run", setup, "--out", out), "result")
    assert_one_line(call("run", setup, "--out", out, "--overwrite"), "result")
    assert (out / "thesis.txt").read_text() == "precious"


def test_unwritable_folder(call, scores: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    assert_one_line(call("solve", scores, "--budget", 2, "--out", blocker / "p.csv"), "file")
    assert_one_line(call("run", scores, "--out", blocker / "result"), "file")


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_interrupt_leaves_nothing(setup: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    arguments = [sys.executable, "-m", "roundlot", "run", setup, "--out", out]
    process = subprocess.Popen(
        [*arguments, "--rounds", "100000000"], stderr=subprocess.PIPE, text=True
    )
    time.sleep(8)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines() == ["roundlot: interrupted; no file is left half written"]
    assert [path.name for path in tmp_path.iterdir()] == [setup.name]


def test_a_defect_is_one_line_too(call, monkeypatch, scores: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("wires\ncrossed")

    monkeypatch.setattr("roundlot.fleet.read_setup", broken)
    code, _, err = call("solve", scores)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "wires crossed" in err
