"""Simulated rounds per second beside the machine's roofline, measured in the same run.

Dense: every round a product of N weights with the directions. Reduced: the same after QR. Gathered:
what a CPU does by default. On a GPU, if there is one, float32, float64 and bfloat16 pieces.
Run: python benchmarks/monte_carlo.py [cpu | cuda]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.roofline import Form, copy, multiply, seconds, wait
from roundlot.simulate import Design, Updates, design
from roundlot.simulate.monte_carlo.arithmetic import PIECES, chosen_arithmetic
from roundlot.simulate.monte_carlo.dense import on_torch
from roundlot.simulate.monte_carlo.gather import on_cpu
from roundlot.simulate.monte_carlo.preparation import Prepared, prepare
from roundlot.simulate.monte_carlo.realised import Tally

PROCESSORS, MODELS, DIMENSION, REPEATS = 1024, 4, 4096, 7
ROUNDS = {"cpu": 1024, "cuda": 16_384}
ARITHMETICS = {"cpu": ("float32",), "cuda": ("float32", "float64", PIECES)}
_COPIED = 2**28


def main() -> None:
    device = sys.argv[1] if len(sys.argv) > 1 else _device()
    rounds = ROUNDS[device]
    rng = np.random.default_rng(0)
    updates = Updates(
        directions=[
            rng.standard_normal((PROCESSORS, DIMENSION)).astype(np.float32) for _ in range(MODELS)
        ],
        client=np.arange(PROCESSORS),
        weights=np.full((PROCESSORS, MODELS), 1.0 / PROCESSORS),
    )
    rule = design(np.full((PROCESSORS, MODELS), 0.1 / MODELS))
    ways: dict[str, Callable[[], object]] = {"copy": copy(device, _COPIED)}
    ways["draws"] = lambda: _draw(rule, rounds, device)
    forms: dict[str, Form] = {}
    for arithmetic in ARITHMETICS[device]:
        for name, reduce in (("dense", False), ("reduced", True)):
            label = f"{name}, {arithmetic}"
            prepared = _prepared(rule, updates, arithmetic, reduce, device)
            form = _form(prepared, arithmetic, device)
            for more in ("", ", fused")[: 1 + (device == "cuda")]:
                ways[label + more] = _products(rule, updates, prepared, form, device, bool(more))
                forms[label + more] = form
            ways[f"matrix, {label}"] = multiply(form, device)
    if device == "cpu":
        for name, reduce in (("dense", False), ("reduced", True)):
            ways[f"gathered, {name}"] = _gathered(rule, updates, reduce)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(REPEATS + 1):
        for name, way in ways.items():
            time = seconds(way)
            if turn:
                taken[name].append(time)
    report(device, rounds, taken, forms)


def report(device: str, rounds: int, taken: dict[str, list[float]], forms: dict[str, Form]) -> None:
    """Rates, rooflines, and how much of them is reached; ratios turn by turn, then medians."""
    first = next(iter(forms))
    chosen = chosen_arithmetic("auto", "cuda:0" if device == "cuda" else "cpu", dense=True)
    memory = 2 * _COPIED / median(taken["copy"])
    print(f"V = N = {PROCESSORS}, S = {MODELS}, dim = {DIMENSION}, {rounds} rounds a run")
    print(f"device {_name(device)}; arithmetic 'auto' of dense products is {chosen!r}")
    print(f"memory, copying: {memory / 1e9:.1f} GB/s")
    print(f"draws alone: {rounds / median(taken['draws']):,.0f} rounds/s")
    for name, form in forms.items():
        rate = form.flops / form.models / median(taken[_matrix(name)])
        limit, binding = form.limit(rate, memory)
        alone = [form.models * time for time in taken[_matrix(name)]]
        print(
            f"{name:22s} {rounds / median(taken[name]):10,.0f} rounds/s "
            f"{_ratio(taken[first], taken[name]):6.2f} x {first}\n"
            f"    {form.flops / 1e9:.1f} GFLOP at {rate / 1e9:.1f} GFLOP/s, "
            f"{form.traffic / 1e6:.0f} MB: {binding} bind, {rounds / limit:,.0f} rounds/s; "
            f"reached {limit / median(taken[name]):.0%}, "
            f"{_ratio(alone, taken[name]):.0%} of torch.mm alone"
        )
    for name in taken:
        if name.startswith("gathered"):
            print(
                f"{name:22s} {rounds / median(taken[name]):10,.0f} rounds/s "
                f"{_ratio(taken[first], taken[name]):6.2f} x {first}"
            )


def _ratio(one: list[float], other: list[float]) -> float:
    return median(a / b for a, b in zip(one, other, strict=True))


def _matrix(name: str) -> str:
    return f"matrix, {name.removesuffix(', fused')}"


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _name(device: str) -> str:
    if device == "cpu":
        return f"cpu, {torch.get_num_threads()} threads of torch"
    return torch.cuda.get_device_name()


def _draw(rule: Design, rounds: int, device: str) -> None:
    if device == "cpu":
        rule.draw(rounds, seed=1)
    else:
        rule.draw_torch(rounds, seed=1, device=device)
        wait(device)


def _prepared(
    rule: Design, updates: Updates, arithmetic: str, reduce: bool, device: str
) -> Prepared:
    stored = "float64" if arithmetic == PIECES else arithmetic
    return prepare(rule, updates, ROUNDS[device], stored, reduce=reduce, device=device)


def _form(prepared: Prepared, arithmetic: str, device: str) -> Form:
    rows, columns = prepared.directions[0].shape
    return Form(
        arithmetic=arithmetic, rounds=ROUNDS[device], rows=rows, columns=columns, models=MODELS
    )


def _products(
    rule: Design, updates: Updates, prepared: Prepared, form: Form, device: str, fuse: bool
) -> Callable[[], object]:
    tally = Tally.empty(form.rounds, updates.weights.shape)
    pieces = form.arithmetic == PIECES
    more = {"device": device, "pieces": pieces, "fuse": fuse}
    work = on_torch(rule, updates, prepared, tally, seed=1, start=0, **more)
    return lambda: work(0, form.rounds)


def _gathered(rule: Design, updates: Updates, reduce: bool) -> Callable[[], object]:
    rounds = ROUNDS["cpu"]
    prepared = prepare(rule, updates, rounds, "float32", reduce=reduce)
    tally = Tally.empty(rounds, updates.weights.shape)
    work = on_cpu(rule, updates, prepared, tally, seed=1, start=0)
    return lambda: work(0, rounds)


if __name__ == "__main__":
    main()
