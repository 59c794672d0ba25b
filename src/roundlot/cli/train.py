"""``roundlot train``: federated training by setup, several methods over several seeds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot.cli import completing
from roundlot.cli.options import Budget, Design, Device, Json, Seed, changes
from roundlot.cli.output import progress_bar, say, say_json

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
    from roundlot.train.workers_setup import workers_document

    if list_:
        _list(as_json)
        return
    if _helped():
        return
    if workers_document(setup or "digits") is not None:
        from roundlot.cli.train_workers import train_with_workers

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
    from roundlot.simulate.training import Processes
    from roundlot.simulate.training.rendezvous import torchrun

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
    from roundlot.simulate.training import Processes
    from roundlot.simulate.training.rendezvous import torchrun

    return Processes(None if processes == 1 and torchrun() is not None else processes)


def _with_methods(setup: TrainSetup, names: str) -> TrainSetup:
    """The setup with these methods only; its baseline goes if it is not among them."""
    from roundlot.theory import InvalidProblemError
    from roundlot.train.method_source import chosen

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
    from roundlot.simulate.methods import METHODS
    from roundlot.simulate.workers import WORKER_METHODS
    from roundlot.train.document import shipped_setups

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
