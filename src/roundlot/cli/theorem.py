"""What ``roundlot bound NAME`` says: claim, proof, figure; numbers by hand or of a fleet."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from roundlot import plot, run, theory
from roundlot.cli.columns import table, width
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.files import write_text
from roundlot.folders.checks import check_file
from roundlot.setup.reading import existing_file
from roundlot.theory.errors import AssumptionError, ConvergenceError, InfeasibleError
from roundlot.theory.proofs.named_numbers import NAMED_NUMBERS
from roundlot.theory.proofs.requirements import Index
from roundlot.theory.proofs.units import LEGEND, Quantity
from roundlot.user_text import cells

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run import FleetNumbers, Joined
    from roundlot.theory import Theorem
    from roundlot.theory.proofs.domain import Parameter

_REASONS = 6  # in one line: one for each kind of design, and one of the numbers
_COLUMNS = {
    "method": "numbers",
    "bound": "bound",
    "step": "best step",
    "local_steps": "local steps",
    "rounds": "rounds",
    "attained": "attained",
    "gap": "gap",
}
_LOWER = {"bound": "at least", "local_steps": "local steps, at least", "rounds": "rounds, at least"}
_LISTED = {"name": "name", "relation": "relation", "title": "title"}
_FIGURES = (".svg", ".pdf", ".png")


def say_given(
    theorem: Theorem, own: Mapping[str, float], target: float | None, *, as_json: bool
) -> None:
    """The bound for numbers given by hand; with a target, the rounds that reach it.

    Raises:
        AssumptionError: numbers that are missing, or outside the proven range.
        InfeasibleError: the bound never gets to the target.
    """
    to_target = target is not None and bool(run.counter(theorem))
    run.require_given(theorem, own, to_target=to_target)
    row = {"method": "given", **_value(theorem, own, target)}
    if as_json:
        say_json(_record(theorem, target, [row]))
    else:
        say(_heading(theorem, target, "") + "\n" + _rows(theorem, [row], own))


def say_fleet(
    theorem: Theorem,
    setup: FleetSetup,
    own: Mapping[str, float],
    target: float | None,
    *,
    as_json: bool,
) -> None:
    """The same for every method of a fleet, or the reason why the theorem refuses it.

    Raises:
        AssumptionError: what the theorem needs and nobody tells; no method that it covers.
    """
    theorem.domain.admit_each(own)
    run.require_joinable(theorem, run.tellable(setup), own, to_target=target is not None)
    numbers = _surveyed(setup)
    rows = rows_on_fleet(theorem, numbers, own, target)
    if all("refused" in row for row in rows):
        raise typer.BadParameter(_nobody(theorem, rows))
    if as_json:
        record = _record(theorem, target, rows)
        say_json(
            record | {"skipped": numbers.skipped, "assumed": run.assumed(theorem, numbers, own)}
        )
    else:
        say(_text(theorem, rows, numbers, own, target))


def _surveyed(setup: FleetSetup) -> FleetNumbers:
    with progress_bar() as progress:
        return run.fleet_numbers(run.prepare(setup, progress=progress))


def rows_on_fleet(
    theorem: Theorem, fleet: FleetNumbers, own: Mapping[str, float], target: float | None
) -> list[dict[str, Any]]:
    """A row per method: a number, or ``refused`` with the reason."""
    joined = run.join(theorem, fleet, own, to_target=target is not None)
    return [{"method": one.method, **_outcome(theorem, one, target)} for one in joined]


def _outcome(theorem: Theorem, joined: Joined, target: float | None) -> dict[str, Any]:
    """A number, or what refuses it."""
    if joined.refusal:
        return {"refused": joined.refusal}
    goal = target
    if target is not None and theorem.requirements.left.relative:
        goal = target * joined.numbers["initial"]
    try:
        return _value(theorem, joined.numbers, goal)
    except AssumptionError as error:
        return {"refused": str(error)}
    except InfeasibleError:
        return {"rounds": math.inf}


def _value(theorem: Theorem, numbers: Mapping[str, float], target: float | None) -> dict[str, Any]:
    if target is None:
        return {"bound": theorem.evaluate(**numbers), **_lower(theorem, numbers)}
    plain = {name: value for name, value in numbers.items() if name != run.counter(theorem)}
    takes = {p.name for p in theorem.domain.numbers}
    found: dict[str, Any] = {}
    if "step" in takes - set(plain) and run.counter(theorem):
        found["step"], count = theory.best_step(theorem, target, **plain)
    else:
        count = theory.least_round(theorem, target, **plain)
    then = {**numbers, **found, run.counter(theorem): count}
    return found | _counted(theorem, numbers, count) | _lower(theorem, then)


def _lower(theorem: Theorem, numbers: Mapping[str, float]) -> dict[str, Any]:
    """What is attained in the theorem's class, and by what; nothing where no instance is known."""
    if not theory.has_lower_bound(theorem):
        return {}
    try:
        lower = theory.lower_bound(theorem, **numbers)
    except (AssumptionError, ConvergenceError) as error:  # the bound itself stands
        return {"attained": None, "gap": None, "not_attained": str(error)}
    names = {"attained": lower.value, "gap": lower.gap}
    return {**names, "attained_by": lower.attained_by, "attained_for": lower.scope}


