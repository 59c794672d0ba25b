"""``roundlot straggle``: mini-batches that do not wait for the slowest worker."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot import jobs
from roundlot import straggle as study
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Keys, Options, Overwrite, Seed, Source, command
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import setup_of
from roundlot.fleet.straggle_section import StraggleSettings
from roundlot.folders import ResultFolder
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.straggle import StraggleResult

Out = Annotated[Path, typer.Option(help="Folder for figures and tables; must be new or empty.")]
Megabits = Annotated[
    float | None, typer.Option(min=0.0, help="Size of the model, one way.", show_default="0.08")
]
Deadline = Annotated[
    str | None, typer.Option(help="Seconds, or auto for the best.", show_default="auto")
]
_BYTES = 125_000.0  # in a megabit

_RULES = {
    "rule": "rule",
    "estimator": "estimator",
    "seconds": "s/round",
    "samples": "samples",
    "inverse": "1/samples",
    "bias": "bias",
    "variance": "variance",
    "rounds": "rounds",
    "time": "s to target",
    "relative": "relative",
}
#: Of the verdicts that are neither supported nor refuted; why is in run.json and --json.
_UNSURE = {"claim": "inconclusive", "estimate": "drawn", "expected": "predicted"}
_SPLITS = {
    "split": "split",
    "deadline": "best deadline",
    "relative": "relative",
    "deadline_gap": "its gap",
    "split_gap": "split's gap",
    "shares": "mini-batches",
}


@dataclass(frozen=True, kw_only=True)
class Straggle(Options):
    """What ``roundlot straggle`` takes; the keys of its settings are options, too."""

    source: Source = None
    out: Out = Path("roundlot-straggle")
    overwrite: Overwrite = False
    settings: Annotated[Keys, StraggleSettings]
    megabits: Megabits = None
    deadline: Deadline = None
    seed: Seed = None
    as_json: Json = False


@command
def straggle(given: Straggle) -> None:
    """How long to wait for slow workers: deadlines, estimators, the best split of a batch.

    Example: roundlot straggle --workers 8 --batch 256 --model pareto --deadline auto
    """
    ResultFolder(path=given.out, overwrite=given.overwrite).require_free()
    keys = {f"straggle.{name}": value for name, value in given.settings.items()}
    setup = setup_of(given.source, {**given.changes(), **keys}, as_json=given.as_json)
    own = setup.straggle or StraggleSettings()
    settings = replace(
        own,
        model_bytes=own.model_bytes if given.megabits is None else given.megabits * _BYTES,
        deadline=own.deadline if given.deadline is None else _seconds(given.deadline),
        seed=setup.seed,
    )
    with progress_bar() as progress:
        # a path on the command line is from here, one in a setup from there
        folder = Path() if "trace" in given.settings else setup.folder
        result = jobs.STRAGGLERS.run(setup.fleet, settings, folder=folder, progress=progress)
    written = jobs.STRAGGLERS.write(given.out, result, overwrite=given.overwrite)
    if given.as_json:
        say_json({**result.to_record(), "written": [str(path) for path in written]})
        return
    say(_text(result))
    say(f"wrote {', '.join(path.name for path in written)} in {given.out}")


def _seconds(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r}: give seconds, or auto", param_hint="--deadline"
        ) from None


def _text(result: StraggleResult) -> str:
    settings, best = result.settings, result.best
    law = f"{settings.model} times per {settings.per}"
    crew = result.workers.speed.size
    lines = [
        f"{crew} {plural(crew, 'worker')}, {law}, {settings.batch} "
        f"{plural(settings.batch, 'sample')} in mini-batches of "
        f"{settings.unit}, {settings.split} split; {settings.topology} takes "
        f"{result.workers.network.seconds:.4g} s",
        table(_rule_records(result), _RULES),
        _deadline_line(result),
        table([_split_record(record) for record in study.split_records(result)], _SPLITS),
        f"best: {result.plan.best.split.method} split, deadline "
        f"{_moment(result.plan.best.deadline.seconds)}, "
        f"{result.plan.best.deadline.value / best.full_wait:.3g} of the full wait's time",
    ]
    outcomes = [verdict.outcome for verdict in result.verdicts]
    counted = {kind: outcomes.count(kind) for kind in dict.fromkeys(outcomes)}
    lines.append("verdicts: " + ", ".join(f"{n} {kind}" for kind, n in counted.items()))
    lines += [line for one in result.verdicts if one.outcome == "refuted" for line in one.lines()]
    unsure = [asdict(one) for one in result.verdicts if one.outcome == "inconclusive"]
    lines += [table(unsure, _UNSURE)] if unsure else []
    lines += [f"note: {row.note}" for row in result.rows if row.note]
    return "\n".join([*lines, *(f"note: {note}" for note in result.notes)])


def _rule_records(result: StraggleResult) -> list[dict[str, object]]:
    unit = result.settings.unit
    return [
        {
            "rule": row.rule,
            "estimator": row.estimator,
            "seconds": row.seconds,
            "samples": row.units * unit,
            "inverse": row.mean_inverse / unit,
            "bias": "-" if math.isnan(row.bias) else f"{row.bias:.2%}",
            "variance": row.variance,
            "rounds": "never" if math.isinf(row.time.rounds) else f"{row.time.rounds:,.0f}",
            "time": "-" if math.isinf(row.time.seconds) else f"{row.time.seconds:,.4g}",
            "relative": "-" if not math.isfinite(row.relative) else f"{row.relative:.3f}",
        }
        for row in result.rows
    ]


def _split_record(record: dict[str, object]) -> dict[str, object]:
    shares = record["shares"]
    assert isinstance(shares, list)
    deadline, gap = record["deadline"], record["split_gap"]
    assert isinstance(deadline, float)
    return {
        **record,
        "deadline": _moment(deadline),
        "relative": f"{record['relative']:.3f}",
        "deadline_gap": f"{max(float(str(record['deadline_gap'])), 0.0):.2%}",
        "split_gap": "-" if gap is None else f"{max(float(str(gap)), 0.0):.2%}",
        "shares": " ".join(map(str, shares)),
    }


def _deadline_line(result: StraggleResult) -> str:
    best = result.best
    bound = "proved bound" if best.rigorous else "bound up to the error of a lattice"
    used = "" if result.settings.deadline is None else f"; used: {_moment(result.deadline)}"
    return (
        f"best deadline for this split: {_moment(best.seconds)}, seconds × 1/samples "
        f"{best.relative:.3g} of the full wait's, gap {max(best.gap, 0.0):.2%} ({bound}){used}"
    )


def _moment(seconds: float) -> str:
    return "none: wait for all workers" if math.isinf(seconds) else f"{seconds:.4g} s"
