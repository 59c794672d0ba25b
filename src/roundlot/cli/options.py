"""Arguments and options that several commands share, so that they read alike everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli import completing

Source = Annotated[
    Path | None,
    typer.Argument(
        help="A setup (.toml) or a table of scores (.csv, .parquet, .npy); the shipped fleet if "
        "left out.",
        show_default=False,
        autocompletion=completing.sources,
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(help="Most draws expected in a round.", show_default="from the setup"),
]
Floor = Annotated[
    float | None,
    typer.Option(help="Least probability of every available pair.", show_default="from the setup"),
]
Cap = Annotated[
    float | None,
    typer.Option(
        "--processor-cap",
        help="Most draws expected of one processor.",
        show_default="from the setup",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, help="Seed of everything random.", show_default="from the setup"),
]
Rounds = Annotated[
    int | None,
    typer.Option(min=1, help="Rounds to draw.", show_default="as many as the verdict needs"),
]
Device = Annotated[
    str | None,
    typer.Option(
        help="auto, cpu or cuda.",
        show_default="from the setup",
        autocompletion=completing.words("auto", "cpu", "cuda"),
    ),
]
Design = Annotated[
    str | None,
    typer.Option(
        help="independent, systematic, ordered systematic, pivotal, rounding, sampford, "
        "conditional poisson or turns: same probabilities, other draws.",
        show_default="each method's own",
        autocompletion=completing.designs,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def changes(**given: Any) -> dict[str, Any]:
    """The setup's keys that the command line changes; double underscores stand for dots."""
    return {key.replace("__", "."): value for key, value in given.items() if value is not None}


if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup


def read_setup(source: Path | None, changes: Mapping[str, Any]) -> FleetSetup:
    """The shipped setup, one from a TOML file, or one around a plain table of scores."""
    from roundlot.fleet import default_setup, load_setup, scores_setup

    if source is None:
        setup = default_setup()
    elif source.suffix == ".toml":
        setup = load_setup(source)
    else:
        setup = scores_setup(source)
    return setup.replaced(changes) if changes else setup
