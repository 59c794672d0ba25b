"""Stop every long command at random moments: ``python -m benchmarks.kills --stops 200 --seed 0``.

Each record is a line of JSON with what was done, what it left, and whether the result after all
stops is the undisturbed one, bit for bit. The table adds them up.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.kills.attack import (
    SIGNALS,
    Stop,
    left_of,
    spent,
    started,
    stopped,
    stopped_at_rename,
)
from benchmarks.kills.jobs import JOBS, Job, Seen, lay_out

MOST = 3  # stops until a job may end
_AT_RENAME = 0.25  # of the stops of a command that writes
_HEAD = (
    "| command | stops | SIGINT | SIGTERM | SIGKILL | at a rename | slowest end "
    "| results kept | with a fault |"
)


def main() -> None:
    """Attack and print the table, or print that of earlier records."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--stops", type=int, default=200, help="of all commands together")
    parser.add_argument("--each", type=int, help="in time, of each signal and each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=tuple(JOBS), help="these commands alone")
    parser.add_argument("--out", type=Path, help="add the records here, a line of JSON each")
    parser.add_argument("--merge", type=Path, nargs="*", help="print the table of such files")
    given = parser.parse_args()
    if given.merge:
        records = [json.loads(line) for path in given.merge for line in path.open()]
    else:
        records = list(_attacked(given))
    print("\n".join(table(records)))
    sys.exit(any(record["faults"] for record in records))


def _attacked(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    names = given.only or list(JOBS)
    whole = sum(JOBS[name].weight for name in names)
    for name in names:
        share = -(-given.stops * JOBS[name].weight // whole)
        seed = f"{given.seed}/{name}"
        for record in attacked(name, share, seed, each=given.each):
            if given.out:
                with given.out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(record) + "\n")
            yield record


def attacked(
    name: str, stops: int, seed: str, *, each: int | None = None
) -> Iterator[dict[str, Any]]:
    """A job stopped so often, going on after each stop, and a new one after each `MOST`.

    With ``each``, until every signal came so often before the job was done.
    """
    job, chance = JOBS[name], random.Random(seed)
    in_time: Counter[int] = Counter()
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        inputs = Path(place) / "inputs"
        inputs.mkdir()
        lay_out(inputs)
        if "before" in job.words:
            words = ["before" if word == "out" else word for word in JOBS["run"].words]
            finished(inputs, words)
        expected, takes = _undisturbed(job, Path(place) / "whole", inputs)
        done = 0

        def is_enough() -> bool:
            if each is None:
                return done >= stops
            return min(in_time[number] for number in SIGNALS) >= each

        while not is_enough():
            folder = Path(place) / f"after-{done}"
            shutil.copytree(inputs, folder)
            for _ in range(MOST):
                number = min(SIGNALS, key=lambda one: (in_time[one], chance.random()))
                record = _one(name, job, folder, takes, number, chance, expected)
                done += 1
                in_time[number] += record["in time"]
                yield record
                if not record["in time"] or _is_done(job, folder) or is_enough():
                    break
            yield _ended(name, job, folder, expected)
            shutil.rmtree(folder)


def _is_done(job: Job, folder: Path) -> bool:
    """Whether there is nothing to begin again: what does not grow is there, and whole."""
    return job.target is not None and not job.grows and (folder / job.target).exists()


def _one(
    name: str,
    job: Job,
    folder: Path,
    takes: float,
    number: int,
    chance: random.Random,
    expected: Seen,
) -> dict[str, Any]:
    earlier = _halves(folder)  # a SIGKILL may leave them
    words = _words(job, folder)
    if job.target is not None and chance.random() < _AT_RENAME:
        stop = stopped_at_rename(folder, words, number, chance)
    else:
        stop = stopped(folder, words, takes, number, chance)
    return {
        "command": name,
        "signal": signal.Signals(stop.number).name,
        "to all": stop.to_all,
        "at": stop.at,
        "moment": round(stop.moment, 4),
        "code": stop.code,
        "in time": stop.in_time,
        "seconds": round(stop.seconds, 3),
        "faults": stop.faults() + _left(job, folder, stop, expected, earlier),
        "errors": stop.errors[-300:] if stop.faults() else "",
    }


def _halves(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob(".*") if ".part" in path.name or ".old" in path.name}


def _left(job: Job, folder: Path, stop: Stop, expected: Seen, earlier: set[str]) -> list[str]:
    """What a stop left that should not be there: halves, or a result that is another one."""
    found = []
    parts = sorted(_halves(folder) - earlier)
    if parts and stop.number != signal.SIGKILL:
        found.append(f"left {parts[:3]}")
    place = folder / (job.target or "none")
    if place.exists() and not job.grows and job.seen(place) != expected:
        found.append("a result that is not whole")
    return found


def _ended(name: str, job: Job, folder: Path, expected: Seen) -> dict[str, Any]:
    """Let the job end, and compare."""
    code, said = 0, ""
    place = folder / (job.target or "none")
    if job.target is not None and (job.grows or not place.exists()):
        code, said = finished(folder, _words(job, folder))
    faults = [f"exit code {code} at the end: {said[-300:]}"] if code else []
    seen = job.seen(place) if job.target is not None and not code else {}
    if not code and seen != expected:
        wrong = {key for key in seen.keys() | expected.keys() if seen.get(key) != expected.get(key)}
        faults.append(f"another result: {sorted(wrong)[:5]}")
    return {"command": name, "kept": len(seen), "same": not faults, "faults": faults}


def _undisturbed(job: Job, folder: Path, inputs: Path) -> tuple[Seen, float]:
    """What the job gives, and the seconds of its processor that it takes."""
    shutil.copytree(inputs, folder)
    running = started(folder, job.words)
    takes = 0.0
    while running.poll() is None:  # what it prints is less than a pipe holds
        takes = max(takes, _finite(spent(running.pid)))
        time.sleep(0.01)
    if running.returncode:
        raise SystemExit(f"{job.words} ends with {running.returncode}: {running.communicate()[1]}")
    running.communicate()
    return job.seen(folder / job.target) if job.target else {}, takes


def _finite(value: float) -> float:
    return value if value < float("inf") else 0.0


def finished(folder: Path, words: list[str] | tuple[str, ...]) -> tuple[int, str]:
    """The exit code of a command that nobody stops, and its last words."""
    running = started(folder, words)
    errors = running.communicate()[1]
    left_of(running.pid)
    return running.returncode, errors


def _words(job: Job, folder: Path) -> tuple[str, ...]:
    """The command; it goes on if there is something to go on with."""
    place = folder / (job.target or "none")
    return job.words + (job.again if place.exists() else ())


def table(records: list[dict[str, Any]]) -> list[str]:
    """A line a command."""
    lines = [_HEAD, "|" + "---|" * _HEAD.count(" | ") + "---|"]
    for name in dict.fromkeys(record["command"] for record in records):
        ours = [record for record in records if record["command"] == name]
        stops = [record for record in ours if record.get("in time")]  # not after the end
        count = [
            sum(record["signal"] == which for record in stops)
            for which in ("SIGINT", "SIGTERM", "SIGKILL")
        ]
        cells = (
            *(name, len(stops), *count),
            sum("rename" in record.get("at", "") for record in stops),
            f"{max((record['seconds'] for record in stops), default=0.0):.1f} s",
            f"{sum(record.get('same', False) for record in ours)} of "
            f"{sum('same' in record for record in ours)}",
            sum(bool(record["faults"]) for record in ours),
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


if __name__ == "__main__":
    main()
