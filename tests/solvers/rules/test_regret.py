"""Regret: the benchmark's ranking in small, and what it is measured by."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.solvers.rules import (
    FAST,
    SAMPLERS,
    SLOW,
    Drift,
    KVib,
    Stay,
    Vrb,
    regret,
)
from roundlot.theory import InvalidProblemError

STAY, RULES = Stay(), {sampler.name: sampler for sampler in SAMPLERS}
SCRIPT = Path(__file__).parents[3] / "benchmarks" / "regret.py"


@cache
def mean(sampler, drift):
    runs = [regret(sampler, drift, rounds=250, seed=seed) for seed in range(3)]
    return np.mean([run.relative for run in runs]), np.mean([run.settled(125) for run in runs])


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler.name)
def test_all_beat_uniform_under_slow_drift(sampler):
    whole, late = mean(sampler, SLOW)
    uniform, uniform_late = mean(STAY, SLOW)
    assert whole < 0.7 * uniform
    assert late < 0.5 * uniform_late


@pytest.mark.slow
def test_the_posterior_beats_the_rest_under_both_drifts():
    for drift in (SLOW, FAST):
        best = mean(RULES["posterior"], drift)[0]
        others = (STAY, RULES["Vrb"], RULES["K-Vib"])
        assert best < 0.7 * min(mean(other, drift)[0] for other in others)
        assert best < mean(RULES["last norm"], drift)[0]


def test_regret_is_against_the_optimum_of_each_round():
    drift = Drift(processors=10, models=2, budget=3.0, step=0.2)
    run = regret(Stay(), drift, rounds=5, seed=2)
    problems = list(drift.rounds(5, seed=2))
    assert run.optimum == pytest.approx([solve(problem).objective for problem in problems])
    p = 3.0 / 20
    assert run.played == pytest.approx([(problem.scores**2 / p).sum() for problem in problems])
    assert run.total == pytest.approx((run.played - run.optimum).sum())
    assert run.relative == pytest.approx(run.total / run.optimum.sum())
    assert run.settled(0) == pytest.approx(run.relative)
    assert np.all(run.played >= run.optimum * (1 - 1e-12))


def test_equal_seeds_give_equal_norms_and_different_ones_do_not():
    one, two = (regret(sampler, SLOW, rounds=4, seed=1) for sampler in (Vrb(), KVib()))
    assert np.array_equal(one.optimum, two.optimum)
    assert not np.array_equal(one.optimum, regret(Vrb(), SLOW, rounds=4, seed=2).optimum)


def test_drift_keeps_its_spread_and_moves_by_its_step():
    drift = Drift(processors=400, models=2, spread=0.8, step=0.1)
    logs = np.log([problem.scores for problem in drift.rounds(60)])
    assert logs[-1].std() == pytest.approx(0.8, rel=0.08)
    assert (logs[1:] - logs[:-1]).std() == pytest.approx(0.1, rel=0.02)


def test_jumping_norms_stay_until_they_jump():
    norms = np.array([p.scores for p in Drift(step=0.0, jumps=0.1, processors=300).rounds(30)])
    moved = norms[1:] != norms[:-1]
    assert moved.mean() == pytest.approx(0.1, rel=0.1)


def test_malformed_arguments_are_refused():
    with pytest.raises(InvalidProblemError, match="rounds"):
        regret(Stay(), SLOW, rounds=0)
    with pytest.raises(InvalidProblemError, match="jumps"):
        Drift(jumps=1.1)
    with pytest.raises(InvalidProblemError, match="step"):
        Drift(step=2.0)


def test_the_benchmark_prints_its_table(capsys, monkeypatch):
    spec = importlib.util.spec_from_file_location("regret_benchmark", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(sys, "argv", ["regret.py", "--rounds", "20", "--seeds", "2"])
    script.main()
    printed = capsys.readouterr().out
    assert printed.count("posterior") == 3
    assert "fast drift" in printed
    assert script.interval([1.0, 3.0])[0] == 2.0
    assert script.interval([1.0, 3.0])[1] == pytest.approx(12.706, rel=1e-3)
