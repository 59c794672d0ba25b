"""Push-sum: a step by hand, what is kept, labels, bytes and seconds of links that go one way."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from roundlot.simulate.training import Samples, Task
from roundlot.simulate.workers import (
    DPSGD,
    PushSum,
    StepPlan,
    Workers,
    train_workers,
)
from roundlot.simulate.workers.method import Clock, Exchange, Move, bytes_sent
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.errors import TrainingError

ARCS = [(0, 1), (1, 2), (2, 0), (0, 2)]


def one_number(targets: list[float]) -> Task:
    """Worker ``i`` holds one sample, with loss ``(x − t_i)²/2``: its gradient is ``x − t_i``."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    n = len(targets)
    return Task(
        name="numbers",
        module=network,
        loss="squared error",
        train=Samples.by_owner(torch.ones(n, 1), torch.tensor(targets)[:, None], np.arange(n), n),
    )


def by_hand(
    columns: list[list[Fraction]], targets: list[Fraction], rate: Fraction, rounds: int
) -> list[Fraction]:
    """Stochastic gradient push in fractions; ``columns[j][i]`` goes from ``j`` to ``i``."""
    n = len(targets)
    x, w = [Fraction(0)] * n, [Fraction(1)] * n
    for _ in range(rounds):
        z = [a / b for a, b in zip(x, w, strict=True)]
        half = [x[j] - rate * (z[j] - targets[j]) for j in range(n)]
        x = [sum(columns[j][i] * half[j] for j in range(n)) for i in range(n)]
        w = [sum(columns[j][i] * w[j] for j in range(n)) for i in range(n)]
    return [a / b for a, b in zip(x, w, strict=True)]


def test_three_workers_by_hand() -> None:
    third, half = Fraction(1, 3), Fraction(1, 2)
    columns = [[third] * 3, [Fraction(0), half, half], [half, Fraction(0), half]]
    workers = Workers(task=one_number([1.0, 2.0, 6.0]))
    plan = StepPlan(learning_rate=0.5, batch_size=1)
    # Round 1: x − η g = (1/2, 1, 3); pushed (1/6 + 3/2, 1/6 + 1/2, 1/6 + 1/2 + 3/2), w (5/6, 5/6,
    # 4/3); z = (2, 4/5, 13/8).
    assert by_hand(columns, [Fraction(1), Fraction(2), Fraction(6)], half, 1) == [
        Fraction(2),
        Fraction(4, 5),
        Fraction(13, 8),
    ]
    for rounds in (1, 2, 5):
        history = train_workers(
            workers, PushSum.over(ARCS, 3), rounds=rounds, plan=plan, restart=False
        )
        truth = by_hand(columns, [Fraction(1), Fraction(2), Fraction(6)], half, rounds)
        assert history.parameters[:, 0] == pytest.approx([float(z) for z in truth], rel=1e-6)
    assert history.figures["least_weight"][0] == pytest.approx(5 / 6)
    assert history.figures["largest_weight"][0] == pytest.approx(4 / 3)


def test_unequal_columns_do_not_move_the_optimum_that_is_found() -> None:
    # Mixing by rows alone would find a weighted mean of 1, 2, 6; push-sum finds 3.
    workers = Workers(task=one_number([1.0, 2.0, 6.0]))
    plan = StepPlan(learning_rate=0.02, batch_size=1)
    history = train_workers(
        workers, PushSum.over(ARCS, 3), rounds=600, plan=plan, restart=False, evaluate_every=600
    )
    assert history.parameters.mean() == pytest.approx(3.0, abs=0.1)
    assert history.parameters.min() > 2.8


