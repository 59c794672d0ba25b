"""Progress: finished clocks stand still, estimates follow the pace, lines come rarely."""

import json
from pathlib import Path

import pytest

from roundlot.cli.stages import Lines, Shown, left


def test_a_finished_stage_keeps_its_time() -> None:
    from rich.progress import Progress

    now = [0.0]
    bars = Progress(get_time=lambda: now[0], disable=True)
    show = Shown(bars=bars)
    for stage, seconds in (("solve", 2.0), ("compare", 3.0), ("simulate", 10.0), ("verify", 1.0)):
        show(stage, 0, 0)
        now[0] += seconds
    assert [task.elapsed for task in bars.tasks] == [2.0, 3.0, 10.0, 1.0]
    now[0] += 100.0
    assert [task.elapsed for task in bars.tasks[:3]] == [2.0, 3.0, 10.0]


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "said"),
    [
        (10.0, 25, 100, "about 30 s left"),
        (60.0, 1, 11, "about 10 min left"),
        (3600.0, 1, 3, "about 2.0 h left"),
        (1.0, 25, 100, ""),  # too early to know
        (10.0, 0, 100, ""),
        (10.0, 0, 0, ""),
        (10.0, 100, 100, ""),
    ],
)
def test_what_is_left_follows_the_pace(elapsed, done, total, said: str) -> None:
    assert left(elapsed, done, total) == said


def test_lines_come_after_a_while_and_rarely(capsys) -> None:
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    for second in range(301):
        now[0] = float(second)
        lines("simulate optimum (1 of 3)", second, 400)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "roundlot: simulate optimum (1 of 3): 2 %, about 6 min left for this"
    assert len(said) == 6  # after 10, 30, 70, 130, 190 and 250 seconds


@pytest.mark.filterwarnings("default")  # what is left out is a warning
def test_baselines_only_while_their_time_lasts(call, scores: Path) -> None:
    given = ("verify", scores, "--budget", 2, "--rounds", 50, "--json", "--baseline-seconds", 0)
    code, out, err = call(*given)
    assert code == 0
    claims = [verdict["claim"] for verdict in json.loads(out)["verdicts"]]
    assert [claim for claim in claims if claim.startswith("variance of ")] == [
        "variance of optimum is as predicted"
    ]
    assert "baseline_seconds is 0: uniform" in err


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "soon"])
def test_times_that_make_no_sense(call, scores: Path, value: str) -> None:
    code, out, err = call("verify", scores, "--budget", 2, "--baseline-seconds", value)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert value in err
