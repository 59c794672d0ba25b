"""Rows: what they hold, that each is there once, whatever interrupts the sweep."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from roundlot.fleet import scores_setup
from roundlot.run import prepare
from roundlot.run.job import compare_case
from roundlot.simulate import design, simulate
from roundlot.solvers import solve
from roundlot.sweep import (
    SweepResult,
    lay_out,
    load_sweep_setup,
    read,
    run_sweep,
    summary,
    workshop,
)
from roundlot.sweep.job import cells_of, columns_of
from roundlot.sweep.store import opened
from roundlot.theory import InvalidProblemError


def swept(path: Path, out: str = "out", **options) -> pl.DataFrame:
    place = path.parent / out
    return run_sweep(load_sweep_setup(path), place, workers=0, **options).frame


def resumed(path: Path, out: str = "out", **options) -> SweepResult:
    place = path.parent / out
    return run_sweep(load_sweep_setup(path), place, workers=0, resume=True, **options)


def edited(path: Path, old: str, new: str) -> Path:
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8")
    return path


def test_a_row_holds_what_the_functions_give(sweep_file: Path) -> None:
    frame = swept(sweep_file)
    assert (frame["status"] == "ok").all()
    setup = scores_setup(sweep_file.parent / "scores.csv")
    for row in frame.to_dicts():
        changes = {"seed": row["seed"], "problem.budget": row["problem.budget"]}
        case = prepare(setup.replaced(changes), landscape=False)
        expected = compare_case(case).row(row["method"])
        assert row["variance"] == expected.variance
        assert row["ratio"] == expected.ratio
        assert row["budget"] == row["problem.budget"]
        if row["method"] == "clustered":
            assert row["realised"] is None
            continue
        drawn = design(expected.probabilities, name=row["design"])
        realised = simulate(drawn, case.updates, rounds=50, seed=row["seed"], device="cpu")
        assert row["realised"] == realised.mean_squared_error
        assert row["predicted"] == pytest.approx(drawn.variance(case.updates))
        assert row["uploads"] == realised.mean_uploads
        assert row["standard_error"] == pytest.approx(realised.squared_error.std(ddof=1) / 50**0.5)
        if row["method"] == "optimum":
            assert row["certificate_gap"] == solve(case.problem).certificate.gap


def test_a_cell_does_not_depend_on_those_before_it(sweep_file: Path, untimed) -> None:
    both = untimed(swept(sweep_file))
    edited(sweep_file, "[1.0, 2.0]", "[2.0]")
    edited(sweep_file, '"optimum", "uniform", "clustered"', '"uniform"')
    alone = untimed(swept(sweep_file, "alone"))
    kept = both.filter(pl.col("key").is_in(alone["key"].to_list()))
    assert alone.height == 4
    assert_frame_equal(alone, kept, check_exact=True)


def test_folder_holds_one_table(sweep_file: Path, call) -> None:
    out = sweep_file.parent / "out"
    code, text, err = call("sweep", sweep_file, "--out", out, "--workers", 0)
    assert (code, err) == (0, "")
    assert "20 rows, 20 computed" in text
    assert_frame_equal(pl.read_parquet(out / "results.parquet"), read(out))
    assert pl.read_csv(out / "results.csv").height == 20
    code, text, _ = call("sweep", sweep_file, "--out", out, "--workers", 0, "--resume", "--json")
    found = json.loads(text)
    assert (code, found["computed"], found["failed"], found["cells"]) == (0, 0, 0, 20)


def test_failures_are_rows_and_can_be_tried_again(sweep_file: Path, untimed, monkeypatch) -> None:
    edited(sweep_file, "[1.0, 2.0]", "[1.0]\nproblem.floor = [0.0, 0.5]")
    frame = swept(sweep_file)
    failed = frame.filter(pl.col("status") == "failed")
    assert failed.height == 10
    assert set(failed["problem.floor"]) == {0.5}
    assert all("\n" not in error and "budget" in error for error in failed["error"])
    assert failed["variance"].is_null().all()
    with monkeypatch.context() as patch:
        patch.setattr("roundlot.sweep.workshop.measure_variance", _out_of_memory)
        broken = swept(sweep_file, "broken")
    assert broken["error"].to_list().count("not enough memory: no memory") == 10
    assert broken["error"].str.starts_with("not enough memory").sum() == 10
    again = resumed(sweep_file, "broken")
    assert (again.computed, again.failed) == (0, 20)
    mended = resumed(sweep_file, "broken", retry_failed=True)
    assert (mended.computed, mended.failed) == (20, 10)
    assert_frame_equal(untimed(mended.frame), untimed(frame), check_exact=True)


def test_the_exit_code_says_when_every_cell_failed(sweep_file: Path, call) -> None:
    def code(floors: str) -> int:
        edited(sweep_file, "[1.0, 2.0]", f"[1.0]\nproblem.floor = {floors}")
        out = sweep_file.parent / f"all {floors}"
        found: int = call("sweep", sweep_file, "--out", out, "--workers", 0)[0]
        edited(sweep_file, f"[1.0]\nproblem.floor = {floors}", "[1.0, 2.0]")
        return found

    assert code("[0.5]") == 1
    assert code("[0.0, 0.5]") == 0


def test_cells_without_memory_are_one_line_and_cost_no_other_cell(
    sweep_file: Path, call, untimed, monkeypatch
) -> None:
    def short(case, cell, measure=workshop.measure_variance):
        if cell.seed == 1:
            raise MemoryError
        return measure(case, cell)

    words, out = ("sweep", sweep_file, "--workers", 0), sweep_file.parent / "out"
    with monkeypatch.context() as patch:
        patch.setattr(workshop, "measure_variance", short)
        code, said, err = call(*words, "--out", out)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("roundlot: not enough memory: 10 of 20 cells got none")
    assert "10 failed" in said
    assert (read(out)["status"] == "ok").sum() == 10
    code, said, err = call(*words, "--out", out, "--resume", "--retry-failed")
    assert (code, err) == (0, "")
    assert "10 computed" in said
    whole = swept(sweep_file, "whole")
    assert_frame_equal(untimed(read(out)), untimed(whole), check_exact=True)


def _out_of_memory(*_: object) -> None:
    raise MemoryError("no\n memory")


def test_an_earlier_sweep_is_kept_or_extended_but_not_mixed(sweep_file: Path, untimed) -> None:
    first = swept(sweep_file)
    with pytest.raises(FileExistsError, match="--resume"):
        swept(sweep_file)
    edited(sweep_file, "seeds = 2", "seeds = 3")
    edited(sweep_file, "[1.0, 2.0]", "[1.0, 2.0, 3]")
    more = resumed(sweep_file)
    assert (more.computed, more.frame.height) == (25, 45)
    kept = more.frame.filter(pl.col("key").is_in(first["key"].to_list()))
    assert_frame_equal(kept, first, check_exact=True)
    edited(sweep_file, "rounds = 50", "rounds = 60")
    with pytest.raises(InvalidProblemError, match=r"sweep\.rounds was 50, is 60"):
        swept(sweep_file, resume=True)
    edited(sweep_file, "rounds = 60", "rounds = 50")
    edited(sweep_file, "seeds = 3", "seeds = 2")
    with pytest.raises(InvalidProblemError, match=r"sweep\.seeds was 3, is 2"):
        swept(sweep_file, resume=True)
    edited(sweep_file, "seeds = 2", "seeds = 3")
    edited(sweep_file.parent / "scores.csv", "3.0", "3.5")
    with pytest.raises(InvalidProblemError, match="table that it names has changed"):
        swept(sweep_file, resume=True)


def test_rows_are_called_by_what_varies_now(sweep_file: Path) -> None:
    """Keys that begin to vary, or no longer do, do not leave rows of the earlier sweep unnamed."""
    content = sweep_file.read_text("utf-8")
    edited(sweep_file, "[vary]\nproblem.budget = [1.0, 2.0]", "[set]\nproblem.budget = 1.0")
    assert "problem.budget" not in swept(sweep_file).columns
    sweep_file.write_text(content, "utf-8")
    more = resumed(sweep_file)
    assert more.computed == 10
    assert more.frame["problem.budget"].to_list() == more.frame["budget"].to_list()
    assert (more.summary()["cells"] == 2).all()
    assert_frame_equal(
        more.frame,
        swept(sweep_file, "whole")
        .select(more.frame.columns)
        .with_columns(more.frame["elapsed"], more.frame["method_seconds"]),
    )
    edited(sweep_file, "[1.0, 2.0]", "[1.0, 2.0]\nproblem.ceiling = [1.0]")
    with pytest.raises(InvalidProblemError, match="only add to it"):
        resumed(sweep_file)


def test_foreign_folders_are_left_alone(sweep_file: Path) -> None:
    out = sweep_file.parent / "out"
    out.mkdir()
    (out / "mine.txt").write_text("x", "utf-8")
    for resume in (False, True):
        with pytest.raises(FileExistsError, match=r"no sweep\.json"):
            swept(sweep_file, resume=resume)
    with pytest.raises(FileExistsError, match=r"no sweep\.json"):
        read(out)
    (out / "mine.txt").rename(sweep_file.parent / "file")
    with pytest.raises(FileExistsError, match="is a file"):
        swept(sweep_file, "file")


@pytest.mark.skipif(sys.platform == "win32", reason="files have no limit of size there")
def test_a_full_disk_is_an_error_of_the_system(sweep_file: Path) -> None:
    """One line for who calls, and neither a half file nor a row that is lost silently."""
    import resource

    def fill(stage: str, done: int, total: int) -> None:
        if done == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OSError, match=r"rows\.sqlite|results\.parquet|File too large"):
            swept(sweep_file, progress=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    done = resumed(sweep_file)
    assert (done.computed, done.failed, done.frame.height) == (20, 0, 20)


def test_a_folder_that_was_never_ready_is_free(sweep_file: Path, monkeypatch) -> None:
    name = "sweep.json"

    def stopping(part: Path, target: Path) -> Path:
        if target.name == name:
            raise OSError("No space left on device")
        return replace(part, target)

    replace = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopping)
        with pytest.raises(OSError, match="No space left"):
            swept(sweep_file)
    (sweep_file.parent / "out" / f".{name}.part-0a1b").touch()  # as a killed process leaves it
    assert swept(sweep_file).height == 20


def test_two_sweeps_do_not_share_a_folder(sweep_file: Path) -> None:
    held: list[str] = []

    def second(stage: str, done: int, total: int) -> None:
        with pytest.raises(FileExistsError, match="another process sweeps into"):
            swept(sweep_file, resume=True)
        held.append(stage)

    swept(sweep_file, progress=second)
    assert len(held) == 21


def test_damaged_rows_are_named(sweep_file: Path) -> None:
    swept(sweep_file)
    rows = sweep_file.parent / "out" / "rows.sqlite"
    rows.write_bytes(rows.read_bytes()[:100] + bytes(rows.stat().st_size - 100))
    with pytest.raises(InvalidProblemError, match=r"rows\.sqlite is damaged"):
        read(sweep_file.parent / "out")


@pytest.mark.parametrize("at", [0, 1, 7, 19])
def test_an_interrupt_keeps_the_rows_so_far(sweep_file: Path, untimed, at: int) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(sweep_file, progress=stop)
    assert read(sweep_file.parent / "out").height == at
    done = resumed(sweep_file)
    assert done.computed == 20 - at
    assert_frame_equal(untimed(done.frame), untimed(swept(sweep_file, "whole")), check_exact=True)


def first_version(out: Path, old: Path, kept: int, parts: int = 2) -> None:
    """The same sweep as the first version left it in ``old``: so many rows, in Parquet."""
    frame = read(out)
    head = json.loads((out / "sweep.json").read_text("utf-8"))
    (old / "parts").mkdir(parents=True)
    (old / "sweep.json").write_text(json.dumps(head | {"format": "roundlot.sweep/2"}), "utf-8")
    columns = frame.columns
    frame.select(columns[: columns.index("status")]).write_parquet(old / "cells.parquet")
    rows = frame.select("key", *columns[columns.index("status") :]).head(kept)
    rows[: kept // 2].write_parquet(old / "results.parquet")
    # what a process that was killed while it put rows together left twice
    for number, part in enumerate(rows[kept // 3 :].iter_slices(-(-kept // parts)), start=1):
        part.write_parquet(old / "parts" / f"part-{number:08d}.parquet")


@pytest.mark.parametrize("kept", [1, 7, 20])
def test_a_folder_of_the_first_version_is_read_and_gone_on_with(
    sweep_file: Path, kept: int, untimed
) -> None:
    whole = swept(sweep_file)
    out, old = sweep_file.parent / "out", sweep_file.parent / "old"
    first_version(out, old, kept)
    assert_frame_equal(read(old), whole.head(kept), check_exact=True)
    with pytest.raises(FileExistsError, match="--resume"):
        swept(sweep_file, "old")
    done = resumed(sweep_file, "old")
    assert (done.computed, done.failed, done.frame.height) == (20 - kept, 0, 20)
    assert_frame_equal(done.frame.head(kept), whole.head(kept), check_exact=True)
    assert_frame_equal(untimed(done.frame), untimed(whole), check_exact=True)
    assert not (old / "parts").exists()
    assert_frame_equal(read(old), pl.read_parquet(old / "results.parquet"))


def test_a_row_that_failed_never_takes_the_place_of_one_that_did_not(sweep_file: Path) -> None:
    frame = swept(sweep_file)
    setup = load_sweep_setup(sweep_file)
    grid = lay_out(setup)
    out, key = sweep_file.parent / "out", frame["key"][3]
    with opened(out, setup.document, cells_of(grid), columns_of(grid), resume=True) as store:
        store.add({"key": key, "status": "failed", "error": "late"})
    assert_frame_equal(read(out), frame, check_exact=True)


def test_summary_is_over_seeds(sweep_file: Path) -> None:
    edited(sweep_file, "seeds = 2", "seeds = 4")
    frame = swept(sweep_file)
    table = summary(frame)
    assert table.height == 10
    assert_frame_equal(table, summary(sweep_file.parent / "out"))
    one = (
        (pl.col("method") == "uniform")
        & (pl.col("design") == "systematic")
        & (pl.col("problem.budget") == 2.0)
    )
    row, values = table.row(by_predicate=one, named=True), frame.filter(one)["realised"].to_numpy()
    assert (row["cells"], row["failed"]) == (4, 0)
    assert row["realised"] == pytest.approx(values.mean())
    assert row["realised_error"] == pytest.approx(values.std(ddof=1) / 2)
    with pytest.raises(InvalidProblemError, match="not of a sweep"):
        summary(frame.drop("status"))


def kept_rows(out: Path) -> int:
    """Rows on disk, of a folder that may not be ready yet."""
    try:
        return read(out).height
    except FileExistsError:
        return 0


def test_a_killed_process_loses_its_last_batch_at_most(sweep_file: Path, untimed) -> None:
    edited(sweep_file, "seeds = 2", "seeds = 60")
    edited(sweep_file, "rounds = 50", "rounds = 5")
    out = sweep_file.parent / "out"
    script = (
        "import sys; import roundlot.sweep.store as s; s.BATCH_SECONDS = 0.05\n"
        "from roundlot.cli import main\n"
        f"main(['sweep', {str(sweep_file)!r}, '--out', {str(out)!r}, '--workers', '0'])"
    )
    for rows in (30, 60):  # killed twice: the second goes on after the first
        resume = script.replace("'0']", "'0', '--resume']")
        running = subprocess.Popen([sys.executable, "-c", resume], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while kept_rows(out) < rows and time.monotonic() < until:
            assert running.poll() is None
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        found = read(out)
        assert 0 < found.height < 600
        assert found["key"].is_unique().all()
    done = resumed(sweep_file)
    assert done.computed == 600 - found.height
    assert done.frame["key"].n_unique() == done.frame.height == 600
    kept = done.frame.filter(pl.col("key").is_in(found["key"].to_list()))
    assert_frame_equal(kept, found, check_exact=True)
