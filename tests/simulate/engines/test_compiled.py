"""Compiled steps equal the plain loop; what cannot be compiled is refused by name."""

import ctypes

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from roundlot.simulate.engines import compiled, lane_products, step_compiler
from roundlot.simulate.engines.batches import draw_batches
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.compiled import CompiledEngine
from roundlot.simulate.engines.lane_state import LaneState
from roundlot.simulate.engines.lanes import BEGINS, ENDS, lane_plan, padded_widths
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, precision_of
from roundlot.simulate.engines.turn_tables import TurnTables
from roundlot.simulate.tasks.parameters import flatten, layout
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError

COUNTS = (9, 0, 1, 4, 2, 17, 3)


class Normalised(nn.Module):
    """A skip, a norm, a frozen layer and a buffer; sizes that are no multiples of a vector."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.norm = nn.Linear(6, 5), nn.LayerNorm(5)
        self.frozen = nn.Linear(5, 5).requires_grad_(False)
        self.leave = nn.Linear(5, 4)
        self.register_buffer("shift", torch.linspace(-1.0, 1.0, 5))

    def forward(self, rows):
        first = torch.relu(self.norm(self.enter(rows)))
        return self.leave(first + torch.tanh(self.frozen(first) + self.shift))


class Branching(nn.Module):
    """What it computes depends on values."""

    def __init__(self) -> None:
        super().__init__()
        self.leave = nn.Linear(6, 4)

    def forward(self, rows):
        return self.leave(rows) if float(self.leave.bias.sum()) > 0.0 else -self.leave(rows)


def make_task(counts=COUNTS, module=None):
    draw = torch.Generator().manual_seed(0)
    n = sum(counts)
    torch.manual_seed(0)
    train = Samples(
        inputs=torch.randn((n, 6), generator=draw),
        targets=torch.randint(0, 4, (n,), generator=draw),
        offsets=np.cumsum([0, *counts]),
    )
    return Task(name="rows", module=module or Normalised(), train=train)


def updates(task, kind, plan, *, precision=FLOAT32, **options):
    clients = np.flatnonzero(task.train.counts)
    made = make_engine(task, plan, model=0, seed=3, device="cpu", kind=kind, precision=precision)
    return made.updates(flatten(task.module), clients, 1, **options)


def require_close(got, expected):
    """Equal to float32's rounding over a few steps, of parameters of size 1 and of gradients."""
    assert float((got - expected).abs().max()) <= 3e-6 * float(expected.abs().max()) + 1.2e-7


@pytest.fixture
def interpreted(monkeypatch):
    """Steps as they are, not compiled; the compiler need not be there."""
    monkeypatch.setattr(step_compiler, "missing", lambda device: None)
    monkeypatch.setattr(compiled, "missing", lambda device: None)

    def as_it_is(step, slots):
        return lambda *tensors: step(slots.filled(tensors))[0]

    monkeypatch.setattr(compiled, "compiled_step", as_it_is)


