"""``roundlot audit``: does somebody's sampler do what it claims?"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import fleet, simulate, verify
from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.progress import Ahead, plan
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.cells import Role

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

REFUTED = 1

Target = Annotated[
    str, typer.Argument(help="The sampler as module:function, found from this directory too.")
]
Probabilities = Annotated[
    Path | None,
    typer.Option(
        help="Claimed inclusion probabilities: .csv, .parquet or .npy.", show_default="none"
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        help="Every client's weight if all take part; the mean weights must equal these.",
        show_default="none",
    ),
]
Clients = Annotated[
    int | None,
    typer.Option(min=1, help="How many clients, if no table says it.", show_default="from tables"),
]
MostDraws = Annotated[
    float | None, typer.Option(help="Most draws of a round.", show_default="unlimited")
]
AuditRounds = Annotated[
    int | None,
    typer.Option(min=1, help="Rounds to draw.", show_default="as many as the verdict needs"),
]


@dataclass(frozen=True, kw_only=True)
class Audit(Options):
    """What ``roundlot audit`` takes."""

    target: Target
    probabilities: Probabilities = None
    weights: Weights = None
    clients: Clients = None
    budget: MostDraws = None
    every_draw: Annotated[
        bool, typer.Option("--every-draw", help="The budget holds in every round.")
    ] = False
    form: Annotated[
        str,
        typer.Option(
            help="How to read a draw: auto, indices, mask, pairs, choices, weighted, coefficients "
            "or aggregate."
        ),
    ] = "auto"
    replacement: Annotated[
        bool, typer.Option("--replacement", help="A client may be drawn several times in a round.")
    ] = False
    design: Annotated[
        str | None,
        typer.Option(
            help="The claimed design: independent, systematic, ...; tested if independent.",
            show_default="no claim",
        ),
    ] = None
    rarest: Annotated[
        float | None,
        typer.Option(
            help="Smallest inclusion probability, if none are claimed.",
            show_default="not stated",
        ),
    ] = None
    rounds: AuditRounds = None
    discrepancy: Annotated[
        float, typer.Option(help="Relative error that the audit must be able to see.")
    ] = 0.05
    false_alarm: Annotated[
        float, typer.Option(help="Probability that a correct sampler is refuted.")
    ] = 1e-9
    seed: Annotated[int, typer.Option(min=0, help="Seed of what the sampler is given.")] = 0
    as_json: Json = False


@command
def audit(given: Audit) -> None:
    """Draw from a sampler and check its probabilities, weights and budget.

    Exit code 1 if a claim is refuted, 2 if the question makes no sense or a draw cannot be read,
    else 0: also if the rounds were too few to tell ("inconclusive"). What the sampler prints goes
    to standard error. Names in a column called client may be returned instead of indices.

    Example: roundlot audit my_sampler:draw --probabilities p.csv
    """
    if given.every_draw and given.budget is None:
        raise typer.BadParameter("--every-draw needs a --budget that every draw is to keep")
    with redirect_stdout(sys.stderr):
        sampler = load(given.target)
    claimed = _table(given.probabilities, "probabilities")
    weights = _table(given.weights, "weights")
    with progress_bar() as progress, redirect_stdout(sys.stderr):
        plan(progress, [Ahead(stage="audit", work=1.0)])
        report = verify.audit(
            sampler,
            claimed=claimed,
            weights=weights,
            n_clients=given.clients,
            budget=given.budget,
            budget_rule="every draw" if given.every_draw else "average",
            form=given.form,
            names=_names(given.probabilities) or _names(given.weights),
            replacement=given.replacement,
            design=given.design,
            rarest=given.rarest,
            rounds="auto" if given.rounds is None else given.rounds,
            discrepancy=given.discrepancy,
            false_alarm=given.false_alarm,
            seed=given.seed,
            progress=lambda done, total: progress("audit", done, total),
        )
    if given.as_json:
        say_json(report.to_dict())
    else:
        say(report)
    if report.refuted:
        raise typer.Exit(REFUTED)


def load(target: str) -> Any:
    """The object that ``module:name`` names; the current directory is searched first.

    Raises:
        InvalidProblemError: no colon, no such module or name, a module that fails to import or
            exits.
    """
    module_name, colon, name = target.partition(":")
    if not (module_name and colon and name):
        raise InvalidProblemError(f"target is {target!r}; write it as module:function")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found: Any = import_module(module_name)
        for part in name.split("."):
            if not hasattr(found, part):
                raise InvalidProblemError(
                    f"{target}: there is no {part!r}; {closest(part, _public(found))}"
                )
            found = getattr(found, part)
    except InvalidProblemError:
        raise
    except (Exception, SystemExit) as error:
        raise InvalidProblemError(
            f"cannot import {module_name!r}: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(here)
    return found


def _public(thing: Any) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def _table(path: Path | None, name: str) -> npt.NDArray[np.float64] | None:
    """A numeric table; columns called client or processor are left out."""
    if path is None:
        return None
    import numpy as np

    if not path.exists():
        raise InvalidProblemError(f"{name}: no file {path}")
    if path.suffix == ".npy":
        try:
            return np.asarray(simulate.load_array(path), dtype=np.float64)
        except (OSError, TypeError, ValueError) as error:
            raise InvalidProblemError(f"{name}: {path} is no table of numbers: {error}") from error
    table = fleet.read_table(path, name)
    kept = [c for c in table.columns if c.lower() not in ("client", "processor")]
    if not kept:
        raise InvalidProblemError(f"{name}: {path} has no column of numbers; add one per model")
    if len(kept) == len(table.columns) and all(map(_is_number, kept)):
        raise InvalidProblemError(
            f"{name}: the first line of {path} is {','.join(kept)!r}; put names of columns there"
        )
    numbers = table.numbers(kept, role=Role.SCORE)
    # An empty cell is not available: nobody is drawn there.
    return np.where(np.isnan(numbers), 0.0, numbers)


def _names(path: Path | None) -> list[str] | None:
    """What the column client or processor of a table says, if its entries differ."""
    if path is None or path.suffix == ".npy":
        return None
    table = fleet.read_table(path, "names")
    for column in table.columns:
        if column.lower() in ("client", "processor"):
            found = [str(one) for one in table.texts(column)]
            return found if len(set(found)) == len(found) else None
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
