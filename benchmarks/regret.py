"""Relative dynamic regret of every online sampler under slow and fast drift.

python -m benchmarks.regret --rounds 400 --seeds 12
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

from scipy.stats import t as student

from benchmarks.harness import Row
from roundlot.solvers.rules import FAST, JUMPS, SAMPLERS, SLOW, Drift, OnlineSampler, Stay, regret

# Defaults were chosen on seeds 0 to 3.
FIRST = 1000
DRIFTS = {"slow": SLOW, "fast": FAST, "jumping": JUMPS}


def interval(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """The mean and the half-width of its Student interval."""
    if len(values) < 2:
        return values[0], float("inf")
    width = student.ppf(0.5 + confidence / 2.0, len(values) - 1)
    return statistics.mean(values), width * statistics.stdev(values) / len(values) ** 0.5


def measure(sampler: OnlineSampler, drift: Drift, rounds: int, seeds: int) -> tuple[str, str]:
    """Regret of all rounds and of the second half, in percent, each with its interval."""
    runs = [
        regret(sampler, drift, rounds=rounds, seed=seed) for seed in range(FIRST, FIRST + seeds)
    ]
    parts = ([run.relative for run in runs], [run.settled(rounds // 2) for run in runs])
    whole, late = (interval(part) for part in parts)
    return tuple(f"{100 * mean:6.1f} ± {100 * half:4.1f} %" for mean, half in (whole, late))


def rows() -> Iterator[Row]:
    """Every sampler's regret over 200 rounds against that of staying uniform; 3 seeds."""
    seeds = range(FIRST, FIRST + 3)
    for name, drift in DRIFTS.items():
        found = {
            sampler.name: statistics.mean(
                regret(sampler, drift, rounds=200, seed=seed).relative for seed in seeds
            )
            for sampler in (Stay(), *SAMPLERS)
        }
        stay = found.pop(Stay().name)
        for sampler, value in found.items():
            yield Row(
                what=f"regret of {sampler}, {name} drift",
                measured=f"{100 * value:.1f} %",
                against=f"{Stay().name}: {100 * stay:.1f} %",
                ratio=value / stay,
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=12)
    options = parser.parse_args()
    print(
        f"relative dynamic regret, {options.rounds} rounds, {options.seeds} seeds, 95 % intervals"
    )
    for name, drift in DRIFTS.items():
        print(
            f"\n{name} drift: {drift.processors} processors, {drift.models} models, budget "
            f"{drift.budget:g}, log-norms of spread {drift.spread:g}, {drift.step:g} per round, "
            f"{drift.jumps:g} drawn afresh"
        )
        print(f"{'sampler':<10}  {'all rounds':>16}  {'second half':>16}")
        for sampler in (Stay(), *SAMPLERS):
            whole, late = measure(sampler, drift, options.rounds, options.seeds)
            print(f"{sampler.name:<10}  {whole:>16}  {late:>16}")


if __name__ == "__main__":
    main()
