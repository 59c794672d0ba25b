"""Simulated rounds per second beside the machine's own matrix product, in one run.

Dense: every round a float32 product of N weights with the directions. Reduced: the same after QR.
Gathered: what a CPU does by default. Run: python benchmarks/monte_carlo.py
"""

import time
from statistics import median

import numpy as np
import torch

from roundlot.simulate import Updates, design
from roundlot.simulate.monte_carlo_cpu import on_cpu
from roundlot.simulate.monte_carlo_torch import on_torch
from roundlot.simulate.reduction import prepare
from roundlot.simulate.tally import Tally

PROCESSORS, MODELS, DIMENSION, ROUNDS, REPEATS = 1024, 4, 4096, 1024, 5


def main() -> None:
    rng = np.random.default_rng(0)
    updates = Updates(
        directions=[
            rng.standard_normal((PROCESSORS, DIMENSION)).astype(np.float32) for _ in range(MODELS)
        ],
        client=np.arange(PROCESSORS),
        weights=np.full((PROCESSORS, MODELS), 1.0 / PROCESSORS),
    )
    rule = design(np.full((PROCESSORS, MODELS), 0.1 / MODELS))
    ways = {"sgemm": sgemm}
    for name, reduce in (("dense", False), ("reduced", True)):
        prepared = prepare(rule, updates, ROUNDS, "float32", reduce=reduce)
        tally = Tally.empty(ROUNDS, updates.weights.shape)
        ways[name] = whole(on_torch(rule, updates, prepared, tally, seed=1, start=0, device="cpu"))
        tally = Tally.empty(ROUNDS, updates.weights.shape)
        ways[f"gathered, {name}"] = whole(on_cpu(rule, updates, prepared, tally, seed=1, start=0))
    seconds = {name: [] for name in ways}
    for _ in range(REPEATS + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    dense = median(seconds["dense"][1:])
    print(f"V = N = {PROCESSORS}, S = {MODELS}, dim = {DIMENSION}, {ROUNDS} rounds a run")
    for name, times in seconds.items():
        middle = median(times[1:])
        rate = ROUNDS / middle
        print(f"{name:18s} {rate:10.0f} rounds/s   {dense / middle:6.2f} x dense")
    shares = [a / b for a, b in zip(seconds["sgemm"][1:], seconds["dense"][1:], strict=True)]
    print(f"dense reaches {median(shares):.0%} of sgemm")


def whole(work):
    """All rounds at once."""
    return lambda: work(0, ROUNDS)


LEFT = torch.randn(ROUNDS, PROCESSORS)
RIGHT = [torch.randn(PROCESSORS, DIMENSION) for _ in range(MODELS)]


def sgemm() -> None:
    """The products alone."""
    for table in RIGHT:
        LEFT @ table


if __name__ == "__main__":
    main()
