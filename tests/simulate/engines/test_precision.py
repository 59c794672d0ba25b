"""float64 is float64 throughout, bf16 has a master copy, and engines that cannot are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import PRECISIONS
from roundlot.simulate.methods import method
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training import Federation, History, train
from roundlot.theory import InvalidProblemError

COUNTS = (3, 7, 5)
SLOW = ("plain", "vmapped", "batched")
PLAN = LocalPlan(epochs=4, batch_size=None, learning_rate=0.3, weight_decay=0.01, proximal=0.1)


class Fixed(nn.Module):
    """A network that makes float32 numbers of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 3)

    def forward(self, inputs):
        return self.inner(inputs) @ torch.ones(3, 3, dtype=torch.float32)


def make_task(module=None, **changes):
    """Inputs with more bits than float32 holds; shares such as 1/3 and 1/7."""
    draw = torch.Generator().manual_seed(3)
    n = sum(COUNTS)
    inputs = torch.randn((n, 4), generator=draw, dtype=torch.float64)
    targets = torch.randint(0, 3, (n,), generator=draw)
    torch.manual_seed(1)
    module = module or nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    train_on = Samples(inputs=inputs, targets=targets, offsets=np.cumsum([0, *COUNTS]))
    return Task(**{"name": "t", "module": module, "train": train_on} | changes)


def engine(task, kind, precision, plan=PLAN):
    return make_engine(
        task, plan, model=0, seed=5, device="cpu", kind=kind, precision=PRECISIONS[precision]
    )


def by_hand(start, task, client, plan, round_=0):
    """Start less end of a client's descent in NumPy's float64."""
    x, labels = (part.numpy() for part in task.train.of(client))
    x, target = x.astype(np.float64), np.eye(3)[labels]
    shapes = [(5, 4), (5,), (3, 5), (3,)]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    flat = start.copy()
    for _ in range(plan.epochs):
        a, b, c, d = (p.reshape(s) for p, s in zip(np.split(flat, ends), shapes, strict=True))
        hidden = np.tanh(x @ a.T + b)
        scores = np.exp(hidden @ c.T + d)
        out = (scores / scores.sum(axis=1, keepdims=True) - target) / len(x)
        back = (out @ c) * (1.0 - hidden**2)
        slope = np.concatenate(
            [(back.T @ x).ravel(), back.sum(0), (out.T @ hidden).ravel(), out.sum(0)]
        )
        slope += plan.weight_decay * flat + plan.proximal * (flat - start)
        flat = flat - plan.rate(round_) * slope
    return start - flat


def start_of(task):
    return torch.cat([p.detach().reshape(-1) for p in task.module.parameters()]).double()


@pytest.mark.parametrize("kind", SLOW)
def test_float64_updates_are_those_by_hand(kind):
    task = make_task()
    start = start_of(task) + 1e-10  # not a float32 number
    updates = engine(task, kind, "float64").updates(start, np.arange(3), 0)
    expected = np.stack([by_hand(start.numpy(), task, client, PLAN) for client in range(3)])
    assert updates.dtype == torch.float64
    np.testing.assert_allclose(updates.numpy(), expected, rtol=0, atol=1e-12)
    single = engine(task, kind, "float32").updates(start, np.arange(3), 0)
    assert np.abs(single.double().numpy() - expected).max() > 1e-9  # the bound is one that can fail


def test_float64_rounds_are_those_by_hand(tmp_path):
    """Three rounds of everybody: what clients compute, what the server adds up, what is kept."""
    task = make_task()
    federation = Federation(tasks=(task,))
    plan = replace(PLAN, decay=0.9)
    settings = {"plan": plan, "budget": 3.0, "restart": False, "precision": "float64"}
    history = train(federation, method("full"), rounds=3, measure=True, **settings)
    at, shares = start_of(task).numpy(), np.array(COUNTS) / sum(COUNTS)
    for round_ in range(3):
        moves = [by_hand(at, task, client, plan, round_) for client in range(3)]
        at = at - shares @ np.stack(moves)
    assert history.parameters[0].dtype == np.float64
    np.testing.assert_allclose(history.parameters[0], at, rtol=0, atol=1e-12)
    assert history.squared_error.max() < 1e-28
    history.save(tmp_path / "history.npz")
    again = History.load(tmp_path / "history.npz")
    assert again.precision == history.precision == "float64"
    np.testing.assert_array_equal(again.parameters[0], history.parameters[0])


@pytest.mark.parametrize("name", ["fedvarp", "mifa", "scaffold", "gvr", "q-fedavg"])
def test_methods_remember_and_send_float64(name):
    """Where all are drawn every round, what is remembered decides nothing: full participation."""
    task = make_task()
    federation = Federation(tasks=(task,), link=8.0)
    settings = {"plan": PLAN, "rounds": 2, "budget": 3.0, "restart": False}
    double = train(federation, method(name), precision="float64", **settings)
    single = train(federation, method(name), **settings)
    assert double.parameters[0].dtype == np.float64
    apart = np.abs(double.parameters[0] - single.parameters[0]).max()
    assert 1e-10 < apart < 1e-5
    assert np.array_equal(double.uploads, single.uploads)
    reports = double.seconds - 2.0 * single.seconds  # 8 bytes of a report stay 8 bytes
    assert np.all(reports <= 0.0)
    assert np.all(reports > -1e-4)


