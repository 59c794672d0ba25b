"""``roundlot train``: federated training by setup, several methods over several seeds."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli import completing
from roundlot.cli.options import Budget, Design, Device, Json, Seed, changes
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.theory import InvalidProblemError, RoundlotWarning
from roundlot.user_text import printable

if TYPE_CHECKING:
    from roundlot.simulate.training import Processes
    from roundlot.train import TrainingResult, TrainSetup

SetupName = Annotated[
    str | None,
    typer.Argument(
        help="The name of a shipped setup (see --list) or a TOML file; digits if left out.",
        show_default=False,
        autocompletion=completing.training_setups,
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for histories, tables, figures and the page.")]
Seeds = Annotated[
    int | None, typer.Option(min=1, help="How many seeds.", show_default="from the setup")
]
Methods = Annotated[
    str | None,
    typer.Option(
        help="Methods to train, with commas between.",
        show_default="from the setup",
        autocompletion=completing.methods,
    ),
]
Rounds = Annotated[
    int | None, typer.Option(min=1, help="Rounds of training.", show_default="from the setup")
]
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="auto, plain, vmapped, batched or fused: what trains the clients.",
        show_default="from the setup",
        autocompletion=completing.words("auto", "plain", "vmapped", "batched", "fused"),
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
Measure = Annotated[
    bool,
    typer.Option("--measure", help="Measure every step against full participation; takes longer."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an earlier training in that folder.")
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


WIDTH = 120  # of the table, where the terminal says less or is none


def train(
    setup: SetupName = None,
    out: Out = Path("roundlot-train"),
    seeds: Seeds = None,
    methods: Methods = None,
    rounds: Rounds = None,
    budget: Budget = None,
    seed: Seed = None,
    design: Design = None,
    device: Device = None,
    engine: EngineName = None,
    full: Full = False,
    data: Data = None,
    measure: Measure = False,
    resume: Resume = False,
    processes: HowMany = 1,
    list_: List = False,
    as_json: Json = False,
) -> None:
    """Train several models on many clients by several methods, and write a report.

    Example: roundlot train digits --methods random,gvr --rounds 20 --out result
    """
    from roundlot.train.setup import load_train_setup
    from roundlot.train.workers_setup import has_workers

    if list_:
        _list(as_json)
        return
    if _helped():
        return
    if has_workers(setup or "digits"):
        from roundlot.cli.train import train_with_workers

        if processes > 1:
            raise typer.BadParameter("--processes is for setups with clients, not with [workers]")
        run = changes(run__seeds=seeds, run__rounds=rounds, run__device=device, run__engine=engine)
        run |= changes(run__measure=measure or None, seed=seed, workers__budget=budget)
        train_with_workers(
            str(setup), out, run, methods, design=design, full=full, resume=resume, as_json=as_json
        )
        return
    wanted = load_train_setup(setup or "digits")
    wanted = wanted.at_full_size() if full else wanted
    wanted = wanted if data is None else wanted.with_data(data)
    wanted = wanted.replaced(
        changes(
            run__seeds=seeds,
            run__rounds=rounds,
            run__budget=budget,
            run__design=design,
            run__device=device,
            run__engine=engine,
            run__measure=measure or None,
            seed=seed,
        )
    )
    if methods is not None:
        wanted = _with_methods(wanted, methods)
    result = _trained(wanted, out, resume=resume, processes=processes)
    if as_json:
        say_json({"report": str(out / "index.html"), **result.to_record()})
        return
    _show(result, out)


def _helped() -> bool:
    """Under torchrun, all processes but the first help it, and have nothing to print or write."""
    if os.environ.get("RANK", "0") == "0":
        return False
    from roundlot.simulate.processes.rendezvous import torchrun
    from roundlot.simulate.training import Processes

    if torchrun() is None:
        return False
    with Processes() as crew:
        crew.help_until_closed()
    return True


def _trained(setup: TrainSetup, out: Path, *, resume: bool, processes: int) -> TrainingResult:
    from roundlot.train.folder import check_free

    check_free(out, resume=resume)
    from roundlot.train.job import run_training

    try:
        with _crew(processes) as crew, progress_bar() as progress:
            return run_training(setup, out, resume=resume, progress=progress, processes=crew)
    except KeyboardInterrupt:
        if out.exists():
            say(f"what is done is kept in {out}; the same command with --resume goes on")
        raise


def _crew(processes: int) -> Processes:
    from roundlot.simulate.processes.rendezvous import torchrun
    from roundlot.simulate.training import Processes

    return Processes(None if processes == 1 and torchrun() is not None else processes)


def _with_methods(setup: TrainSetup, names: str) -> TrainSetup:
    """The setup with these methods only; its baseline goes if it is not among them."""
    from roundlot.theory import InvalidProblemError
    from roundlot.train.sources import chosen

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise InvalidProblemError(f"--methods is {names!r}; give names such as random,gvr")
    tables = [
        {"method": one.method, "name": one.name, **one.settings}
        for one in chosen(setup.methods, wanted)
    ]
    baseline = setup.run.baseline if setup.run.baseline in wanted else None
    return setup.replaced({"run.baseline": baseline, "methods": tables})


def _list(as_json: bool) -> None:
    from roundlot.setup.document import shipped_setups
    from roundlot.simulate.methods import METHODS
    from roundlot.simulate.workers import WORKER_METHODS

    setups, own = shipped_setups(), list(WORKER_METHODS)
    if as_json:
        say_json({"setups": setups, "methods": list(METHODS), "worker_methods": own})
        return
    width = max(map(len, setups))
    for name, about in setups.items():
        say(f"{name:<{width}}  {about}")
    say(f"methods: {', '.join(METHODS)}")
    say(f"methods with [workers]: {', '.join(own)}")


def _show(result: TrainingResult, out: Path) -> None:
    from rich.console import Console

    from roundlot.train.terminal import summary_table

    for warning in result.warnings:
        say(f"note: {warning}")
    console = Console()
    Console(width=max(console.width, WIDTH)).print(summary_table(result))
    for verdict in result.verdicts.values():
        say("\n".join(verdict.lines()))
    say(result.headline())
    say(f"report: {out / 'index.html'}")


if TYPE_CHECKING:
    from rich.table import Table

    from roundlot.train import WorkersResult
    from roundlot.train.workers_setup import WorkersSetup

MANY = 1000  # workers; up to there links take seconds


def train_with_workers(
    source: str,
    out: Path,
    changed: Mapping[str, Any],
    methods: str | None,
    *,
    design: str | None,
    full: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Train the workers of a setup by its methods and write the report.

    Raises:
        InvalidProblemError: as `load_workers_setup` and `run_workers`; a design, which workers do
            not draw by.
    """
    from roundlot.train.folder import check_free
    from roundlot.train.workers_job import run_workers
    from roundlot.train.workers_setup import load_workers_setup

    if design is not None:
        raise InvalidProblemError("--design is for federations; workers draw links by matchings")
    wanted = load_workers_setup(source)
    wanted = (wanted.at_full_size() if full else wanted).replaced(changed)
    if methods is not None:
        wanted = wanted.with_methods([name.strip() for name in methods.split(",") if name.strip()])
    check_free(out, resume=resume)
    _say_what_takes_long(wanted)
    try:
        with progress_bar() as progress:
            result = run_workers(wanted, out, resume=resume, progress=progress)
    except KeyboardInterrupt:
        if out.exists():
            say(f"what is done is kept in {out}; the same command with --resume goes on")
        raise
    if as_json:
        say_json({"report": str(out / "index.html"), **result.to_record()})
        return
    _show_workers(result, out)


