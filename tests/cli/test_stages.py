"""Progress: finished clocks stand still, estimates follow the pace, lines come rarely."""

import io
import json
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from roundlot.cli.output import bars_on
from roundlot.cli.pace import Pace
from roundlot.cli.stages import Lines, Shown
from roundlot.fleet import read_setup
from roundlot.progress import Ahead
from roundlot.run import compare_case, prepare, run, simulate_all


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
    clock = Clock()
    alone, whole = Pace(clock=clock), Pace(clock=clock)
    whole.plan([Ahead(stage="cells", work=1.0)])
    for pace in (alone, whole):
        pace.told("cells", 0, total)
    clock.now = elapsed
    for pace in (alone, whole):
        pace.told("cells", done, total)
    assert whole.left() == said
    assert alone.left() == (f"{said} for this stage" if said else "")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


PLAN = [
    Ahead(stage="optimum", work=1.0, kind="independent"),
    Ahead(stage="uniform", work=0.5, kind="independent", within=25.0),
    Ahead(stage="turns", work=0.25, kind="turns", within=25.0),
    Ahead(stage="clipped", work=0.5, kind="independent", within=25.0),
    Ahead(stage="verify", work=0.5),
]


def test_the_estimate_is_of_the_whole_run() -> None:
    """Optimum 100 s at 40 of 100 after 40 s: 60 s of it, then (0.5 + 0.25 + 0.5 + 0.5) 100 s.

    Baselines are begun within 25 s of the first, so the two after uniform's 50 s are not.
    """
    clock = Clock()
    for ahead, later in (([replace(one, within=math.inf) for one in PLAN], 175.0), (PLAN, 100.0)):
        pace, clock.now = Pace(clock=clock), 0.0
        pace.plan(ahead)
        pace.told("optimum", 0, 100)
        clock.now = 40.0
        pace.told("optimum", 40, 100)
        assert pace.left() == f"about {round((60.0 + later) / 60.0)} min left"


def test_stages_go_at_the_pace_of_their_kind() -> None:
    """Turns took 40 s a unit, others 100: after both, 0.5 of each kind is 50 s and 20 s."""
    clock, pace = Clock(), None
    pace = Pace(clock=clock)
    pace.plan(
        [
            Ahead(stage="a", work=1.0, kind="x"),
            Ahead(stage="b", work=1.0, kind="turns"),
            Ahead(stage="c", work=0.5, kind="x"),
            Ahead(stage="d", work=0.5, kind="turns"),
        ]
    )
    for stage, seconds in (("a", 100.0), ("b", 40.0)):
        pace.told(stage, 0, 10)
        clock.now += seconds
        pace.told(stage, 10, 10)
    pace.told("c", 0, 10)
    assert pace.left() == "about 70 s left"


def test_rounds_before_a_checkpoint_took_no_time_now() -> None:
    """From round 50 of 100, ten rounds in 20 s: forty more take 80 s."""
    clock = Clock()
    pace = Pace(clock=clock)
    pace.plan([Ahead(stage="gvr", work=100.0)])
    pace.told("gvr", 50, 100)
    clock.now = 20.0
    pace.told("gvr", 60, 100)
    assert pace.left() == "about 80 s left"


def test_lines_come_after_a_while_and_rarely() -> None:
    clock, said = Clock(), list[str]()
    lines = Lines(clock=clock, put=said.append)
    for second in range(301):
        clock.now = float(second)
        lines("simulate optimum (1 of 3)", second, 400)
    assert said[0] == "simulate optimum (1 of 3): 2 %, about 6 min left for this stage"
    assert len(said) == 6  # after 10, 30, 70, 130, 190 and 250 seconds


def test_a_run_plans_all_that_it_does(scores: Path, monkeypatch) -> None:
    """Every stage after the plan was made is in it, in that order, and the report comes last."""
    told = Told()
    run(read_setup(scores, {"problem.budget": 2.0, "simulate.rounds": 50}), progress=told)
    (ahead,) = told.plans
    names = [one.stage for one in ahead]
    after = list(dict.fromkeys(told.stages[told.stages.index(names[0]) :]))
    assert [*after, "report"] == names
    assert names[0] == f"simulate optimum (1 of {len(names) - 2})"
    assert {one.work for one in ahead[:-2]} == {1.0}  # as many rounds each


@pytest.mark.filterwarnings("ignore:not simulated. MD")
def test_baselines_without_time_are_not_planned(scores: Path) -> None:
    told = Told()
    changes = {"problem.budget": 2.0, "simulate.rounds": 50, "simulate.baseline_seconds": 0.0}
    case = prepare(read_setup(scores, changes))
    comparison = compare_case(case)
    with pytest.warns(UserWarning, match="not simulated, as simulate.baseline_seconds is 0"):
        simulate_all(case, comparison, progress=told)
    assert [one.stage for one in told.plans[0]] == ["simulate optimum (1 of 1)"]


@dataclass
class Told:
    stages: list[str] = field(default_factory=list)
    plans: list[list[Ahead]] = field(default_factory=list)

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.stages.append(stage)

    def plan(self, ahead) -> None:
        self.plans.append(list(ahead))


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_bars_fit_and_names_are_not_obeyed(columns: int) -> None:
    """A method's name with markup and an escape, as long as a name may be."""
    from rich.console import Console

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=columns, color_system=None)
    with bars_on(console) as show:
        show("[/b] \x1b[2J " + "long " * 20, 0, 10)
        show.bars.update(show.bars.task_ids[0], left="about 59 min left for this stage")
        show.bars.refresh()
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()).replace("\r", "\n").split("\n")
    assert max(map(len, lines)) <= columns
    assert "[/b] \ufffd[2J" in screen.getvalue().replace("\u00a0", " ")
    assert any("left for this stage" in line for line in lines)


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