@given(st.integers(2, 9), st.integers(0, 1000))
@settings(max_examples=25)
def test_what_is_pushed_comes_to_the_mean(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    ring = [(i, (i + 1) % n) for i in range(n)]
    more = {(int(a), int(b)) for a, b in random.integers(0, n, (n, 2)) if a != b}
    method = PushSum.over(dict.fromkeys([*ring, *more]), n)
    (matrix,) = method.stack
    assert matrix.sum(axis=0) == pytest.approx(np.ones(n))
    x, w = random.normal(size=n), np.ones(n)
    mean = x.mean()
    for _ in range(600):
        x, w = matrix @ x, matrix @ w
        assert x.sum() == pytest.approx(n * mean, abs=1e-9)
        assert w.sum() == pytest.approx(n)
    assert x / w == pytest.approx(np.full(n, mean), abs=1e-6)


def test_shares_that_are_even_both_ways_are_d_psgd() -> None:
    matrix = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
    workers = Workers(task=one_number([1.0, 2.0, 6.0]), speed=2.0, link=1.0)
    plan = StepPlan(learning_rate=0.3, batch_size=1)
    runs = [
        train_workers(workers, method, rounds=7, plan=plan, restart=False)
        for method in (PushSum(matrices=matrix), DPSGD(mixing=matrix))
    ]
    assert runs[0].parameters == pytest.approx(runs[1].parameters, abs=1e-6)
    assert [run.label for run in runs] == ["unbiased", "unbiased"]
    uneven = train_workers(workers, PushSum.over(ARCS, 3), rounds=1, plan=plan)
    assert uneven.label.startswith("biased: workers hear unequal shares")


def test_one_receiver_in_turn_leaves_the_mean_after_a_period() -> None:
    method = PushSum.one_peer(8)
    product = np.eye(8)
    for matrix in method.stack:
        product = matrix @ product
    assert product == pytest.approx(np.full((8, 8), 1 / 8))
    assert method.is_even


def test_messages_go_one_way() -> None:
    workers = Workers(task=one_number([1.0, 2.0, 6.0]), speed=1.0, link=[8e-6, 4e-6, 8e-6])
    assert workers.message_bytes == 4
    exchange = Exchange(arcs=np.array([[0, 1], [0, 2], [2, 0]]), extra_bytes=4)
    assert bytes_sent(exchange, workers) == 3 * 8
    assert exchange.n_links == 3
    clock = Clock(workers=workers)
    move = Move(
        parameters=torch.zeros(3, 1),
        samples=np.ones(3, int),
        computing=np.array([1.0, 2.0, 30.0]),
        exchange=exchange,
        losses=np.zeros(3),
    )
    # 8 bytes take 8 s at 8e-6 Mbit/s, 16 s at 4e-6. Worker 0 sends to 1 until 17, then to 2 until
    # 25; worker 2 is busy until 30, sends to 0 until 38, for which 0 waits.
    assert clock.after(clock.start(), move).done == pytest.approx([38.0, 17.0, 38.0])


def test_a_run_goes_on_from_its_checkpoint(tmp_path) -> None:
    workers = Workers(task=one_number([1.0, 2.0, 6.0]))
    plan = StepPlan(learning_rate=0.1, batch_size=1)
    method = PushSum.over(ARCS, 3)
    whole = train_workers(workers, method, rounds=9, plan=plan)
    place = tmp_path / "run.npz"
    train_workers(workers, method, rounds=4, plan=plan, checkpoint=place)
    again = train_workers(workers, method, rounds=9, plan=plan, checkpoint=place)
    assert np.array_equal(whole.parameters, again.parameters)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: PushSum.over([(0, 1), (1, 2)], 3), AssumptionError, "do not reach each other"),
        (lambda: PushSum.over([(0, 3)], 3), InvalidProblemError, "worker 3"),
        (lambda: PushSum.over([(0, -1)], 3), InvalidProblemError, "worker -1"),
        (lambda: PushSum.over([(0, 0)], 3), InvalidProblemError, "sends to itself"),
        (lambda: PushSum.over([(0, 1), (0, 1)], 2), InvalidProblemError, "there twice"),
        (lambda: PushSum(matrices=np.ones((2, 2))), AssumptionError, "column 0 of matrix 0"),
        (lambda: PushSum(matrices=np.ones(3)), InvalidProblemError, "shape"),
        (lambda: PushSum(matrices=[[0, 1.0], [1.0, 0]]), AssumptionError, "keeps nothing"),
        (lambda: PushSum(matrices=[[2, 0.5], [-1, 0.5]]), AssumptionError, "below 0"),
    ],
)
def test_matrices_that_are_none_are_named(make, error, words) -> None:
    with pytest.raises(error, match=words):
        make()


def test_shards_of_unequal_sizes_several_steps_and_graphs_in_turn() -> None:
    """By the recursion in fractions: what moves ``x`` is what the local steps moved ``z``."""
    sizes, targets = [1, 3, 2], [Fraction(1), Fraction(2), Fraction(6)]
    shares = [
        [["1/3", 0, "1/2"], ["1/3", "1/2", 0], ["1/3", "1/2", "1/2"]],
        [["3/4", 0, "1/5"], ["1/4", "1/2", 0], [0, "1/2", "4/5"]],
    ]
    matrices = [[[Fraction(p) for p in row] for row in matrix] for matrix in shares]
    steps, rate, rounds = 3, Fraction(1, 5), 5
    x, w = [Fraction(0)] * 3, [Fraction(1)] * 3
    for k in range(rounds):
        P = matrices[k % 2]
        z = [a / b for a, b in zip(x, w, strict=True)]
        moved = [(t - a) * (1 - (1 - rate) ** steps) for t, a in zip(targets, z, strict=True)]
        half = [a + b for a, b in zip(x, moved, strict=True)]
        x = [sum(P[i][j] * half[j] for j in range(3)) for i in range(3)]
        w = [sum(P[i][j] * w[j] for j in range(3)) for i in range(3)]
    owner = np.repeat(np.arange(3), sizes)
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    of_owner = torch.tensor([float(t) for t in targets])[owner][:, None]
    task = Task(
        name="numbers",
        module=network,
        loss="squared error",
        train=Samples.by_owner(torch.ones(6, 1), of_owner, owner, 3),
    )
    method = PushSum(matrices=np.array(matrices, dtype=np.float64))
    plan = StepPlan(steps=steps, learning_rate=float(rate), batch_size=2)
    history = train_workers(
        Workers(task=task, weigh="size"), method, rounds=rounds, plan=plan, restart=False
    )
    truth = [float(a / b) for a, b in zip(x, w, strict=True)]
    assert history.parameters[:, 0] == pytest.approx(truth, rel=1e-6)
    assert history.figures["least_weight"][-1] == pytest.approx(float(min(w)), rel=1e-12)
    assert history.label.startswith("biased")


def test_who_diverges_is_a_worker() -> None:
    """With arcs back to the first, a weight halves from worker to worker, so steps grow."""
    n = 12
    arcs = [(k, k + 1) for k in range(n - 1)] + [(k, 0) for k in range(1, n)]
    workers = Workers(task=one_number([float(k) for k in range(n)]))
    plan = StepPlan(learning_rate=0.5, batch_size=1)
    with pytest.raises(TrainingError, match=r"of worker \d+ on 'numbers'.*that worker's data"):
        train_workers(workers, PushSum.over(arcs, n), rounds=200, plan=plan)
