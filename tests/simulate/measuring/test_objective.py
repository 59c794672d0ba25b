"""Values, gradients, Hessians and noise of tasks against closed forms and enumeration."""

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.measuring import MeasuringPlan, Objective, measure_constants, measure_path
from roundlot.simulate.tasks import networks
from roundlot.simulate.training import LocalPlan, Samples, Task

PLAN = LocalPlan(epochs=1, batch_size=2, weight_decay=0.3)


def linear(counts: tuple[int, ...] = (4, 0, 5), seed: int = 0) -> tuple[Task, list[tuple]]:
    """Least squares in three dimensions: everything by hand."""
    random = np.random.default_rng(seed)
    data = [(random.normal(size=(n, 3)), random.normal(size=(n, 1))) for n in counts]
    train = Samples.from_clients([(torch.tensor(x), torch.tensor(y)) for x, y in data])
    module = nn.Linear(3, 1, bias=False)
    return Task(name="line", module=module, train=train, loss="squared error"), data


def test_least_squares_are_as_by_hand() -> None:
    task, data = linear()
    objective = Objective(task=task, plan=PLAN)
    assert objective.clients.tolist() == [0, 2]
    assert objective.weights.tolist() == pytest.approx([4 / 9, 5 / 9])
    w = np.array([0.3, -0.2, 1.0])
    held = [data[0], data[2]]
    values = [np.mean((x @ w - y[:, 0]) ** 2) / 2 + 0.15 * w @ w for x, y in held]
    np.testing.assert_allclose(objective.values(w), values, rtol=1e-12)
    slopes = [x.T @ (x @ w - y[:, 0]) / len(x) + 0.3 * w for x, y in held]
    np.testing.assert_allclose(objective.gradients(w), slopes, rtol=1e-12)
    hessian = sum(
        d * (x.T @ x / len(x) + 0.3 * np.eye(3))
        for d, (x, _) in zip(objective.weights, held, strict=True)
    )
    product = objective.product(w, objective.weights)
    np.testing.assert_allclose([product(v) for v in np.eye(3)], hessian, rtol=1e-12)


def test_noise_is_the_variance_over_all_batches() -> None:
    task, data = linear((4, 5, 2))
    w = np.array([0.3, -0.2, 1.0])
    found = Objective(task=task, plan=PLAN).noise(w)
    for (x, y), variance in zip(data, found, strict=True):
        full = x.T @ (x @ w - y[:, 0]) / len(x)
        rows = [list(batch) for batch in combinations(range(len(x)), 2)]
        errors = [x[r].T @ (x[r] @ w - y[r, 0]) / 2 - full for r in rows]
        assert variance == pytest.approx(np.mean([e @ e for e in errors]), rel=1e-10, abs=1e-12)
    assert found[2] == 0.0  # a batch that is all of the data


def test_all_data_at_a_time_has_no_noise() -> None:
    task, _ = linear()
    plan = LocalPlan(epochs=1, batch_size=None)
    assert not Objective(task=task, plan=plan).noise(np.zeros(3)).any()


def softmax(seed: int = 0) -> Task:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(30, 4)), random.integers(0, 3, size=30)
    train = Samples.by_owner(torch.tensor(x), torch.tensor(y), np.arange(30) % 3, 3)
    return Task(name="soft", module=nn.Linear(4, 3), train=train)


def test_logistic_regression_stays_below_its_known_smoothness() -> None:
    """The Hessian of cross entropy is at most half of ``Σ x xᵀ/n`` (with a 1 for the bias)."""
    task = softmax()
    objective = Objective(task=task, plan=PLAN)
    points = np.random.default_rng(1).normal(size=(4, 15))
    found = measure_constants(objective, points, MeasuringPlan(points=4, steps=15))
    x = np.column_stack([task.train.inputs.numpy(), np.ones(30)])
    known = np.linalg.eigvalsh(x.T @ x / 30)[-1] / 2 + PLAN.weight_decay
    assert PLAN.weight_decay <= found["strong_convexity"].high
    assert found["strong_convexity"].low >= PLAN.weight_decay - 1e-6  # the last logit is free
    assert 0.3 * known <= found["smoothness"].low <= found["smoothness"].high <= known * (1 + 1e-6)


