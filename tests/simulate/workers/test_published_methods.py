"""Methods as published: D² and gradient tracking by hand, leaders over graphs in turn, non-blocking
over links, labels by exact enumeration."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from roundlot.simulate.workers import (
    D2,
    DPSGD,
    AdjacentLeader,
    Alternating,
    GradientTracking,
    Links,
    Matcha,
    NonBlocking,
    StepPlan,
    Workers,
    train_workers,
)
from roundlot.simulate.workers.adjacent_leader import _spread
from roundlot.simulate.workers.method import Clock, Exchange, Move, bytes_sent
from roundlot.solvers.stragglers import (
    Deadline,
    FullWait,
    estimator_moments,
    round_law,
    stragglers_from_speed,
)
from roundlot.theory import AssumptionError, InvalidProblemError

W = np.array([[0.75, 0.25], [0.25, 0.75]])
OPTIMA, RATE = np.array([0.0, 4.0]), 0.5


def moved(method: Any, rounds: int, start=(1.0, 1.0), rate=RATE) -> list[list[float]]:
    """Parameters after each round of two workers with ``f_i = (x − c_i)²/2``."""
    here, memory, path = torch.tensor(start, dtype=torch.float64)[:, None], {}, []
    for number in range(rounds):
        gradient = here - torch.tensor(OPTIMA)[:, None]
        round_ = SimpleNamespace(
            parameters=here,
            stepped=(here - rate * gradient, np.zeros(2)),
            rate=rate,
            number=number,
            seed=0,
            samples=np.ones(2, int),
            computing=np.zeros(2),
        )
        memory, move = method.apply(memory, round_)
        here = move.parameters
        path.append(here[:, 0].tolist())
    return path


def test_three_rounds_by_hand() -> None:
    base = DPSGD(mixing=W)
    assert moved(D2(base=base), 3) == [[1.0, 2.0], [1.375, 2.125], [1.71875, 2.03125]]
    tracked = moved(GradientTracking(base=base), 3)
    assert tracked == [[1.0, 2.0], [1.375, 2.125], [1.59375, 2.15625]]


def test_memory_removes_what_d_psgd_leaves() -> None:
    """Both reach 2, the optimum of the mean; D-PSGD stays apart: (I − W + ηW) x = ηW c."""
    base = DPSGD(mixing=W)
    for method in (D2(base=base), GradientTracking(base=base)):
        assert moved(method, 200, rate=0.2)[-1] == pytest.approx([2.0, 2.0], abs=1e-9)
    left = np.linalg.solve(np.eye(2) - 0.8 * W, 0.2 * W @ OPTIMA)
    assert moved(base, 200, rate=0.2)[-1] == pytest.approx(left.tolist(), abs=1e-9)
    assert abs(left - 2.0).max() > 0.3


def test_what_diverges_is_refused() -> None:
    far = DPSGD(mixing=[[0.3, 0.7], [0.7, 0.3]])  # eigenvalues 1 and −0.4
    with pytest.raises(AssumptionError, match=r"-0\.4; D² needs more than -1/3: lazy"):
        D2(base=far)
    assert D2(base=far, lazy=True).matrix.tolist() == [[0.65, 0.35], [0.35, 0.65]]
    with pytest.raises(InvalidProblemError, match="base must be"):
        GradientTracking(base=Alternating(turns=(far,)))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [D2, GradientTracking])
def test_both_train_and_say_what_they_need(crew: Workers, dpsgd: DPSGD, kind: Any) -> None:
    lazy = {"lazy": True} if kind is D2 else {}
    method = kind(base=dpsgd, **lazy)
    plan = StepPlan(batch_size=4, learning_rate=0.05)
    history = train_workers(crew, method, rounds=4, plan=plan, evaluate_every=4)
    assert history.label == "unbiased"
    assert np.isfinite(history.parameters).all()
    vectors = [1, 1, 1, 1] if kind is D2 else [1, 2, 2, 2]
    assert history.bytes.tolist() == [2 * 12 * crew.message_bytes * k for k in vectors]
    with pytest.raises(InvalidProblemError, match="steps is 2; give steps = 1"):
        train_workers(crew, method, rounds=1, plan=replace(plan, steps=2))


def test_leaders_over_two_graphs_report_the_matrix_that_was_drawn(
    crew: Workers, links: Links, matcha: Matcha
) -> None:
    star = Links.of_matrix(np.eye(8) + 0.1 * (np.eye(8)[[0]].T @ np.ones((1, 8))))
    second = DPSGD(mixing=np.eye(8) - 0.1 * star.laplacians.sum(axis=0))
    turns = Alternating(turns=(matcha, second))
    assert turns.at(2, 5)[0].tolist() == matcha.at(2, 5)[0].tolist()
    assert turns.at(3, 5)[0].tolist() == second.at(3, 5)[0].tolist()
    plan = StepPlan(batch_size=4, learning_rate=0.1)
    method = AdjacentLeader(base=turns, form="code")
    history = train_workers(crew, method, rounds=4, plan=plan)
    assert set(history.figures) == {"column_drift", "spread"}
    assert history.label.startswith("biased: columns of the mixing")
    assert history.links.tolist()[1::2] == [7, 7]
    apart = np.eye(8) - 1 / 8
    P = method.possible(0.1)[-1]
    assert _spread(P) == pytest.approx(np.linalg.norm(apart @ P @ apart, 2) ** 2)


def test_leaders_that_pull_before_mixing_send_twice(crew: Workers, dpsgd: DPSGD) -> None:
    plan = StepPlan(batch_size=4, learning_rate=0.1)
    size = crew.message_bytes
    each = {
        "paper": 2 * size + 8,
        "code": size + 8,
        "still": size + 8,
    }
    for name, count in each.items():
        still = {"best_pull": 0.0, "central_pull": 0.0} if name == "still" else {}
        form: Any = "paper" if name == "still" else name
        method = AdjacentLeader(base=dpsgd, form=form, **still)
        history = train_workers(crew, method, rounds=2, plan=plan)
        assert history.bytes.tolist() == [2 * 12 * count] * 2
    exchange = Exchange(matchings=dpsgd.links.matchings, passes=2, extra_bytes=8)
    still = np.zeros(8)
    move = Move(
        parameters=torch.zeros(8, 1),
        samples=np.zeros(8, int),
        computing=still,
        exchange=exchange,
        losses=still,
    )
    clock = Clock(workers=crew)
    done = clock.after(clock.start(), move).done.max()
    assert done == pytest.approx(5 * 8e-6 * (2 * size + 8))  # five matchings at 1 Mbit/s
    assert bytes_sent(exchange, crew) == 2 * 12 * (2 * size + 8)


def test_non_blocking_over_links_is_the_base_when_nothing_is_cut(
    crew: Workers, dpsgd: DPSGD, matcha: Matcha
) -> None:
    plan = StepPlan(batch_size=4, learning_rate=0.1)
    for base in (dpsgd, matcha, replace(dpsgd, order="mix first")):
        plain = train_workers(crew, base, rounds=4, plan=plan)
        for estimator in ("own mean", "horvitz-thompson"):
            whole = NonBlocking(shares=4, estimator=estimator, base=base)
            same = train_workers(crew, whole, rounds=4, plan=plan)
            assert np.allclose(same.parameters, plain.parameters, rtol=0, atol=1e-6)
            assert same.bytes.tolist() == plain.bytes.tolist()
            assert same.label == plain.label == "unbiased"


def test_non_blocking_over_links_cuts_and_says_so(crew: Workers, matcha: Matcha) -> None:
    plan = StepPlan(batch_size=4, learning_rate=0.1)
    cut = NonBlocking(shares=8, rule=Deadline(seconds=0.3), estimator="own mean", base=matcha)
    history = train_workers(crew, cut, rounds=6, plan=plan)
    whole = train_workers(crew, replace(cut, rule=FullWait()), rounds=6, plan=plan)
    assert history.samples.sum() < whole.samples.sum() == 6 * 64
    assert history.seconds.sum() < whole.seconds.sum()
    assert history.label == "unbiased"  # everybody is in time for one sample: speed 10, 0.3 s
    late = replace(cut, rule=Deadline(seconds=0.05))  # worker 0 needs 0.1 s for a sample
    assert late.label_for(crew) == "biased: worker 0 weighs 0 on average, its data 0.125"
    for estimator in ("pooled", "planned", "mean of means"):
        with pytest.raises(InvalidProblemError, match="links do not carry; choose 'horvitz"):
            NonBlocking(estimator=estimator, base=matcha)
    with pytest.raises(InvalidProblemError, match="estimator is 'own mean'"):
        NonBlocking(estimator="own mean")
    with pytest.raises(InvalidProblemError, match="without delay"):
        NonBlocking(base=replace(matcha, delay=1))


def test_the_bias_of_pooled_shares_by_fractions() -> None:
    """Work of 4, 3, 5, 2 units on equal data: worker ``i`` weighs ``b_i/14``, not a quarter."""
    shares = (4, 3, 5, 2)
    gradients = [(10, 0), (9, 2), (11, -1), (5, 6)]
    off = [Fraction(b, 14) - Fraction(1, 4) for b in shares]
    bias = [sum(c * g[k] for c, g in zip(off, gradients, strict=True)) for k in (0, 1)]
    mean = [Fraction(sum(g[k] for g in gradients), 4) for k in (0, 1)]
    exact = float(sum(b * b for b in bias) / sum(m * m for m in mean)) ** 0.5
    crew = stragglers_from_speed([10.0, 8.0, 5.0, 2.0], model="exponential")
    counts = round_law(FullWait(), crew, list(shares)).counts
    found = estimator_moments("pooled", counts, list(shares))
    assert found.relative_bias(gradients) == pytest.approx(exact, rel=1e-12)
    assert exact == pytest.approx(0.1194, abs=5e-5)


def test_labels_of_cut_rounds_by_enumeration(squares: Workers) -> None:
    """The mean weight of every worker over all outcomes of the counts, in fractions."""
    shares = [2, 1, 1, 1, 1, 1, 1, 1]
    timed = replace(squares, speed=[4.0, *[2.0] * 7])
    method = NonBlocking(rule=Deadline(seconds=1.0), shares=shares, estimator="pooled")
    masses = round_law(method.rule, timed.stragglers(1), shares).counts.masses
    mean = [Fraction(0)] * 8
    for counts in product(*(range(b + 1) for b in shares)):
        chance = Fraction(1)
        for mass, k in zip(masses, counts, strict=True):
            chance *= Fraction(float(mass[k]))
        if sum(counts):
            for i, k in enumerate(counts):
                mean[i] += chance * Fraction(k, sum(counts))
    told = method.label_for(timed)
    assert told == f"biased: worker 0 weighs {float(mean[0]):.3g} on average, its data 0.125"
