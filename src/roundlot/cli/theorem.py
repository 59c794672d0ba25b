"""What ``roundlot bound NAME`` says of one theorem: its claim, proof, number, figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from roundlot.cli.output import say, say_json, table

if TYPE_CHECKING:
    from roundlot.theory.theorem import Theorem

_COUNTERS = ("round", "rounds")
GIVEN = "given"
_FIGURES = (".svg", ".pdf", ".png")


def say_list(*, as_json: bool) -> None:
    """Every theorem on one line."""
    from roundlot.theory.theorems import CATALOGUE

    records = [{"name": t.name, "relation": t.relation, "title": t.title} for t in CATALOGUE]
    if as_json:
        say_json(records)
    else:
        say(table(records, {"name": "name", "relation": "relation", "title": "title"}))


def find(name: str) -> Theorem:
    """The theorem of that name, or a usage error that gives the nearest names."""
    from roundlot.theory.theorems import CATALOGUE, named

    names = [theorem.name for theorem in CATALOGUE]
    if name in names:
        return named(name)
    near = get_close_matches(name, names)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise typer.BadParameter(f"no theorem {name!r}; {hint}--list names all {len(names)}")


def refuse_unknown(theorem: Theorem, numbers: Mapping[str, float]) -> None:
    """A usage error for a number that the theorem has no place for."""
    known = [p.name for p in theorem.domain.parameters]
    unknown = [name for name in numbers if name not in known]
    if unknown:
        raise typer.BadParameter(
            f"{theorem.name} has no number {unknown[0]!r}; it takes {', '.join(known)}"
        )


def given_numbers(pairs: Sequence[str]) -> dict[str, float]:
    """``name=number`` or ``name=number unit`` pairs as a dictionary of plain numbers."""
    from roundlot.theory.units import Quantity, without_unit

    found = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        number, _, unit = text.strip().partition(" ")
        try:
            value = float(number)
        except ValueError:
            raise typer.BadParameter(
                f"{pair!r}: write --with NAME=NUMBER, or with a unit --with 'step=0.1 x²/F'"
            ) from None
        key = name.strip()
        found[key] = float(without_unit(key, Quantity(number=value, unit=unit) if unit else value))
    return found


def record(theorem: Theorem) -> dict[str, Any]:
    """A theorem for programs."""
    return {
        "name": theorem.name,
        "title": theorem.title,
        "relation": theorem.relation,
        "statement": theorem.statement(),
        "latex": theorem.latex(),
        "assumptions": theorem.assumptions,
        "numbers": {p.name: p.meaning for p in theorem.domain.parameters},
        "proof": theorem.proof(),
        "multipliers": {k: [str(m) for m in v] for k, v in theorem.multipliers.items()},
        "reference": theorem.reference,
    }


def describe(theorem: Theorem) -> str:
    """Claim, assumptions and the numbers that an evaluation needs."""
    lines = [theorem.title, "", theorem.setting, "", f"{theorem.relation}: {theorem.statement()}"]
    lines += ["", "Assume", *(f"  - {text}" for text in theorem.assumptions)]
    lines += ["", "Numbers (--with NAME=NUMBER)"]
    lines += [f"  {p.name}: {p.meaning}" for p in theorem.domain.parameters]
    return "\n".join([*lines, "", f"Source: {theorem.reference}"])


def evaluated(
    theorem: Theorem, rows: Mapping[str, Mapping[str, float]], target: float | None
) -> list[dict[str, Any]]:
    """The bound for every row of numbers; with a target, the rounds that reach it.

    Raises:
        typer.BadParameter: a number is missing.
        AssumptionError: a number is outside the proven range, or the theorem counts no rounds.
    """
    found: list[dict[str, Any]] = []
    for label, numbers in rows.items():
        free_step = label != GIVEN and target is not None and "step" not in numbers
        used = _used(theorem, numbers, without_rounds=target is not None, without_step=free_step)
        if label != GIVEN and math.inf in used.values():  # a method that never draws somebody
            found.append({"method": label})
        elif target is None:
            found.append({"method": label, "bound": theorem.evaluate(**used)})
        else:
            found.append({"method": label, **_reached(theorem, target, used, label)})
    return found


def _reached(
    theorem: Theorem, target: float, used: dict[str, float], label: str
) -> dict[str, float]:
    """Rounds to the target, with the best step where none is given; none for a method that fails.

    Numbers given by hand that cannot reach it raise.
    """
    from roundlot.theory.errors import InfeasibleError
    from roundlot.theory.rounds_search import COUNTERS, least_round
    from roundlot.theory.step_search import best_step

    takes = {p.name for p in theorem.domain.parameters}
    try:
        if "step" in takes - set(used) and takes & set(COUNTERS):
            step, rounds = best_step(theorem, target, **used)
            return {"step": step, "rounds": rounds}
        return {"rounds": least_round(theorem, target, **used)}
    except InfeasibleError:
        if label == GIVEN:
            raise
        return {"rounds": math.inf}


def _used(
    theorem: Theorem, numbers: Mapping[str, float], *, without_rounds: bool, without_step: bool
) -> dict[str, float]:
    needed = list(theorem.domain.parameters)
    if without_rounds:
        needed = [p for p in needed if p.name not in _COUNTERS]
    if without_step:
        needed = [p for p in needed if p.name != "step" or p.name in numbers]
    missing = [p for p in needed if p.name not in numbers]
    if missing:
        raise typer.BadParameter(
            f"{theorem.name} needs {missing[0].name} ({missing[0].meaning}): "
            f"--with {missing[0].name}=NUMBER"
        )
    return {p.name: numbers[p.name] for p in needed}


def check_plot(out: Path) -> None:
    """Refuse now what drawing would refuse after the work."""
    from roundlot.places import check_file

    if out.suffix.lower() not in _FIGURES:
        raise typer.BadParameter(f"--plot {out}: end it in {', '.join(_FIGURES)}")
    check_file(out)


def draw(theorem: Theorem, out: Path) -> None:
    """The bound beside what it bounds, as SVG, PDF or PNG."""
    from roundlot.plot.canvas import figure_of
    from roundlot.plot.style import save_figure
    from roundlot.plot.theorem import plot_theorem

    save_figure(figure_of(plot_theorem(theorem)), out)
    say(f"wrote {out}")