def test_one_point_at_zero_has_the_closed_form_of_softmax() -> None:
    """At equal probabilities the Hessian is ``(I − 11ᵀ/3)/3 ⊗ Σ x xᵀ/n``."""
    task = softmax()
    plan = LocalPlan(epochs=1, weight_decay=0.0)
    objective = Objective(task=task, plan=plan)
    record = measure_path(objective, np.zeros((2, 15)), MeasuringPlan(points=2, steps=15))
    x = np.column_stack([task.train.inputs.numpy(), np.ones(30)])
    known = np.linalg.eigvalsh(x.T @ x / 30)[-1] / 3
    for _, greatest in record.curvature:
        assert greatest.low <= known <= greatest.high
    assert record.values == pytest.approx(np.log(3))


def test_intervals_of_few_steps_cover_the_exact_eigenvalues() -> None:
    task = softmax(2)
    objective = Objective(task=task, plan=PLAN)
    points = np.random.default_rng(3).normal(size=(3, 15))
    exact = measure_path(objective, points, MeasuringPlan(points=3, steps=15))
    rough = measure_path(objective, points, MeasuringPlan(points=3, steps=9, confidence=0.9))
    for (_, known), (_, found) in zip(exact.curvature, rough.curvature, strict=True):
        assert found.low <= known.estimate + 1e-9
        assert found.high >= known.estimate - 1e-9


def test_networks_that_cannot_be_mapped_over_samples_give_the_same_noise() -> None:
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    class Squares(nn.Module):
        def __init__(self, own: bool) -> None:
            super().__init__()
            self.first, self.own = nn.Linear(4, 3), own

        def forward(self, x):
            return Own.apply(self.first(x)) if self.own else self.first(x) ** 2

    train = softmax().train
    noises = [
        Objective(task=Task(name="own", module=Squares(own), train=train), plan=PLAN).noise(
            np.linspace(-1, 1, 15)
        )
        for own in (True, False)
    ]
    np.testing.assert_allclose(*noises, rtol=1e-9)


def test_frozen_parameters_are_not_counted_and_nothing_changes_the_module() -> None:
    module = networks.mlp((4, 5, 3), seed=0)
    module[0].weight.requires_grad_(False)
    task = Task(name="half", module=module, train=softmax().train)
    before = [p.clone() for p in module.parameters()]
    objective = Objective(task=task, plan=PLAN)
    assert objective.dimension == 5 + 15 + 3
    found = measure_constants(objective, np.ones((2, 23)), MeasuringPlan(points=2, steps=5))
    assert found["smoothness"].low > 0.0
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"points": 1}, "points"),
        ({"steps": -1}, "steps"),
        ({"confidence": 1.0}, "confidence is 1"),
        ({"participation": 0.0}, "participation is 0"),
    ],
)
def test_plans_out_of_range_are_named(change, match) -> None:
    with pytest.raises(ValueError, match=match):
        MeasuringPlan(**change)


def test_small_noise_beside_large_gradients_is_measured() -> None:
    # The gradient of (w − y)²/2 at 0 is −y: of y = 2^27 ± 2^-6 the variance is 2^-12.
    gap = 2.0**-6
    targets = torch.tensor([[2.0**27 - gap], [2.0**27 + gap]], dtype=torch.float64)
    train = Samples.from_clients([(torch.ones((2, 1), dtype=torch.float64), targets)])
    task = Task(name="flat", module=nn.Linear(1, 1, bias=False), train=train, loss="squared error")
    plan = LocalPlan(epochs=1, batch_size=1)
    assert Objective(task=task, plan=plan).noise(np.zeros(1)).tolist() == [gap**2]


def test_parameters_that_nothing_uses_have_no_slope_and_no_curvature() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = nn.Linear(2, 1, bias=False)
            self.idle = nn.Parameter(torch.ones(3))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return self.line(inputs)

    random = torch.Generator().manual_seed(0)
    data = [(torch.randn((4, 2), generator=random), torch.randn((4, 1), generator=random))] * 2
    task = Task(name="idle", module=Idle(), train=Samples.from_clients(data), loss="squared error")
    objective = Objective(task=task, plan=LocalPlan(epochs=1, batch_size=2))
    found = measure_constants(
        objective, np.zeros((2, 5)), MeasuringPlan(points=2, steps=5, confidence=0.9)
    )
    assert found["strong_convexity"].estimate == pytest.approx(0.0, abs=1e-9)
    assert found["client_noise"].low > 0.0
