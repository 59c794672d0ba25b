"""Print the table: ``python -m benchmarks.hostile --first 0 --count 1000 [--out FILE.json]``.

``--merge A.json B.json`` prints one table of several runs.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.hostile import larger
from benchmarks.hostile.instances import LIMITS, OBJECTIVES, VALUES, Instance, draw
from benchmarks.hostile.judging import FAULTS, judged

# One in so many is compared with the cone solver.
EVERY = 25
HEAD = ("kind", "instances", "refused", "beyond float64", "worst gap", "slowest, s", *FAULTS)


def main() -> None:
    """Run a slice of seeds, or merge what runs wrote."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=1000, help="how many seeds")
    parser.add_argument("--larger", action="store_true", help="60 to 3,000 pairs, tight sums")
    parser.add_argument("--only", nargs="+", choices=OBJECTIVES, default=OBJECTIVES)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after as many")
    parser.add_argument("--out", type=Path, help="write one line for each instance, as JSON")
    parser.add_argument("--merge", type=Path, nargs="+", help="what runs wrote, instead of a run")
    given = parser.parse_args()
    if given.merge:
        records = [
            json.loads(line)
            for path in given.merge
            for line in path.read_text().split("\n")
            if line
        ]
    else:
        records = _run(given)
    print(table(records))


def _run(given: argparse.Namespace) -> list[dict[str, Any]]:
    records, end = [], time.monotonic() + given.seconds
    for seed in range(given.first, given.first + given.count):
        if time.monotonic() > end:
            break
        instance = larger.draw(seed) if given.larger else draw(seed)
        if instance.objective not in given.only:
            continue
        record = record_of(instance)
        records.append(record)
        if record["fault"] not in ("", "not offered"):
            print(json.dumps(record), flush=True)
        if given.out is not None:
            with given.out.open("a") as file:
                file.write(json.dumps(record) + "\n")
    return records


def record_of(instance: Instance) -> dict[str, Any]:
    """An instance and the verdict on it, as plain data."""
    verdict = judged(instance, cone=instance.seed % EVERY == 0)
    kind = {name: getattr(instance, name) for name in ("seed", "limits", "objective", "values")}
    gap = verdict.gap if math.isfinite(verdict.gap) else str(verdict.gap)
    return {**kind, **vars(verdict), "gap": gap}


def table(records: Iterable[dict[str, Any]]) -> str:
    """By objective, by limits and by values, with a line for all."""
    records = list(records)
    lines = [HEAD, tuple("---" for _ in HEAD), _line("all", records)]
    for by, kinds in (("objective", OBJECTIVES), ("limits", LIMITS), ("values", VALUES)):
        lines += [_line(kind, [r for r in records if r[by] == kind]) for kind in kinds]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _line(kind: str, records: list[dict[str, Any]]) -> tuple[str, ...]:
    faults = Counter(record["fault"] for record in records)
    gaps = [float(record["gap"]) for record in records if record["gap"] != "nan"]
    refused = sum(record["refused"] for record in records)
    beyond = sum(record.get("beyond", False) for record in records)
    slowest = max((record["seconds"] for record in records), default=0.0)
    return (
        kind,
        f"{len(records):,}",
        f"{refused:,}",
        f"{beyond:,}",
        f"{max(gaps, default=0.0):.1e}",
        f"{slowest:.2g}",
        *(f"{faults[fault]:,}" for fault in FAULTS),
    )


if __name__ == "__main__":
    main()
