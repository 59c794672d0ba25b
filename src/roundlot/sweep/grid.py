"""The cells of a sweep: every setup by every value, seed, method and design, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from roundlot import simulate, solvers
from roundlot.setup.reading import closest
from roundlot.sweep.setup import OWN, VARIANCE, SweepSetup
from roundlot.sweep.sources import (
    Shelf,
    Source,
    digest,
    fleet_source,
    read_fleet_setup,
    read_training_setup,
    training_source,
)
from roundlot.theory import InvalidProblemError

OPTIMUM = "optimum"
ROUNDS = 1000
MOST_CELLS = 1_000_000
_FORMAT = "roundlot.sweep.cell/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One computation, a few names: what it starts from is looked up where it is computed.

    Attributes:
        key: a digest of everything that the result depends on.
        source: the place of its setup in the grid's ``sources``.
        method, design, seed, rounds: what is computed; "" and 0 where they do not apply.
        device: where rounds are drawn.
    """

    key: str
    source: int
    method: str
    design: str
    seed: int
    rounds: int
    device: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """All cells in the order of their rows, their setups, and the tables that travel with them."""

    kind: str
    cells: tuple[Cell, ...]
    sources: tuple[Source, ...]
    contents: Mapping[str, bytes]
    varied: tuple[str, ...]

    def labels(self, cell: Cell) -> dict[str, Any]:
        """The columns that say what a row is of."""
        source = self.sources[cell.source]
        row: dict[str, Any] = {"key": cell.key, "setup": source.label, **source.varied}
        row["method"] = cell.method
        if self.kind == VARIANCE:
            row["design"] = cell.design
        return row | {"seed": cell.seed}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of ``labels``, the key left out."""
        design = ("design",) if self.kind == VARIANCE else ()
        return ("setup", *self.varied, "method", *design, "seed")

    def in_turn(self, cells: Sequence[Cell]) -> list[Cell]:
        """Cells that share fleet and updates one after the other, so that these are kept."""
        first: dict[tuple[str, int], int] = {}
        for place, cell in enumerate(cells):
            first.setdefault((self.sources[cell.source].base, cell.seed), place)
        return sorted(cells, key=lambda cell: first[self.sources[cell.source].base, cell.seed])


def lay_out(setup: SweepSetup) -> Grid:
    """The grid of a sweep. Setups and their tables are read here; a bad one is refused.

    Raises:
        InvalidProblemError: a setup, a value to vary, a method or a design that does not fit; two
            setups of one name; more than a million cells.
    """
    shelf = Shelf()
    sources = tuple(_sources(setup, shelf))
    designs = _designs(setup.section.designs) if setup.kind == VARIANCE else ()
    cells: dict[str, Cell] = {}
    for number, source in enumerate(sources):
        for seed, cell in product(setup.section.seeds, _pairs(setup, source, designs)):
            made = _cell(number, source, seed, *cell, setup)
            cells.setdefault(made.key, made)
        if len(cells) > MOST_CELLS:
            raise InvalidProblemError(f"there are more than {MOST_CELLS:,} cells; vary less")
    return Grid(
        kind=setup.kind,
        cells=tuple(cells.values()),
        sources=sources,
        contents=shelf.contents,
        varied=tuple(setup.varied),
    )


def _sources(setup: SweepSetup, shelf: Shelf) -> Iterator[Source]:
    labels = _labels(setup.section.setups or ())
    combinations = [
        dict(zip(setup.varied, values, strict=True)) for values in product(*setup.varied.values())
    ]
    for name, label in labels.items():
        if setup.kind == VARIANCE:
            base = read_fleet_setup(name, setup.folder)
            methods = _methods(setup.section.methods)
            for varied in combinations:
                changes = {**setup.fixed, **varied}
                yield fleet_source(base, label, changes, varied, methods, shelf)
            continue
        trained = read_training_setup(name, setup.folder, setup.section)
        for varied in combinations:
            changes = {**setup.fixed, **varied}
            yield training_source(trained, label, changes, varied, setup.section)


def _labels(names: Sequence[str]) -> dict[str, str]:
    """What rows call a setup: a file's name without its suffix."""
    labels = {name: Path(name).stem if Path(name).suffix else name for name in names}
    for name, label in labels.items():
        if list(labels.values()).count(label) > 1:
            raise InvalidProblemError(
                f"sweep.setups: {name!r} and another are both called {label!r}; rename one file"
            )
    return labels


def _methods(wanted: tuple[str, ...] | str | None) -> tuple[str, ...]:
    known = (OPTIMUM, *(method.name for method in solvers.APPROXIMATIONS))
    if wanted is None or wanted == "all":
        return known
    for name in wanted:
        if name not in known:
            raise InvalidProblemError(
                f"sweep.methods: no method is called {name!r}; {closest(name, known)}"
            )
    return tuple(wanted)


def _designs(wanted: tuple[str, ...] | str | None) -> tuple[str, ...]:
    known = tuple(design.name for design in simulate.DESIGNS)
    if wanted is None:
        return (OWN,)
    if wanted == "all":
        return known
    for name in wanted:
        if name not in (OWN, *known):
            raise InvalidProblemError(
                f"sweep.designs: no design is called {name!r}; {closest(name, (OWN, *known))}"
            )
    return tuple(wanted)


def _pairs(setup: SweepSetup, source: Source, designs: Sequence[str]) -> list[tuple[str, str]]:
    """Methods with designs that they can be drawn by; one that has only its own comes once."""
    if setup.kind != VARIANCE:
        return [(method, "") for method in source.methods]
    own = {OPTIMUM: "independent"} | {one.name: str(one.design) for one in solvers.APPROXIMATIONS}
    drawable = {design.name for design in simulate.DESIGNS}
    return [
        (method, own[method] if design == OWN or own[method] not in drawable else design)
        for method in source.methods
        for design in designs
    ]


def _cell(
    number: int, source: Source, seed: int, method: str, design: str, setup: SweepSetup
) -> Cell:
    drawn = setup.kind == VARIANCE
    rounds = (ROUNDS if setup.section.rounds is None else setup.section.rounds) if drawn else 0
    device = (setup.section.device or "cpu") if drawn else ""
    table = source.methods[method] or method
    what = [_FORMAT, source.kind, source.identity, table, design, seed, rounds, device]
    return Cell(
        key=digest(what),
        source=number,
        method=method,
        design=design,
        seed=seed,
        rounds=rounds,
        device=device,
    )