def _say_what_takes_long(setup: WorkersSetup) -> None:
    count = setup.workers.count
    if count > MANY and any(source.gossips for source in setup.methods):
        warnings.warn(
            f"the links of {count} workers take eigenvalues of {count} x {count} tables, time "
            "that grows with the cube: minutes from 2000 workers on; fewer are faster",
            RoundlotWarning,
            stacklevel=2,
        )


def _show_workers(result: WorkersResult, out: Path) -> None:
    from rich.console import Console

    for warning in result.warnings:
        say(f"note: {warning}")
    console = Console()
    Console(width=max(console.width, 150)).print(_workers_table(result))
    for verdict in result.verdicts.values():
        say("\n".join(verdict.lines()))
    for row in result.mixing:
        if "refused" in row:
            say(f"{row['method']}: no rate: {row['refused']}")
        elif "rate" in row:
            say(f"{row['method']}: mean squared gradient at most {row['rate']:.4g} by theory")
    say(result.headline())
    say(f"report: {out / 'index.html'}")


def _workers_table(result: WorkersResult) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    columns = {"objective": "objective", "worst_loss": "worst loss"}
    if result.classifies:
        columns |= {"accuracy": "accuracy", "worst_accuracy": "worst"}
    if result.baseline is not None:
        columns["objective_gap"] = f"over {result.baseline}"
    table.add_column("method", no_wrap=True)
    costs = ["MB", "seconds", *(["s to target"] if result.target is not None else [])]
    for heading in (*columns.values(), *costs):
        table.add_column(escape(printable(heading)), justify="right", no_wrap=True)
    for row in result.summary():
        cells = [_cell(row, key) for key in columns]
        cells += [f"{row['bytes'] / 1e6:,.1f}", f"{row['seconds']:,.1f}"]
        if result.target is not None:
            seconds = row["seconds_to_target"]
            cells.append(f"{seconds:,.1f}" if seconds < float("inf") else "never")
        biased = " *" if row["label"].startswith("biased") else ""
        table.add_row(escape(printable(f"{row['method']}{biased}")), *cells)
        if biased:
            table.caption = "* biased"
    return table


def _cell(row: Mapping[str, Any], key: str) -> str:
    mean, half = row[key], row[f"{key}_half"]
    sign = "+" if key.endswith("_gap") else ""
    return f"{mean:{sign}.4g}" + (f" ± {half:.2g}" if half == half else "")