PLANS = {
    "plain": LocalPlan(epochs=2, batch_size=4),
    "all data": LocalPlan(epochs=2, batch_size=None),
    "momentum": LocalPlan(epochs=2, batch_size=4, momentum=0.9, weight_decay=0.1),
    "adam": LocalPlan(epochs=3, batch_size=4, optimizer="adam", learning_rate=0.01, proximal=0.3),
    "clip": LocalPlan(epochs=2, batch_size=4, clip=0.1, decay=0.5),
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.usefixtures("interpreted")
def test_lanes_train_as_the_plain_loop_does(plan):
    task = make_task()
    require_close(*(updates(task, kind, PLANS[plan]) for kind in ("compiled", "plain")))


@pytest.mark.parametrize("shape", ["one", "each"])
@pytest.mark.usefixtures("interpreted")
def test_corrections_are_added_in_every_lane(shape):
    task = make_task()
    n = flatten(task.module).numel()
    shape = (n,) if shape == "one" else (sum(count > 0 for count in COUNTS), n)
    correction = 0.1 * torch.randn(shape, generator=torch.Generator().manual_seed(1))
    kinds = ("compiled", "plain")
    require_close(*(updates(task, k, PLANS["plain"], correction=correction) for k in kinds))


@pytest.mark.parametrize(("name", "most"), [("float64", 1e-13), ("bf16", 0.02)])
@pytest.mark.usefixtures("interpreted")
def test_lanes_train_in_other_precisions(name, most):
    task, precision = make_task(), precision_of(name)
    got, expected = (
        updates(task, kind, PLANS["adam"], precision=precision) for kind in ("compiled", "plain")
    )
    assert got.dtype == expected.dtype == precision.kept
    assert float((got - expected).norm()) <= most * float(expected.norm())


@given(
    steps=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    lanes=st.sampled_from([1, 2, 4, 8]),
)
def test_lanes_take_every_step_once_and_in_order(steps, lanes):
    clients = np.arange(len(steps)) * 2 + 1
    plan = lane_plan(clients, np.array(steps), lanes)
    taken = {int(client): [] for client in clients}
    for row, at in zip(plan.clients, plan.steps, strict=True):
        used = int((row >= 0).sum())
        assert 0 < used <= lanes
        assert (row[used:] == -1).all()
        for client, step in zip(row[:used], at[:used], strict=True):
            taken[int(client)].append(int(step))
    assert all(taken[2 * k + 1] == list(range(n)) for k, n in enumerate(steps))
    # List scheduling, longest first: nobody waits while a lane is free (Graham 1969).
    assert len(plan.clients) <= sum(steps) / lanes + max(steps)
    events, there = plan.events.tolist(), {}
    for turn in range(-1, len(plan.clients)):
        for _, kind, lane, other in (event for event in events if event[0] == turn):
            if kind == BEGINS:
                there[lane] = other
            elif kind == ENDS:
                assert there.pop(lane) == other
            else:
                there[other] = there.pop(lane)
        if turn + 1 < len(plan.clients):
            row = plan.clients[turn + 1]
            assert there == {lane: client for lane, client in enumerate(row) if client >= 0}
    assert not there


@given(
    counts=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    size=st.sampled_from([None, 1, 3, 4]),
)
@settings(max_examples=30)
def test_lanes_read_the_batches_of_their_clients(counts, size):
    offsets = np.cumsum([0, *counts])
    clients, plan = np.arange(len(counts)), LocalPlan(epochs=2, batch_size=size)
    batches = draw_batches(offsets, clients, plan, seed=0, model=0, round_=2)
    targets = torch.arange(100, 100 + sum(counts))
    lanes = lane_plan(clients, batches.steps, 2)
    tables = TurnTables(targets, plan, 2, 9, torch.float32)
    tables.turns = 3  # so that they are filled again and again
    for first in range(0, len(lanes.used), 3):
        some = lanes.clients[first : first + 3]
        assert tables.fill(batches, lanes, first) == len(some)
        labels, rows, shares = tables.tables(0, 2)
        assert torch.equal(labels[: len(some)], targets[rows[: len(some)]])
        for (turn, lane), client in np.ndenumerate(some):
            if client < 0:
                assert not shares[turn, lane].any()
                continue
            batch = batches.of(client)[lanes.steps[first + turn, lane]]
            assert rows[turn, lane, : batch.size].tolist() == batch.tolist()
            assert shares[turn, lane, : batch.size].numpy() == pytest.approx(1.0 / batch.size)
            assert not shares[turn, lane, batch.size :].any()


def test_few_widths_are_compiled():
    widths = np.array([1, 2, 10, 16, 16])
    assert padded_widths(widths, np.full(5, 10)).tolist() == [8, 16]  # 800 padded, 640: a fifth
    assert padded_widths(widths, np.array([1, 1, 10, 10, 10])).tolist() == [16]
    assert padded_widths(np.array([5]), np.array([3])).tolist() == [5]


def test_lanes_keep_parameters_apart_by_cache_lines():
    parts = layout(Normalised())
    start = torch.arange(float(sum(parts.sizes)))
    state = LaneState(parts, LocalPlan(), start, 2, corrected=False)
    moved = torch.full((1, start.numel()), -1.0)
    state.restart(start, None, moved)
    state.happen([[-1, BEGINS, 1, 0]])
    here, *_ = state.pieces(0, 2)
    assert all(piece.storage_offset() % 16 == 0 and piece.stride(0) % 16 == 0 for piece in here)
    assert torch.equal(torch.cat([piece[1].flatten() for piece in here]), start)
    for piece in here:
        piece[1] -= 2.0
    state.happen([[0, ENDS, 1, 0]])
    assert torch.equal(moved, torch.full_like(moved, 2.0))


def test_without_a_compiler_it_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InvalidProblemError, match="'no-such-compiler' is not there: install one"):
        updates(make_task(), "compiled", LocalPlan())