def test_measured_steps_in_float64_err_as_theory_says_to_float64():
    task = make_task()
    settings = {"plan": PLAN, "rounds": 1, "budget": 1.0, "measure": True, "restart": False}
    found = train(Federation(tasks=(task,)), method("random"), precision="float64", **settings)
    moves = np.stack([by_hand(start_of(task).numpy(), task, c, PLAN) for c in range(3)])
    shares, p = np.array(COUNTS) / sum(COUNTS), 1.0 / 3.0
    expected = np.sum(shares**2 * np.sum(moves**2, axis=1)) * (1.0 / p - 1.0)
    np.testing.assert_allclose(found.predicted_variance, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", SLOW)
def test_bf16_rounds_networks_and_keeps_a_master_copy(kind):
    """One weight: ``1 + 2^-10`` is 1 in bfloat16, whose next number below 1 is ``1 - 2^-8``.

    A step of ``2^-12`` would be lost in a copy kept in bfloat16; the gradient at the rounded weight
    and input is exactly 1.
    """
    module = nn.Sequential(nn.Linear(1, 1, bias=False))
    inputs, targets = torch.tensor([[1.0 + 2.0**-9]]), torch.tensor([[0.0]])
    samples = Samples(inputs=inputs, targets=targets, offsets=np.array([0, 1]))
    task = Task(name="t", module=module, train=samples, loss="squared error")
    plan = LocalPlan(epochs=3, batch_size=None, learning_rate=2.0**-12)
    start = torch.tensor([1.0 + 2.0**-10])
    made = engine(task, kind, "bf16", plan)
    updates = made.updates(start, np.array([0]), 0)
    assert updates.dtype == torch.float32
    assert updates.item() == 3 * 2.0**-12
    assert made.losses(start, np.array([0])) == 0.5
    assert (
        engine(task, kind, "float32", plan).updates(start, np.array([0]), 0).item() != 3 * 2.0**-12
    )


@pytest.mark.parametrize("kind", SLOW)
def test_bf16_differs_from_float32_by_its_rounding(kind):
    """A number in bfloat16 is off by up to ``2^-8`` of it; a gradient passes eight roundings."""
    task = make_task()
    plan = replace(PLAN, epochs=1)
    rough = engine(task, kind, "bf16", plan).updates(start_of(task), np.arange(3), 0)
    fine = engine(task, kind, "float32", plan).updates(start_of(task), np.arange(3), 0)
    apart = torch.linalg.vector_norm(rough - fine, dim=1) / torch.linalg.vector_norm(fine, dim=1)
    assert rough.dtype == torch.float32
    assert float(apart.min()) > 2.0**-14
    assert float(apart.max()) < 8 * 2.0**-8


def test_compiled_loops_refuse_what_they_do_not_know():
    task = make_task()
    for precision in ("float64", "bf16"):
        with pytest.raises(InvalidProblemError, match=f"fused.*float32, not for {precision}"):
            engine(task, "fused", precision)
        assert type(engine(task, "auto", precision)).__name__ == "BatchedEngine"
    assert type(engine(task, "auto", "float32")).__name__ == "FusedEngine"
    with pytest.raises(InvalidProblemError, match=r"precision is 'half'.*float64"):
        train(Federation(tasks=(task,)), method("full"), rounds=1, plan=PLAN, budget=1.0,
              precision="half")  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*trains one client after another")
@pytest.mark.parametrize("kind", ["auto", "plain", "vmapped"])
def test_networks_of_one_precision_are_refused_in_another(kind):
    task = make_task(Fixed())
    engine(task, kind, "float32")
    with pytest.raises(InvalidProblemError, match=r"'t'.*dtype"):
        engine(task, kind, "float64")


def test_a_run_goes_on_in_its_own_precision(tmp_path):
    federation = Federation(tasks=(make_task(),))
    kept = tmp_path / "run.npz"
    settings = {"plan": PLAN, "budget": 2.0, "checkpoint": kept, "engine": "batched"}
    train(federation, method("mifa"), rounds=2, precision="float64", **settings)
    for other in ("float32", "bf16"):
        with pytest.raises(InvalidProblemError, match="precision"):
            train(federation, method("mifa"), rounds=4, precision=other, **settings)
    history = train(federation, method("mifa"), rounds=4, precision="float64", **settings)
    settings.pop("checkpoint")
    whole = train(federation, method("mifa"), rounds=4, precision="float64", **settings)
    assert history.parameters[0].tobytes() == whole.parameters[0].tobytes()


def test_histories_of_before_are_of_float32():
    federation = Federation(tasks=(make_task(),))
    history = train(federation, method("full"), rounds=1, plan=PLAN, budget=3.0)
    arrays = history.to_arrays()
    texts = bytes(arrays["texts"]).replace(b', "precision": "float32"', b"")
    assert b"precision" not in texts
    arrays["texts"] = np.frombuffer(texts, dtype=arrays["texts"].dtype)
    assert History.from_arrays(arrays).precision == "float32"


def test_two_processes_train_in_float64_as_one_does():
    federation = Federation(tasks=(make_task(),))
    settings = {"plan": PLAN, "rounds": 2, "budget": 3.0, "engine": "plain", "precision": "float64"}
    one = train(federation, method("scaffold"), **settings)
    two = train(federation, method("scaffold"), processes=2, **settings)
    assert one.parameters[0].tobytes() == two.parameters[0].tobytes()
