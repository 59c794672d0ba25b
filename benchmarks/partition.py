"""Partition of 50,000 points: seconds and memory; the lazy greedy beside the plain one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.harness import Row, at_least, at_most, duration, megabytes, minima
from roundlot.solvers.partition import apportion, gaussian_similarity
from roundlot.solvers.partition.deals import greedy_facility

CLASSES, EACH, WORKERS = 10, 5_000, 10
CHILD = """
import json, sys, time
import numpy as np
from benchmarks.partition import clusters, speeds
from roundlot.solvers import make_partition
from roundlot.solvers.partition import gaussian_similarity
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
classes, each = int(sys.argv[1]), int(sys.argv[2])
kept = {"neighbours": int(sys.argv[4])} if len(sys.argv) > 4 else {}
options = {"method": sys.argv[3], **kept}
make_partition(*clusters(2, 60), speeds(), **options)
x, y = clusters(classes, each)
before = peak()
begin = time.perf_counter()
made = make_partition(x, y, speeds(), **options)
taken, grown = time.perf_counter() - begin, peak() - before
begin = time.perf_counter()
for one in range(classes):
    gaussian_similarity(x[y == one], made.bandwidth, **kept)
alone = time.perf_counter() - begin
assert made.verify()
print(json.dumps([taken, alone, grown, made.gap]))
"""


def rows() -> Iterator[Row]:
    """Ten classes, one large class by its neighbours, and the plain greedy on a smaller class."""
    what = f"{CLASSES * EACH:,} points, {CLASSES} classes"
    yield from _large(what, CLASSES, EACH)
    yield from _large(f"{what}, exchanges", CLASSES, EACH, method="exchange")
    yield from _large("20,000 points, one class, 50 neighbours", 1, 20_000, 50)
    for size in (500, 1_000, 2_000):
        yield _lazy(size)


def clusters(classes: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of 32 dimensions, twenty clusters of unlike size in every class."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(20))
    parts = [
        3.0 * rng.normal(size=32)
        + rng.normal(size=(20, 32))[rng.choice(20, each, p=shares)]
        + 0.7 * rng.normal(size=(each, 32))
        for _ in range(classes)
    ]
    return np.concatenate(parts), np.repeat(np.arange(classes), each)


def speeds() -> np.ndarray:
    """Ten workers, the fastest three times as fast as the slowest."""
    return np.random.default_rng(1).lognormal(0.0, 0.5, WORKERS)


def _large(
    what: str, classes: int, each: int, neighbours: int | None = None, *, method: str = "greedy"
) -> Iterator[Row]:
    arguments = [
        str(classes),
        str(each),
        method,
        *([] if neighbours is None else [str(neighbours)]),
    ]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], check=True, capture_output=True, text=True
    )
    taken, alone, grown, gap = json.loads(done.stdout.splitlines()[-1])
    every = 4 * (classes * each) ** 2
    yield Row(
        what=f"{what}, gap {gap:.1%}",
        measured=duration(taken),
        against=f"similarities: {duration(alone)}",
        ratio=taken / alone,
        goal="<= 300 s",
        holds=taken <= 300.0,
    )
    yield at_least("memory", megabytes(grown), f"all pairs: {megabytes(every)}", every / grown, 4.0)


def _lazy(size: int) -> Row:
    similarity = gaussian_similarity(clusters(1, size)[0], 4.0)
    room = apportion([size], speeds())[:, 0]
    taken = minima(
        {
            "lazy": lambda: greedy_facility(similarity, room),
            "plain": lambda: greedy_facility(similarity, room, lazy=False),
        },
        repeats=3,
    )
    return at_most(
        f"lazy greedy, {size:,} points in a class", taken["lazy"], "plain", taken["plain"], 1.0
    )