def _counted(theorem: Theorem, numbers: Mapping[str, float], count: int) -> dict[str, Any]:
    """Rounds; where the theorem counts local steps, these and the whole rounds they take."""
    if theorem.requirements.index is not Index.LOCAL_STEP or "local_steps" not in numbers:
        return {"rounds": count}
    return {"local_steps": count, "rounds": math.ceil(count / numbers["local_steps"])}


def _record(
    theorem: Theorem, target: float | None, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    left = theorem.requirements.left
    return {
        "theorem": theorem.name,
        "bounds": left.quantity.value,
        "unit": left.unit,
        "target": target,
        "at_least": theorem.claim.lower,
        "methods": rows,
    }


def _heading(theorem: Theorem, target: float | None, share: str) -> str:
    goal = "" if target is None else f", to {target:.4g}{share}"
    return f"theorem {theorem.name}: {theorem.claim.text}{_unit(theorem)}{goal}"


def _unit(theorem: Theorem) -> str:
    left = theorem.requirements.left
    unit = f", in {left.unit}" if left.unit not in ("", "1") else ""
    return f" ({left.quantity}{unit})"


def _rows(theorem: Theorem, rows: Sequence[Mapping[str, Any]], own: Mapping[str, float]) -> str:
    shown = [row for row in rows if "refused" not in row]
    named = _COLUMNS | _LOWER if theorem.claim.lower else _COLUMNS
    columns = {key: name for key, name in named.items() if any(key in row for row in shown)}
    text = "\n".join([table(shown, columns), *_from_below(theorem, shown)])
    if theorem.requirements.index is Index.LOCAL_STEP and "bound" in columns and "round" in own:
        each = own.get("local_steps", math.nan)
        text += (
            f"\nafter t = {own['round']:,.0f} local steps, {each:g} a round: "
            f"{math.floor(own['round'] / each):,} whole rounds"
        )
    return text


def _from_below(theorem: Theorem, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """By which function or fleet ``attained`` is, each once; or why there is none."""
    if not theory.has_lower_bound(theorem):
        return [f"from below: {theory.no_lower_bound(theorem)}"]
    known = [row for row in rows if row.get("attained_by")]
    found = dict.fromkeys((row["attained_for"], row["attained_by"]) for row in known)
    missing = dict.fromkeys(row["not_attained"] for row in rows if "not_attained" in row)
    lines = [f"attained, and {scope} cannot do better than: {by}" for scope, by in found]
    return [*lines, *(f"from below: {reason}" for reason in missing)]


def _text(
    theorem: Theorem,
    rows: list[dict[str, Any]],
    fleet: FleetNumbers,
    own: Mapping[str, float],
    target: float | None,
) -> str:
    relative = theorem.requirements.left.relative
    share = " of the start" if relative else ", absolute: not a share of the start"
    lines = [_heading(theorem, target, share), _rows(theorem, rows, own)]
    lines += [f"refused: {row['method']} {row['refused']}" for row in rows if "refused" in row]
    if fleet.skipped:
        lines.append(f"not compared: {', '.join(fleet.skipped)} (roundlot compare says why)")
    return "\n".join([*lines, *(f"assumed: {text}" for text in run.assumed(theorem, fleet, own))])


def _nobody(theorem: Theorem, rows: list[dict[str, Any]]) -> str:
    """One line: each reason once, with the methods it refuses."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reasons.setdefault(row["refused"], []).append(row["method"])
    ordered = sorted(reasons, key=lambda reason: -len(reasons[reason]))
    if len(ordered) == 1:
        return f"{theorem.name}: {ordered[0]}"
    parts = [f"{', '.join(reasons[reason])}: {reason}" for reason in ordered[:_REASONS]]
    more = len(ordered) - _REASONS
    parts += [f"{more} more reasons for others"] if more > 0 else []
    return f"{theorem.name} covers no method here; " + "; ".join(parts)


def say_list(*, as_json: bool) -> None:
    """Every theorem on one line; its title below it where lines are too narrow for that."""
    records = [{"name": t.name, "relation": t.relation, "title": t.title} for t in theory.CATALOGUE]
    numbers = [
        {"name": name, "unit": one.unit, "in_words": one.words, "meaning": one.meaning}
        for name, one in sorted(NAMED_NUMBERS.items())
    ]
    if as_json:
        say_json({"theorems": records, "numbers": numbers})
        return
    say(table(records, _LISTED) if _fits(records) else "\n".join(map(_listed, records)))
    say("\nNumbers (--with NAME=NUMBER), with their units")
    say("\n".join(f"  {n['name']} [{_both(n)}]: {n['meaning']}" for n in numbers))
    say(LEGEND)


def _both(number: Mapping[str, str]) -> str:
    """The unit as it is written, and in words."""
    unit, words = number["unit"], number["in_words"]
    return words if unit == "1" else f"{unit}: {words}"


def _fits(records: Sequence[Mapping[str, str]]) -> bool:
    """Whether no title of a table is broken."""
    return max(map(cells, table(records, _LISTED, within=1_000_000).split("\n"))) <= width()


def _listed(record: Mapping[str, str]) -> str:
    return f"{record['name']} ({record['relation']})\n  {record['title']}"


def find(name: str) -> Theorem:
    """The theorem of that name, or a usage error that gives the nearest names.

    Raises:
        InvalidProblemError: a pipe, a device or a socket has that name.
    """
    known = {theorem.name: theorem for theorem in theory.CATALOGUE}
    if name in known:
        return known[name]
    if Path(name).exists() and not Path(name).is_dir():
        existing_file(name, "fleet")
    near = get_close_matches(name, known)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise typer.BadParameter(f"no theorem {name!r}; {hint}--list names all {len(known)}")


def own_numbers(theorem: Theorem, pairs: Sequence[str]) -> dict[str, float]:
    """``name=number`` or ``name=number unit`` pairs as plain numbers under the theorem's names.

    Raises:
        AssumptionError: another unit than that of the number, or a name that does not tell it.
    """
    found = theorem.domain.plain(dict(map(_pair, pairs)))
    known = [p.name for p in theorem.domain.numbers]
    unknown = [name for name in found if name not in known]
    if unknown:
        raise typer.BadParameter(
            f"{theorem.name} has no number {' and no number '.join(map(repr, unknown))}; it takes "
            f"{', '.join(known)}"
        )
    return found


def other_names(pairs: Sequence[str], own: Mapping[str, float]) -> str:
    """What was given under another name than the theorem's, and what it tells."""
    known = [(name, value) for name, value in map(_pair, pairs) if name not in own]
    given = {pair[0] for pair in map(_pair, pairs)}
    told = [name for name in own if name not in given]
    return "; ".join(
        f"{form} {value.number if isinstance(value, Quantity) else value:g}: {name} {own[name]:.6g}"
        for (form, value), name in zip(known, told, strict=True)
    )


def _pair(pair: str) -> tuple[str, float | Quantity]:
    name, _, text = pair.partition("=")
    number, _, unit = text.strip().partition(" ")
    try:
        value = float(number)
    except ValueError:
        raise typer.BadParameter(
            f"{pair!r}: write --with NAME=NUMBER, or with a unit --with 'step=0.1 x²/F'"
        ) from None
    return name.strip(), Quantity(number=value, unit=unit) if unit else value


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
        "units": {p.name: p.unit for p in theorem.domain.numbers},
        "proof": theorem.proof(),
        "multipliers": {k: [str(m) for m in v] for k, v in theorem.multipliers.items()},
        "reference": theorem.reference,
    }


def describe(theorem: Theorem) -> str:
    """Claim, assumptions and the numbers that an evaluation needs."""
    lines = [theorem.title, "", theorem.setting, "", f"{theorem.relation}: {theorem.statement()}"]
    lines += ["", "Assume", *(f"  - {text}" for text in theorem.assumptions)]
    lines += ["", "Numbers (--with NAME=NUMBER)"]
    lines += [f"  {p.name}: {_number(p)}" for p in theorem.domain.numbers]
    below = (
        "with numbers, what a function or fleet of its class attains, and the gap"
        if theory.has_lower_bound(theorem)
        else theory.no_lower_bound(theorem)
    )
    return "\n".join([*lines, "", f"From below: {below}", "", f"Source: {theorem.reference}"])


def _number(parameter: Parameter) -> str:
    words = parameter.unit_in_words
    unit = f" [{parameter.unit}: {words}]" if parameter.unit != "1" else f" [{words}]"
    forms = f"; or give {' or '.join(parameter.forms)}" if parameter.forms else ""
    return f"{parameter.meaning}{unit if words not in ('', 'none') else ''}{forms}"


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
