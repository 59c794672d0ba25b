"""``roundlot replies``: how many clients to draw so that enough reply, and what a reply weighs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import fleet
from roundlot.cli import completion
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, Source, command
from roundlot.cli.output import say, say_json
from roundlot.cli.source import setup_of
from roundlot.folders.checks import check_file
from roundlot.solvers import stragglers
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.solvers.stragglers import ClientDraw, Stragglers, Taken

DRAWS = ("uniform", "independent")
LAWS = ("deterministic", "exponential", "shifted", "weibull", "lognormal", "pareto")
SHOWN = 12  # clients in the table, from the slowest to the fastest

Need = Annotated[int, typer.Option(min=1, help="Replies that a round needs.")]
Draw = Annotated[
    float | None,
    typer.Option(help="Clients to draw.", show_default="the least number that is enough"),
]
Deadline = Annotated[
    float | None,
    typer.Option(help="Seconds.", show_default="the earliest that is enough for --draw"),
]
Chance = Annotated[float, typer.Option(help="Of enough replies in time.")]
Design = Annotated[
    str,
    typer.Option(
        help="uniform (so many, without replacement) or independent.",
        autocompletion=completion.words(*DRAWS),
    ),
]
First = Annotated[
    bool, typer.Option("--first", help="Use the first replies only, as many as needed.")
]
Samples = Annotated[float, typer.Option(help="Samples that a client trains on before it replies.")]
Model = Annotated[
    str,
    typer.Option(
        help="How times vary: deterministic, exponential, shifted, weibull, lognormal or pareto.",
        autocompletion=completion.words(*LAWS),
    ),
]
Shift = Annotated[float | None, typer.Option(help="Fixed share of a shifted time.")]
Shape = Annotated[float | None, typer.Option(help="Of a weibull, lognormal or pareto time.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Where to write chances and weights of all clients: .csv or .parquet."),
]


@dataclass(frozen=True, kw_only=True)
class Replies(Options):
    """What ``roundlot replies`` takes."""

    source: Source = None
    need: Need
    draw: Draw = None
    deadline: Deadline = None
    chance: Chance = 0.95
    design: Design = "uniform"
    first: First = False
    samples: Samples = 100.0
    model: Model = "exponential"
    shift: Shift = None
    shape: Shape = None
    out: Out = None
    as_json: Json = False


@command
def replies(given: Replies) -> None:
    """How many clients to draw so that enough reply in time, and what a reply weighs.

    Example: roundlot replies --need 20 --deadline 60 --chance 0.95
    """
    if given.draw is None and given.deadline is None:
        raise typer.BadParameter("give --deadline, --draw, or both", param_hint="--deadline")
    if given.out is not None:
        check_file(given.out, fleet.KINDS[:2], new_folder=False)
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    crew = _clients(setup.fleet, given)
    draw, deadline = _decided(crew, given)
    taken = stragglers.taken_chances(
        crew, draw, first=given.need if given.first else None, deadline=deadline
    )
    columns = _columns(setup.fleet.clients, crew, taken)
    if given.out is not None:
        fleet.write_table(given.out, columns)
    if given.as_json:
        say_json({**_record(given, taken), "clients": _rows(columns)})
        return
    say(_text(given, taken, columns))


def _clients(whole: Any, given: Replies) -> Stragglers:
    if whole.speed is None:
        raise InvalidProblemError(
            f"fleet {whole.name!r} has no speeds; add a column speed (samples per second) to its "
            "table of clients"
        )
    if not (math.isfinite(given.samples) and given.samples > 0.0):
        raise InvalidProblemError(f"samples is {given.samples:g}; give a finite number above 0")
    return stragglers.stragglers_from_speed(
        whole.speed,
        samples=given.samples,
        model=given.model,
        per="step",
        shift=given.shift,
        shape=given.shape,
    )


def _decided(crew: Stragglers, given: Replies) -> tuple[ClientDraw, float]:
    """Draw and deadline: what is given, and the least of what is not."""
    if given.draw is None:
        assert given.deadline is not None
        draw = stragglers.least_draw(
            crew, given.need, deadline=given.deadline, chance=given.chance, design=given.design
        )
        return draw, given.deadline
    draw = stragglers.ClientDraw(design=given.design, size=given.draw, clients=crew.workers)
    if given.deadline is not None:
        return draw, given.deadline
    return draw, stragglers.least_deadline(crew, draw, given.need, chance=given.chance)


def _columns(names: tuple[str, ...], crew: Stragglers, taken: Taken) -> dict[str, Any]:
    return {
        "client": names,
        "seconds": crew.seconds,
        "drawn": taken.draw.inclusion,
        "used": taken.chances,
        "weight": taken.weights(),
    }


def _rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    values = [
        column if isinstance(column, tuple) else column.tolist() for column in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _record(given: Replies, taken: Taken) -> dict[str, Any]:
    return {
        "format": "roundlot.replies-1",
        "need": given.need,
        "design": taken.draw.design,
        "draw": taken.draw.size,
        "deadline": taken.deadline,
        "chance": taken.chance_of(given.need),
        "wanted_chance": given.chance,
        "used": taken.mean_used,
        "first": given.first,
        "error": taken.error,
    }


def _text(given: Replies, taken: Taken, columns: dict[str, Any]) -> str:
    used = f"the first {given.need} replies" if given.first else "all replies in time"
    chance = taken.chance_of(given.need)
    least = "at least " if given.draw is None else ""
    earliest = "at the earliest " if given.deadline is None else ""
    rows = sorted(_rows(columns), key=lambda row: -row["seconds"])
    step = max(1, len(rows) // SHOWN)
    lines = [
        f"draw {least}{taken.draw.size:g} of {taken.draw.clients} clients ({taken.draw.design}), "
        f"wait {earliest}{taken.deadline:.6g} s: {given.need} replies or more with chance "
        f"{chance:.6g}; used: {used}, {taken.mean_used:.4g} on average",
        table(rows[::step], {name: name for name in columns}),
        "weight: what a used reply counts, 1/(clients × chance of being drawn and used); with it "
        "the sum of replies is unbiased if times do not depend on the updates, a plain mean is not",
    ]
    if chance < given.chance:
        lines.append(f"note: {given.chance:g} was asked for: draw more or wait longer")
    if taken.error:
        lines.append(f"note: chances of being used are within {taken.error:.1g}")
    return "\n".join(lines)