@pytest.mark.usefixtures("interpreted")
def test_a_network_that_branches_on_values_is_refused_by_name():
    with pytest.raises(InvalidProblemError, match=r"compiled engine cannot train 'rows'.*vmap"):
        updates(make_task(module=Branching()), "compiled", LocalPlan())


needs_compiler = pytest.mark.skipif(
    step_compiler.missing("cpu") is not None,
    reason=f"{step_compiler.missing('cpu')}",
)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("plan", ["plain", "adam"])
def test_compiled_steps_equal_the_plain_loop(plan):
    task = make_task()
    require_close(*(updates(task, kind, PLANS[plan]) for kind in ("compiled", "plain")))


def test_small_products_go_to_the_weights_at_once():
    chain = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4, bias=False))
    engine = CompiledEngine(make_task(module=chain), LocalPlan(), model=0, seed=0)
    slots = engine._slots(engine._desk(16, corrected=False), 0, 4)
    draw = torch.Generator().manual_seed(1)
    for tensor in (*slots.pieces, *slots.data):
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=draw))
    graph, _ = step_compiler.traced(engine._step, slots)
    graph = lane_products.with_lane_products(graph)
    names = [str(node.target) for node in graph.graph.nodes]
    assert [sum(name in one for one in names) for name in ("lane_product", "bmm")] == [3, 0]
    assert sum("lane_descent" in name for name in names) == 2
    whole, by_graph = ([one.clone() for one in slots.flat()] for _ in range(2))
    (losses,), (same,) = engine._step(slots.filled(whole)), graph(*by_graph)
    assert torch.allclose(losses, same)
    for one, other in zip(whole, by_graph, strict=True):
        assert torch.allclose(one, other, atol=1e-6)
    assert not torch.equal(whole[0], slots.pieces[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@needs_compiler
@pytest.mark.slow
def test_loops_of_small_products_are_products(dtype):
    """Of sizes around those of vectors and tiles; factors lie by rows and by columns."""
    draw = torch.Generator().manual_seed(0)
    descent = lane_products.loops().aoti_torch_cpu_lane_descent
    handles = torch._C._aoti.unsafe_alloc_void_ptrs_from_tensors
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    rate = torch.tensor(-0.5, dtype=dtype)
    for rows, terms, columns in [(1, 1, 1), (9, 3, 7), (13, 40, 33), (64, 16, 64), (6, 17, 81)]:
        a = torch.rand((3, rows, terms), generator=draw, dtype=dtype)
        b = torch.rand((3, terms, columns), generator=draw, dtype=dtype)
        expected = np.einsum("lmk,lkn->lmn", a.double().numpy(), b.double().numpy())
        for left in (a, a.transpose(1, 2).contiguous().transpose(1, 2)):
            for right in (b, b.transpose(1, 2).contiguous().transpose(1, 2)):
                got = torch.ones((3, rows, columns + 1), dtype=dtype)
                given = handles([got[:, :, :columns], left, right, rate])
                places = [ctypes.c_void_p(pointer(one, None)) for one in given]
                assert descent(*places, None) == 0
                error = np.abs(got[:, :, :columns].double().numpy() - 1.0 - 0.5 * expected).max()
                assert error <= terms * torch.finfo(dtype).eps * (1.0 + expected.max())
                assert (got[:, :, columns] == 1.0).all()  # nothing is written beyond
