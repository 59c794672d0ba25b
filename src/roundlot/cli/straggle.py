"""``roundlot straggle``: mini-batches that do not wait for the slowest worker."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot.cli.options import Json, Seed, Source, changes, read_setup
from roundlot.cli.output import progress_bar, say, say_json, table

if TYPE_CHECKING:
    from roundlot.straggle import StraggleResult


class Model(StrEnum):
    """Straggler models."""

    deterministic = "deterministic"
    exponential = "exponential"
    shifted = "shifted"
    pareto = "pareto"
    empirical = "empirical"


class Per(StrEnum):
    """What a straggler factor holds for."""

    step = "step"
    mini_batch = "mini-batch"


class Topology(StrEnum):
    """How workers talk."""

    ring = "ring-all-reduce"
    dpsgd = "d-psgd"
    matcha = "matcha"


class SplitName(StrEnum):
    """How the batch is split in the table of rules."""

    even = "even"
    proportional = "proportional"
    equalised = "equalised"


Out = Annotated[Path, typer.Option(help="Folder for figures and tables; must be new or empty.")]
Overwrite = Annotated[bool, typer.Option(help="Replace an earlier result in that folder.")]
WorkersCount = Annotated[
    int, typer.Option("--workers", min=1, help="Devices, from the slowest to the fastest.")
]
Batch = Annotated[int, typer.Option(min=1, help="Samples in the global batch.")]
Unit = Annotated[int, typer.Option(min=1, help="Samples in a mini-batch, the unit of work.")]
ModelName = Annotated[Model, typer.Option("--model", help="How compute times vary.")]
PerWhat = Annotated[Per, typer.Option("--per", help="A random factor per step or mini-batch.")]
Shift = Annotated[float, typer.Option(help="Fixed share of a shifted exponential time.")]
Shape = Annotated[float, typer.Option(help="Shape of Pareto times, above 1.")]
TopologyName = Annotated[Topology, typer.Option("--topology", help="How workers communicate.")]
Megabits = Annotated[float, typer.Option(min=0.0, help="Size of the model, one way.")]
DeadlineText = Annotated[str, typer.Option("--deadline", help="Seconds, or auto for the best.")]
SplitWay = Annotated[SplitName, typer.Option("--split", help="Split of the batch for the rules.")]
Target = Annotated[float, typer.Option(help="Excess loss to reach, as a share of the initial.")]
Noise = Annotated[float, typer.Option(min=0.0, help="Variance of a sample's gradient.")]
Dissimilarity = Annotated[
    float, typer.Option(min=0.0, help="How far apart the workers' optima are; the start is at 1.")
]
DrawnRounds = Annotated[int, typer.Option("--rounds", min=1, help="Rounds drawn for the verdicts.")]
TimeLimit = Annotated[float, typer.Option(min=0.1, help="Seconds for the best split's program.")]

_RULES = {
    "rule": "rule",
    "estimator": "estimator",
    "seconds": "s/round",
    "samples": "E N",
    "inverse": "E[1/N]",
    "bias": "bias",
    "variance": "variance",
    "rounds": "rounds",
    "time": "s to target",
    "relative": "relative",
}
_SPLITS = {
    "split": "split",
    "deadline": "best deadline",
    "relative": "relative",
    "deadline_gap": "its gap",
    "split_gap": "split's gap",
    "shares": "mini-batches",
}


def straggle(
    source: Source = None,
    out: Out = Path("roundlot-straggle"),
    overwrite: Overwrite = False,
    workers: WorkersCount = 8,
    batch: Batch = 256,
    unit: Unit = 4,
    model: ModelName = Model.exponential,
    per: PerWhat = Per.mini_batch,
    shift: Shift = 0.5,
    shape: Shape = 2.5,
    topology: TopologyName = Topology.ring,
    megabits: Megabits = 0.08,
    deadline: DeadlineText = "auto",
    split: SplitWay = SplitName.even,
    target: Target = 0.01,
    noise: Noise = 16.0,
    dissimilarity: Dissimilarity = 0.1,
    rounds: DrawnRounds = 80_000,
    time_limit: TimeLimit = 10.0,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Cut rounds short: deadline, fastest worker or full wait, four estimators, the best split.

    Example: roundlot straggle --workers 8 --batch 256 --model pareto --deadline auto
    """
    from roundlot.folders.checks import check_free

    check_free(out, overwrite=overwrite)
    setup = read_setup(source, changes(seed=seed))
    from roundlot.straggle import StraggleSettings, write_straggle
    from roundlot.straggle import straggle as study

    settings = StraggleSettings(
        workers=workers,
        batch=batch,
        unit=unit,
        model=model.value,
        per=per.value,
        shift=shift,
        shape=shape,
        topology=topology.value,
        model_bytes=megabits * 125_000.0,
        deadline=_seconds(deadline),
        split=split.value,
        target=target,
        noise=noise,
        dissimilarity=dissimilarity,
        rounds=rounds,
        seed=setup.seed,
        time_limit=time_limit,
    )
    with progress_bar() as progress:
        result = study(setup.fleet, settings, progress=progress)
    written = write_straggle(out, result, overwrite=overwrite)
    if as_json:
        say_json({**result.to_record(), "written": [str(path) for path in written]})
        return
    say(_text(result))
    say(f"wrote {', '.join(path.name for path in written)} in {out}")


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
    from roundlot.straggle.records import split_records

    settings, best = result.settings, result.best
    law = f"{settings.model} times per {settings.per}"
    lines = [
        f"{settings.workers} workers, {law}, {settings.batch} samples in mini-batches of "
        f"{settings.unit}, {settings.split} split; {settings.topology} takes "
        f"{result.workers.network.seconds:.4g} s",
        table(_rule_records(result), _RULES),
        _deadline_line(result),
        table([_split_record(record) for record in split_records(result)], _SPLITS),
        f"best: {result.plan.best.split.method} split, deadline "
        f"{_moment(result.plan.best.deadline.seconds)}, "
        f"{result.plan.best.deadline.value / best.full_wait:.3g} of the full wait's time",
    ]
    outcomes = [verdict.outcome for verdict in result.verdicts]
    counted = {kind: outcomes.count(kind) for kind in dict.fromkeys(outcomes)}
    lines.append("verdicts: " + ", ".join(f"{n} {kind}" for kind, n in counted.items()))
    lines += [line for one in result.verdicts if not one.passed for line in one.lines()]
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
        "deadline_gap": f"{record['deadline_gap']:.2%}",
        "split_gap": "-" if gap is None else f"{gap:.2%}",
        "shares": " ".join(map(str, shares)),
    }


def _deadline_line(result: StraggleResult) -> str:
    best = result.best
    bound = "proved bound" if best.rigorous else "bound up to the error of a lattice"
    used = "" if result.settings.deadline is None else f"; used: {_moment(result.deadline)}"
    return (
        f"best deadline for this split: {_moment(best.seconds)}, seconds × E[1/N] "
        f"{best.relative:.3g} of the full wait's, gap {best.gap:.2%} ({bound}){used}"
    )


def _moment(seconds: float) -> str:
    return "none: wait for everybody" if math.isinf(seconds) else f"{seconds:.4g} s"
