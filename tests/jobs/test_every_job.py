"""Every job: its folder appears whole or not at all, replaces only its like, and is read again."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot import jobs
from roundlot.fleet import FleetSetup, default_setup, scores_setup
from roundlot.folders import Contents, ResultFolder
from roundlot.folders.job import Job
from roundlot.graphs import load_graph
from roundlot.run import prepare
from roundlot.straggle import StraggleSettings

SCORES = "client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\n"


def fleet_setup(folder: Path) -> FleetSetup:
    path = folder / "scores.csv"
    path.write_text(SCORES, "utf-8")
    return scores_setup(path).replaced({"problem.budget": 1.25, "simulate.rounds": 20})


def fleet_result(folder: Path) -> Any:
    return jobs.MAIN.run(fleet_setup(folder))


def graph_result(folder: Path) -> Any:
    setup = load_graph("ring")
    return jobs.GRAPH.run(
        setup.name,
        setup.build(),
        budget=0.5,
        method="auto",
        mixing="search",
        training=setup.training,
        sweep=(0.5, 1.0),
    )


def straggler_result(folder: Path) -> Any:
    settings = StraggleSettings(workers=3, batch=12, unit=4, rounds=200, time_limit=0.5)
    return jobs.STRAGGLERS.run(default_setup().fleet, settings)


def partition_result(folder: Path) -> Any:
    points = np.random.default_rng(0).normal(size=(30, 2))
    return jobs.PARTITION.run("points", points, np.arange(30) % 2, [3.0, 2.0, 1.0])


RESULTS = {
    "MAIN": fleet_result,
    "GRAPH": graph_result,
    "STRAGGLERS": straggler_result,
    "PARTITION": partition_result,
}


@pytest.fixture(scope="module", params=list(RESULTS))
def job_and_result(request, tmp_path_factory) -> tuple[Job[Any], Any]:
    made = RESULTS[request.param](tmp_path_factory.mktemp(request.param))
    return getattr(jobs, request.param), made


@pytest.fixture(scope="module")
def written(job_and_result, tmp_path_factory) -> Path:
    """The folder of the result, to be looked at and copied: figures take seconds to draw."""
    job, result = job_and_result
    job.write(folder := tmp_path_factory.mktemp("written") / "one", result)
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_same_result_gives_the_same_files(
    job_and_result, written: Path, tmp_path: Path
) -> None:
    job, result = job_and_result
    paths = job.write(tmp_path / "two", result)
    first, second = bytes_of(written), bytes_of(tmp_path / "two")
    assert first == second
    assert {path.name for path in paths} == {path.name for path in (tmp_path / "two").iterdir()}
    assert {name for name in first if name.endswith(".svg")}
    assert {name for name in first if name.endswith(".csv")}
    assert isinstance(json.loads(first[job.marker]), dict)


def test_a_folder_of_another_kind_is_never_replaced(
    job_and_result, written: Path, tmp_path: Path
) -> None:
    job, result = job_and_result
    out = shutil.copytree(written, tmp_path / "out")
    before = bytes_of(out)
    for attempt in (job.folder(out).require_free, lambda: job.write(out, result)):
        with pytest.raises(FileExistsError, match="earlier result"):
            attempt()
    job.write(out, result, overwrite=True)
    assert bytes_of(out) == before
    (out / job.marker).rename(out / "mine.json")
    with pytest.raises(FileExistsError, match="never replaced"):
        job.write(out, result, overwrite=True)


def test_an_interrupt_leaves_nothing_or_the_old(
    job_and_result, written: Path, tmp_path: Path, monkeypatch
) -> None:
    job, result = job_and_result
    contents, text = job.contents(result), "text at the end"

    def stop(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("roundlot.folders.results.write_text", stop)
    half = Contents(texts={"last.txt": text}, tables={}, figures=contents.figures[:1])
    with pytest.raises(KeyboardInterrupt):
        ResultFolder(path=tmp_path / "new", marker=job.marker).write(half)
    assert not list(tmp_path.iterdir())
    before = bytes_of(shutil.copytree(written, tmp_path / "old"))
    with pytest.raises(KeyboardInterrupt):
        job.write(tmp_path / "old", result, overwrite=True)
    assert bytes_of(tmp_path) == {f"old/{name}": content for name, content in before.items()}


@pytest.mark.parametrize("job_and_result", ["MAIN"], indirect=True)
def test_the_budget_of_a_setup_is_that_of_the_report(
    job_and_result, written: Path, tmp_path: Path
) -> None:
    """Three doors: the setup poses the problem, the job sums it up, the folder is written."""
    assert prepare(fleet_setup(tmp_path)).problem.budget == 1.25
    assert job_and_result[1].solution.budget == 1.25
    assert "1.25 expected draws per round" in (written / "index.html").read_text("utf-8")
