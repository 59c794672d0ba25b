"""``roundlot train``: training by setup, of clients or workers, several methods, several seeds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from roundlot import train as trainings
from roundlot.cli import completion
from roundlot.cli.columns import table
from roundlot.cli.options import Design, Json, Options, Seed, command, setting
from roundlot.cli.output import kept_when_interrupted, progress_bar, say, say_json
from roundlot.cli.source import say_shipped
from roundlot.loggers import LogSection
from roundlot.setup.document import shipped_setups
from roundlot.simulate import training
from roundlot.simulate.methods import METHODS
from roundlot.simulate.workers import WORKER_METHODS
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.theory.text import plural
from roundlot.train.sections import RunSection, StopSection
from roundlot.user_text import cells, padded

if TYPE_CHECKING:
    from roundlot.simulate.training import Processes
    from roundlot.train import TrainingResult, TrainSetup, WorkersResult, WorkersSetup

Kind = TypeVar("Kind", "TrainSetup", "WorkersSetup")

SetupName = Annotated[
    str | None,
    typer.Argument(
        help="The name of a shipped setup (see --list) or a TOML file; digits if left out.",
        show_default=False,
        autocompletion=completion.training_setups,
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for histories, tables, figures and the page.")]
Methods = Annotated[
    str | None,
    typer.Option(
        help="Methods to train, with commas between.",
        show_default="from the setup",
        autocompletion=completion.methods,
    ),
]
Full = Annotated[
    bool,
    typer.Option(
        "--full", help="The setup's full size: its section [full]; papers' setups need --data."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder of data sets, for setups that read them.", show_default=False),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue an earlier training in that folder.")
]
Plan = Annotated[
    bool,
    typer.Option(
        "--plan", help="Play the first rounds of every method, say what all will take, and stop."
    ),
]
HowMany = Annotated[
    int,
    typer.Option(
        "--processes",
        min=1,
        help="How many processes train the clients, with a GPU each where there are several.",
    ),
]
List = Annotated[bool, typer.Option("--list", help="Print the shipped setups and methods.")]
DEFAULT = "digits"
MANY = 1000  # workers; up to there links take seconds


@dataclass(frozen=True, kw_only=True)
class Train(Options):
    """What ``roundlot train`` takes."""

    setup: SetupName = None
    out: Out = Path("roundlot-train")
    seeds: Annotated[int | None, setting(RunSection, "seeds")] = None
    methods: Methods = None
    rounds: Annotated[int | None, setting(RunSection, "rounds")] = None
    budget: Annotated[float | None, setting(RunSection, "budget")] = None
    seed: Seed = None
    design: Design = None
    device: Annotated[
        str | None,
        setting(RunSection, "device", autocompletion=completion.words("auto", "cpu", "cuda")),
    ] = None
    engine: Annotated[str | None, setting(RunSection, "engine")] = None
    precision: Annotated[str | None, setting(RunSection, "precision")] = None
    full: Full = False
    data: Data = None
    measure: Annotated[bool, setting(RunSection, "measure", "--measure", show_default=True)] = False
    stop_metric: Annotated[str | None, setting(StopSection, "metric", "--stop-metric")] = None
    patience: Annotated[
        int | None, setting(StopSection, "patience", "--patience", show_default="no early stop")
    ] = None
    min_delta: Annotated[float | None, setting(StopSection, "min_delta", "--min-delta")] = None
    resume: Resume = False
    plan: Plan = False
    log: Annotated[str | None, setting(LogSection, "to", "--log")] = None
    processes: HowMany = 1
    list_: List = False
    as_json: Json = False


@command
def train(given: Train) -> None:
    """Train several models on many clients by several methods, and write a report.

    Example: roundlot train digits --methods random,gvr --rounds 20 --out result
    """
    if given.list_:
        _list(given.as_json)
    elif not _helped():
        setup = trainings.load_training(given.setup or DEFAULT)
        if given.setup is None:
            say_shipped("setup", DEFAULT, "a setup (.toml)", as_json=given.as_json)
        if isinstance(setup, trainings.WorkersSetup):
            _train_workers(setup, given)
        else:
            _train_clients(setup, given)


def _train_clients(setup: TrainSetup, given: Train) -> None:
    setup = setup.at_full_size() if given.full else setup
    setup = setup if given.data is None else setup.with_data(given.data)
    changes = given.changes()
    if given.design is not None:
        changes["run.design"] = given.design
    setup = _with_methods(setup.replaced(changes), given.methods)
    if given.plan:
        _require_whole(given)
        _show_plan(setup, given.as_json)
        return
    trainings.training_folder(given.out).require_free(resume=given.resume)
    with kept_when_interrupted(given.out), _crew(given.processes) as crew, progress_bar() as shown:
        result = trainings.run_training(
            setup, given.out, resume=given.resume, progress=shown, processes=crew
        )
    if given.as_json:
        say_json({"report": str(given.out / "index.html"), **result.to_record()})
        return
    _show(result, given.out)


def _require_whole(given: Train) -> None:
    """A plan is of a whole run by one process: what would be left, or shared, it does not know."""
    if given.resume:
        raise InvalidProblemError("--plan is of a whole run; leave out --resume")
    if given.processes > 1:
        raise InvalidProblemError("--plan is of a run by one process; leave out --processes")


def _train_workers(setup: WorkersSetup, given: Train) -> None:
    if given.processes > 1:
        raise typer.BadParameter("--processes is for setups with clients, not with [workers]")
    if given.plan:
        raise InvalidProblemError("--plan is for federations, not for a setup with [workers]")
    if given.design is not None:
        raise InvalidProblemError("--design is for federations; workers draw links by matchings")
    changes = given.changes()
    if "run.budget" in changes:  # of links, where no clients are drawn
        changes["workers.budget"] = changes.pop("run.budget")
    setup = (setup.at_full_size() if given.full else setup).replaced(changes)
    setup = _with_methods(setup, given.methods)
    setup.require_used(list(changes))
    trainings.training_folder(given.out).require_free(resume=given.resume)
    _say_what_takes_long(setup)
    with kept_when_interrupted(given.out), progress_bar() as shown:
        result = trainings.run_workers(setup, given.out, resume=given.resume, progress=shown)
    if given.as_json:
        say_json({"report": str(given.out / "index.html"), **result.to_record()})
        return
    _show_workers(result, given.out)


def _helped() -> bool:
    """Under torchrun, all processes but the first help it, and have nothing to print or write."""
    if os.environ.get("RANK", "0") == "0" or training.torchrun() is None:
        return False
    with training.Processes() as crew:
        crew.help_until_closed()
    return True


def _crew(processes: int) -> Processes:
    alone = processes == 1 and training.torchrun() is not None
    return training.Processes(None if alone else processes)


def _with_methods(setup: Kind, names: str | None) -> Kind:
    """The setup with the methods of a list with commas between; all without one."""
    if names is None:
        return setup
    listed = [name.strip() for name in names.split(",") if name.strip()]
    if not listed:
        raise InvalidProblemError(f"--methods is {names!r}; give names such as random,gvr")
    return setup.with_methods(listed)


def _list(as_json: bool) -> None:
    setups, own = shipped_setups(), list(WORKER_METHODS)
    if as_json:
        say_json({"setups": setups, "methods": list(METHODS), "worker_methods": own})
        return
    width = max(map(cells, setups))
    for name, about in setups.items():
        say(f"{padded(name, width)}  {about}")
    say(f"methods: {', '.join(METHODS)}")
    say(f"methods with [workers]: {', '.join(own)}")


def _show(result: TrainingResult, out: Path) -> None:
    for warning in result.warnings:
        say(f"note: {warning}")
    _say_diverged(result)
    if note := result.stop_note():
        say(f"note: {note}")
    _say_rows(*trainings.summary_rows(result))
    if not result.alike:
        _say_rows(*trainings.model_rows(result))
    if result.spreads():
        _say_rows(*trainings.spread_rows(result))
    for verdict in result.verdicts.values():
        say("\n".join(verdict.lines()))
    for row in result.privacy:
        if row["epsilon"] == row["epsilon"]:
            say(f"{row['method']}: epsilon {row['epsilon']:.4g} at delta {row['delta']:g}")
    say(result.headline())
    say(f"report: {out / 'index.html'}", whole=True)


def _show_plan(setup: TrainSetup, as_json: bool) -> None:
    with progress_bar() as shown:
        plan = trainings.planned(setup, progress=shown)
    if as_json:
        say_json(plan)
        return
    for model in plan["models"]:
        say(
            f"{model['model']}: {model['parameters']:,} parameters, {model['samples']:,} samples "
            f"of {model['clients']:,} of {plan['clients']:,} clients; engine {model['engine']}"
        )
    _say_rows(trainings.planned_rows(plan), trainings.HEADINGS)
    first = plan["methods"][0]
    span, size = trainings.span, trainings.size
    about = "models may stop early; at most about" if plan["stops_early"] else "about"
    say(
        f"data {size(first['data_bytes'])}, parameters {size(first['parameter_bytes'])}; data are "
        f"made in {span(plan['data_seconds'])}, engines chosen in {span(plan['engine_seconds'])}, "
        f"tables, figures and page made in {span(plan['report_seconds'])}"
    )
    say(
        f"{plan['rounds']:,} rounds, {plan['seeds']} {plural(plan['seeds'], 'seed')}: {about} "
        f"{span(plan['seconds'])} and {size(plan['peak_bytes'])} of RAM in all by one process"
    )


def _say_what_takes_long(setup: WorkersSetup) -> None:
    count = setup.workers.count
    if count > MANY and any(source.gossips for source in setup.methods):
        warn(
            f"the links of {count} workers take eigenvalues of {count} x {count} tables, time "
            "that grows with the cube: minutes from 2000 workers on; fewer are faster"
        )


def _show_workers(result: WorkersResult, out: Path) -> None:
    for warning in result.warnings:
        say(f"note: {warning}")
    _say_diverged(result)
    _say_rows(*trainings.workers_rows(result))
    for verdict in result.verdicts.values():
        say("\n".join(verdict.lines()))
    for row in result.mixing:
        if "spread" in row:
            say(
                f"{row['method']}: the matrices that were drawn have column drift "
                f"{row['column_drift']:.3g} and leave at most {row['spread']:.4g} of the squared "
                "distance between workers, on average over rounds"
            )
        if "refused" in row:
            say(f"{row['method']}: no rate: {row['refused']}")
        elif "rate" in row:
            say(f"{row['method']}: mean squared gradient at most {row['rate']:.4g} by theory")
    say(result.headline())
    say(f"report: {out / 'index.html'}", whole=True)


def _say_diverged(result: TrainingResult | WorkersResult) -> None:
    for one in result.diverged:
        say(f"{one}; {one.method} is in no table")


def _say_rows(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> None:
    say(table(rows, columns, spare=[key for key in trainings.SPARE if key in columns]))
    if any(row["method"].endswith(" *") for row in rows):
        say("* biased")
