"""What ``roundlot bound NAME`` says of one theorem: its claim, proof, number, figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from roundlot import plot, theory
from roundlot.cli.output import say, say_json, table
from roundlot.folders.atomic import write_text
from roundlot.folders.checks import check_file
from roundlot.theory.proofs.domain import Quantity, without_unit

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem

_FIGURES = (".svg", ".pdf", ".png")


def say_list(*, as_json: bool) -> None:
    """Every theorem on one line."""
    records = [{"name": t.name, "relation": t.relation, "title": t.title} for t in theory.CATALOGUE]
    if as_json:
        say_json(records)
    else:
        say(table(records, {"name": "name", "relation": "relation", "title": "title"}))


def find(name: str) -> Theorem:
    """The theorem of that name, or a usage error that gives the nearest names."""
    known = {theorem.name: theorem for theorem in theory.CATALOGUE}
    if name in known:
        return known[name]
    near = get_close_matches(name, known)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise typer.BadParameter(f"no theorem {name!r}; {hint}--list names all {len(known)}")


def refuse_unknown(theorem: Theorem, numbers: Mapping[str, float]) -> None:
    """A usage error for a number that the theorem has no place for."""
    known = [p.name for p in theorem.domain.numbers]
    unknown = [name for name in numbers if name not in known]
    if unknown:
        raise typer.BadParameter(
            f"{theorem.name} has no number {unknown[0]!r}; it takes {', '.join(known)}"
        )


def given_numbers(pairs: Sequence[str]) -> dict[str, float]:
    """``name=number`` or ``name=number unit`` pairs as a dictionary of plain numbers."""
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
        "numbers": {p.name: p.meaning for p in theorem.domain.numbers},
        "proof": theorem.proof(),
        "multipliers": {k: [str(m) for m in v] for k, v in theorem.multipliers.items()},
        "reference": theorem.reference,
    }


def describe(theorem: Theorem) -> str:
    """Claim, assumptions and the numbers that an evaluation needs."""
    lines = [theorem.title, "", theorem.setting, "", f"{theorem.relation}: {theorem.statement()}"]
    lines += ["", "Assume", *(f"  - {text}" for text in theorem.assumptions)]
    lines += ["", "Numbers (--with NAME=NUMBER)"]
    lines += [f"  {p.name}: {p.meaning}" for p in theorem.domain.numbers]
    return "\n".join([*lines, "", f"Source: {theorem.reference}"])


def write_proof(theorem: Theorem, file: Path) -> None:
    """The proof as data, for the kernel or for somebody else's checker."""
    write_text(file, json.dumps(theorem.document(), ensure_ascii=False, indent=1) + "\n")


def check_plot(out: Path) -> None:
    """Refuse now what drawing would refuse after the work."""
    if out.suffix.lower() not in _FIGURES:
        raise typer.BadParameter(f"--plot {out}: end it in {', '.join(_FIGURES)}")
    check_file(out)


def draw(theorem: Theorem, out: Path) -> None:
    """The bound beside what it bounds, as SVG, PDF or PNG."""
    plot.save_figure(plot.figure_of(plot.plot_theorem(theorem)), out)
    say(f"wrote {out}")


def check_rocq(out: Path) -> None:
    """Refuse a place for a Rocq file before the work; an earlier file is never replaced."""
    check_file(out, (".v",))
    if out.exists():
        raise FileExistsError(f"{out} exists; choose another name")


def write_rocq(theorem: Theorem, out: Path) -> None:
    """Statement and proof as a file that ``coqc`` compiles."""
    write_text(out, theory.rocq.document(theorem))
    say(f"wrote {out}; coqc {out} replays the proof")
