"""Every engine trains as the plain loop does, whatever the shapes; bad input is refused by name."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from roundlot.simulate.engines.batches import draw_batches
from roundlot.simulate.engines.chains import read_stack
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.side_by_side import blocks
from roundlot.simulate.philox import STREAM_BATCH, key_words, philox_numpy
from roundlot.simulate.tasks.networks import character_recurrent
from roundlot.simulate.tasks.parameters import flatten, layout, restart, with_parameters
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError, RoundlotWarning
from roundlot.theory.errors import TrainingError


class Words(nn.Module):
    """An embedding, a recurrent layer, a linear layer: no chain."""

    def __init__(self, cell: type[nn.RNNBase] = nn.GRU, **options: object) -> None:
        super().__init__()
        self.read = nn.Embedding(9, 4)
        self.run = cell(4, 5, batch_first=True, **options)
        self.write = nn.Linear(10 if options.get("bidirectional") else 5, 4)

    def forward(self, words):
        out, end = self.run(self.read(words))
        top = end[0] if isinstance(end, tuple) else end
        return self.write(out[:, -1]) + top[-1].sum(dim=-1, keepdim=True)


class Residual(nn.Module):
    """A skip connection and a normalised convolution: no chain, but vmap runs it."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.middle = nn.Conv2d(4, 4, 3, padding=1)
        self.leave = nn.Linear(4, 4)

    def forward(self, images):
        first = torch.tanh(self.norm(self.enter(images)))
        return self.leave((first + self.middle(first)).mean(dim=(2, 3)))


def absolute(outputs, targets):
    return (outputs - targets).abs().sqrt().flatten(1).sum(dim=1)


def rows():
    return nn.Sequential(nn.Linear(6, 5), nn.Sequential(nn.ReLU(), nn.Linear(5, 5, bias=False)),
                         nn.Sigmoid(), nn.Identity(), nn.Linear(5, 4))  # fmt: skip


def images():
    first = nn.Conv2d(1, 3, 3, padding=1)
    second = nn.Conv2d(3, 4, (2, 3), stride=(1, 2), padding=(0, 1), bias=False)
    return nn.Sequential(first, nn.Tanh(), nn.MaxPool2d(2), second, nn.ReLU(),
                         nn.AvgPool2d((2, 1)), nn.Flatten(), nn.Linear(8, 4))  # fmt: skip


NETWORKS = {
    "rows": (rows, (6,), ("vmapped", "batched")),
    "images": (images, (1, 7, 7), ("vmapped", "batched")),
    "residual": (Residual, (1, 5, 5), ("vmapped",)),
    "words": (Words, (3,), ("vmapped",)),
}


def make_task(network, counts, *, loss="cross entropy", seed=0, **changes):
    """Random data for a network of ``NETWORKS``."""
    build, shape, _ = NETWORKS[network]
    draw = torch.Generator().manual_seed(seed)
    n = int(sum(counts))
    tokens = network == "words"
    inputs = (torch.randint(0, 9, (n, *shape), generator=draw) if tokens
              else torch.randn((n, *shape), generator=draw))  # fmt: skip
    if loss == "cross entropy":
        targets = torch.randint(0, 4, (n,), generator=draw)
    else:
        targets = torch.randn((n, 4), generator=draw)
    torch.manual_seed(seed)
    train = Samples(inputs=inputs, targets=targets, offsets=np.cumsum([0, *counts]))
    return Task(**{"name": network, "module": build(), "train": train, "loss": loss} | changes)


def engine(task, kind, plan=None, **options):
    settings_ = {"model": 0, "seed": 5, "device": "cpu"} | options
    return make_engine(task, plan or LocalPlan(epochs=2, batch_size=3), kind=kind, **settings_)


def close(one, other):
    scale = max(float(other.abs().max()), 1e-3)
    torch.testing.assert_close(one, other, rtol=2e-4, atol=2e-5 * scale)


SHAPES = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)


@given(
    network=st.sampled_from(sorted(NETWORKS)),
    counts=SHAPES,
    plan=st.builds(
        LocalPlan,
        epochs=st.integers(1, 3),
        batch_size=st.sampled_from([None, 1, 2, 4, 16]),
        learning_rate=st.sampled_from([0.01, 0.1]),
        decay=st.sampled_from([1.0, 0.9]),
        proximal=st.sampled_from([0.0, 0.3]),
        weight_decay=st.sampled_from([0.0, 0.2]),
    ),
    loss=st.sampled_from(["cross entropy", "squared error", absolute]),
    correction=st.sampled_from([None, "one", "each"]),
    chunk=st.sampled_from([None, 1, 2]),
    round_=st.integers(0, 3),
)
@settings(max_examples=40)
def test_every_engine_trains_as_the_plain_loop_does(
    network, counts, plan, loss, correction, chunk, round_
):
    task = make_task(network, counts, loss=loss)
    clients = np.flatnonzero(counts)
    parameters = flatten(task.module)
    if correction is not None:
        shape = (clients.size, parameters.numel()) if correction == "each" else parameters.shape
        correction = 0.1 * torch.randn(shape, generator=torch.Generator().manual_seed(1))
    options = {"correction": correction}
    expected = engine(task, "plain", plan).updates(parameters, clients, round_, **options)
    assert float(expected.abs().max()) > 0.0
    for kind in NETWORKS[network][2]:
        got = engine(task, kind, plan, chunk=chunk).updates(parameters, clients, round_, **options)
        assert got.dtype == torch.float32
        close(got, expected)


def by_hand(task, plan, client, round_, seed, correction):
    """The update of a client written as one would with torch.optim."""
    network = with_parameters(task.module, flatten(task.module))
    start = [p.detach().clone() for p in network.parameters()]
    optimiser = torch.optim.SGD(
        network.parameters(), lr=plan.rate(round_), weight_decay=plan.weight_decay
    )
    pieces = layout(network).split(correction).values()
    batches = draw_batches(
        task.train.offsets, np.array([client]), plan, seed=seed, model=0, round_=round_
    )
    for some in batches.of(0):
        optimiser.zero_grad()
        outputs = network(task.train.inputs[some])
        loss = nn.functional.cross_entropy(outputs, task.train.targets[some])
        for p, first, extra in zip(network.parameters(), start, pieces, strict=True):
            loss = loss + plan.proximal / 2 * (p - first).square().sum() + (extra * p).sum()
        loss.backward()
        optimiser.step()
    return flatten(task.module) - flatten(network)


def test_the_plain_loop_trains_as_torch_does():
    task = make_task("rows", [3, 8, 5])
    plan = LocalPlan(
        epochs=3, batch_size=3, learning_rate=0.2, decay=0.5, proximal=0.4, weight_decay=0.3
    )
    correction = torch.linspace(-0.1, 0.1, task.n_parameters)
    got = engine(task, "plain", plan).updates(
        flatten(task.module), np.array([1, 2]), 2, correction=correction
    )
    for row, client in zip(got, (1, 2), strict=True):
        close(row, by_hand(task, plan, client, 2, 5, correction))


@given(counts=SHAPES, epochs=st.integers(1, 3), size=st.sampled_from([None, 1, 3, 50]))
def test_an_epoch_goes_once_through_a_client_s_data(counts, epochs, size):
    offsets = np.cumsum([0, *counts])
    clients = np.flatnonzero(counts)
    plan = LocalPlan(epochs=epochs, batch_size=size)
    drawn = draw_batches(offsets, clients, plan, seed=3, model=1, round_=7)
    for place, client in enumerate(clients):
        steps = drawn.of(place)
        assert len(steps) == drawn.steps[place]
        assert max(map(len, steps)) <= (size or 99)
        own = np.arange(offsets[client], offsets[client + 1])
        for epoch in np.concatenate(steps).reshape(epochs, -1):
            assert np.array_equal(np.sort(epoch), own)


def test_batches_depend_on_seed_model_round_and_client_alone():
    offsets = np.array([0, 20, 40, 60])

    def draw(clients, seed=1, model=0, round_=0):
        return draw_batches(
            offsets, np.array(clients), LocalPlan(epochs=2), seed=seed, model=model, round_=round_
        ).order

    both = draw([0, 2])
    assert np.array_equal(both[40:], draw([2]))
    assert np.array_equal(both, draw([0, 2]))
    others = [
        draw([2], seed=2),
        draw([2], model=1),
        draw([2], round_=1),
        draw([1]) + 20,
        both[:40] + 40,
    ]
    for other in others:
        assert not np.array_equal(draw([2]), other)
    assert not np.array_equal(both[:20], both[20:40])


def test_shuffles_are_fisher_and_yates_by_the_words_of_the_page():
    """Number ``(round, epoch n + place)``, who, stream; low bits until below the bound."""
    seed, round_, model, count, client = 9, 3, 2, 11, 1
    plan = LocalPlan(epochs=2, batch_size=4)
    offsets = np.array([0, 5, 5 + count])
    made = draw_batches(offsets, np.array([client]), plan, seed=seed, model=model, round_=round_)
    expected = []
    for epoch in range(2):
        row = list(range(5, 5 + count))
        for place in range(count - 1, 0, -1):
            mask = (1 << place.bit_length()) - 1
            for attempt in range(256):
                stream = STREAM_BATCH + (model << 16) + 16 * attempt
                counter = [round_, epoch * count + place, client, stream]
                words = philox_numpy(counter, key_words(seed)).astype(object)
                other = ((words[0] << 30) | (words[1] >> 2)) & mask
                if other <= place:
                    break
            row[place], row[other] = row[other], row[place]
        expected += row
    assert made.order.tolist() == expected


def test_shuffles_are_uniform():
    offsets = np.array([0, 3])
    plan = LocalPlan(epochs=6000)
    drawn = draw_batches(offsets, np.array([0]), plan, seed=0, model=0, round_=0).order
    _, seen = np.unique(drawn.reshape(-1, 3), axis=0, return_counts=True)
    assert len(seen) == 6
    assert np.sum((seen - 1000) ** 2 / 1000) < 25.7  # chi-square of 5 degrees at 1e-4


@given(
    counts=st.lists(st.integers(1, 200), min_size=1, max_size=12),
    size=st.sampled_from([None, 4, 16, 64]),
    chunk=st.integers(1, 12),
)
def test_blocks_hold_every_step_of_every_client_once(counts, size, chunk):
    offsets = np.cumsum([0, *counts])
    plan = LocalPlan(epochs=2, batch_size=size)
    drawn = draw_batches(offsets, np.arange(len(counts)), plan, seed=0, model=0, round_=0)
    seen = []
    for block in blocks(drawn, chunk):
        assert len(block.clients) <= chunk
        seen += block.clients.tolist()
        steps = [[] for _ in block.clients]
        place = 0
        for active in block.active:
            for client in range(active):
                part = slice(place, place + block.width)
                own = block.shares[part] > 0
                assert np.sum(block.shares[part]) == pytest.approx(1.0, rel=1e-5)
                steps[client].append(block.rows[part][own])
                place += block.width
        for client, got in zip(block.clients, steps, strict=True):
            expected = drawn.of(client)
            assert len(got) == len(expected)
            assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))
    assert sorted(seen) == list(range(len(counts)))


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
def test_neither_company_nor_order_nor_chunks_change_an_update(kind):
    task = make_task("images", [2, 9, 1, 14, 5])
    parameters = flatten(task.module)
    alone = engine(task, kind).updates(parameters, np.array([3]), 1)
    some = engine(task, kind).updates(parameters, np.array([4, 3, 0, 1]), 1)
    pairs = engine(task, kind, chunk=2).updates(parameters, np.array([0, 1, 3, 4]), 1)
    close(some[1:2], alone)
    close(some[[2, 3, 1, 0]], pairs)


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
def test_the_same_seed_gives_the_same_bits(kind):
    task = make_task("images", [2, 9, 1])
    parameters, clients = flatten(task.module), np.arange(3)
    one, two = (engine(task, kind).updates(parameters, clients, 3) for _ in range(2))
    assert torch.equal(one, two)
    other = engine(task, kind, seed=6).updates(parameters, clients, 3)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize(
    "options", [{"num_layers": 2}, {"bidirectional": True}, {"bias": False, "num_layers": 2}]
)
def test_recurrent_layers_train_many_clients_at_once(cell, options):
    task = make_task("words", [4, 1, 7], module=Words(cell, **options))
    parameters, clients = flatten(task.module), np.arange(3)
    expected = engine(task, "plain").updates(parameters, clients, 0)
    close(engine(task, "vmapped").updates(parameters, clients, 0), expected)


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
def test_losses_and_evaluation(kind):
    task = make_task("rows", [4, 0, 7, 1])
    trained = engine(task, kind)
    parameters = flatten(task.module) * 1.5
    network = with_parameters(task.module, parameters)
    outputs = network(task.train.inputs).detach()
    each = nn.functional.cross_entropy(outputs, task.train.targets, reduction="none").numpy()
    got = trained.losses(parameters, np.array([3, 0]))
    assert got.dtype == np.float64
    assert got == pytest.approx([each[11:].mean(), each[:4].mean()], rel=1e-6)
    whole = trained.evaluate(parameters)
    right = outputs.argmax(dim=1) == task.train.targets
    assert whole.loss == pytest.approx(each.mean(), rel=1e-6)
    assert whole.accuracy == pytest.approx(right.double().mean().item())
    held = engine(
        make_task("rows", [4], test=(task.train.inputs[4:7], task.train.targets[4:7])), kind
    )
    assert held.evaluate(parameters).loss == pytest.approx(each[4:7].mean(), rel=1e-6)


def test_regression_has_no_accuracy():
    task = make_task("rows", [5], loss="squared error")
    assert np.isnan(engine(task, "vmapped").evaluate(flatten(task.module)).accuracy)


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
def test_a_loss_that_is_not_finite_names_round_task_and_client(kind):
    task = make_task("rows", [4, 6, 3])
    parameters = flatten(task.module)
    correction = torch.zeros(3, task.n_parameters)
    correction[1, 3] = float("inf")
    with pytest.raises(TrainingError, match=r"round 4: .* client 1 on 'rows'") as caught:
        engine(task, kind).updates(parameters, np.array([0, 1, 2]), 4, correction=correction)
    assert (caught.value.round, caught.value.client, caught.value.task) == (4, 1, "rows")
    plan = LocalPlan(learning_rate=1e25)
    with pytest.raises(TrainingError, match="client 2"):
        engine(task, kind, plan).updates(parameters, np.array([2, 0]), 0)
    with pytest.raises(TrainingError, match="the loss of client 0"):
        engine(task, kind).losses(parameters * float("nan"), np.array([0, 1]))


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
def test_clients_that_cannot_train_are_refused_by_name(kind):
    task = make_task("rows", [4, 0, 3])
    trained, parameters = engine(task, kind), flatten(task.module)
    with pytest.raises(InvalidProblemError, match=r"client 1 holds no data for 'rows'"):
        trained.updates(parameters, np.array([0, 1]), 0)
    with pytest.raises(InvalidProblemError, match="from 0 to 2"):
        trained.updates(parameters, np.array([0, 3]), 0)
    with pytest.raises(InvalidProblemError, match="repeat"):
        trained.updates(parameters, np.array([0, 0]), 0)
    with pytest.raises(InvalidProblemError, match="parameters has shape"):
        trained.updates(parameters[1:], np.array([0]), 0)
    nobody = np.zeros(0, dtype=np.int64)
    assert trained.updates(parameters, nobody, 0).shape == (0, task.n_parameters)
    assert trained.losses(parameters, nobody).shape == (0,)


def test_restarts_are_a_function_of_the_seed():
    before = torch.random.get_rng_state()
    network = images()
    ours = torch.random.get_rng_state()
    one, same, other = restart(network, 1), restart(network, 1), restart(network, 2)
    assert torch.equal(ours, torch.random.get_rng_state())
    assert not torch.equal(before, ours)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert one.shape == (layout(network).split(one)["0.weight"].numel() + len(one) - 27,)

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(2))

    with pytest.raises(InvalidProblemError, match="reset_parameters"):
        restart(nn.Sequential(Own()), 0)


def test_frozen_and_shared_parameters():
    frozen = rows()
    frozen[0].requires_grad_(False)
    task = make_task("rows", [5, 2], module=frozen)
    assert task.n_parameters == 5 * 5 + 24
    assert read_stack(frozen) == "some parameters are frozen"
    parameters = flatten(frozen)
    expected = engine(task, "plain").updates(parameters, np.arange(2), 0)
    close(engine(task, "vmapped").updates(parameters, np.arange(2), 0), expected)
    tied = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 4))
    tied[1].weight = tied[0].weight
    task = make_task("rows", [5, 2], module=tied)
    assert read_stack(tied) == "layers share parameters"
    parameters = flatten(tied)
    expected = engine(task, "plain").updates(parameters, np.arange(2), 0)
    close(engine(task, "vmapped").updates(parameters, np.arange(2), 0), expected)


def test_a_task_s_module_is_never_changed():
    network = images()
    before = flatten(network)
    task = make_task("images", [5, 2], module=network)
    for kind in ("plain", "vmapped", "batched"):
        engine(task, kind).updates(before + 1.0, np.arange(2), 0)
    assert torch.equal(flatten(network), before)


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 4)

    def forward(self, x):
        return self.inner(nn.functional.dropout(x, 0.5))


class Counting(Noisy):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.inner(x)


class Mixing(Noisy):
    def forward(self, x):
        return self.inner(x - x.mean(dim=0))


class Dropping(Noisy):
    """Seldom enough to give the same numbers twice."""

    def forward(self, x):
        return nn.functional.dropout(self.inner(x), 1e-9)


class Doubling(Noisy):
    def forward(self, x):
        return self.inner(x.mul_(2.0))


class Overwriting(Noisy):
    def forward(self, x):
        return self.inner(x).exp().mul_(2.0)


class Signed(Noisy):
    """The batch's sum decides, which has one sign for most samples."""

    def forward(self, x):
        out = self.inner(x)
        return out if (x.sum() > 0) else out + 1.0


def with_hook():
    layer = nn.Linear(6, 4)
    layer.weight.register_hook(lambda slope: 0.1 * slope)
    return layer


BAD_NETWORKS = [
    (with_hook, "parameter 'weight' has hooks on its gradient"),
    (Dropping, "draws random numbers"),
    (Doubling, "changes its inputs in place"),
    (Overwriting, "have no gradient .*in place"),
    (Signed, "depends on the other samples"),
    (lambda: nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4)), "'1' .*BatchNorm1d.*GroupNorm"),
    (lambda: nn.Sequential(nn.Dropout(0.3), nn.Linear(6, 4)), "'0' .*Dropout.*p=0.3; use p=0"),
    (lambda: nn.Sequential(nn.LazyLinear(4)), "no shape yet"),
    (lambda: nn.Sequential(nn.ReLU()), "no parameter"),
    (lambda: nn.Linear(6, 4, dtype=torch.complex64), "'weight' is torch.complex64"),
    (lambda: nn.Embedding(6, 4, max_norm=1.0), "max_norm=None"),
    (lambda: nn.Linear(5, 4), "fails on inputs of shape"),
    (lambda: nn.Linear(6, 3), "class 3 of the training data has no output: the network gives 3"),
    (Noisy, "draws random numbers"),
    (Counting, "buffer 'calls' changes"),
    (Mixing, "depends on the other samples"),
]


@pytest.mark.parametrize(("build", "message"), BAD_NETWORKS)
def test_networks_that_cannot_train_are_refused_by_name(build, message):
    with pytest.raises(InvalidProblemError, match=f"'rows': .*{message}"):
        make_task("rows", [20, 20], module=build())


def test_neighbours_that_are_alike_do_not_hide_that_samples_are_mixed():
    """The first samples are the same, so that less their mean they are 0, alone and together."""
    inputs = torch.zeros(20, 6)
    inputs[10:] = torch.randn(10, 6, generator=torch.Generator().manual_seed(0))
    train = Samples(inputs=inputs, targets=torch.arange(20) % 4, offsets=np.array([0, 10, 20]))
    with pytest.raises(InvalidProblemError, match="depends on the other samples"):
        Task(name="alike", module=Mixing(), train=train)


def test_layers_that_do_nothing_wrong_are_not_refused():
    network = nn.Sequential(nn.Dropout(0.0), nn.Linear(6, 4), nn.GroupNorm(2, 4))
    make_task("rows", [20], module=network)


def test_bad_losses_and_labels_are_refused():
    with pytest.raises(InvalidProblemError, match="one per sample"):
        make_task("rows", [5], loss=lambda out, _: out.sum())
    with pytest.raises(InvalidProblemError, match="loss is 'hinge'"):
        make_task("rows", [5], loss="hinge")
    test = (torch.zeros(2, 6), torch.tensor([0, 9]))
    with pytest.raises(InvalidProblemError, match="class 9 of the test data"):
        make_task("rows", [5], test=test)


class Scaled(nn.Module):
    """A factor without dimensions: ``a w x``."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(1.5))
        self.inner = nn.Linear(3, 1, bias=False)

    def forward(self, x):
        return self.factor * self.inner(x)


@pytest.mark.parametrize("plan", [{}, {"clip": 0.5}, {"optimizer": "adam"}])
@pytest.mark.parametrize("kind", ["plain", "vmapped"])
def test_a_parameter_without_dimensions(kind, plan):
    """One step of half a squared error by hand: ``e = a w x − y`` has gradients ``e wx, e a x``."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    module, counts = Scaled(), np.array([0, 3, 7])
    weight, factor = module.inner.weight.detach().double().numpy()[0], 1.5
    train = Samples(
        inputs=torch.tensor(x).float(), targets=torch.tensor(y).float()[:, None], offsets=counts
    )
    task = Task(name="scaled", module=module, train=train, loss="squared error")
    steps = LocalPlan(epochs=1, batch_size=None, learning_rate=0.2, **plan)
    made = make_engine(task, steps, model=0, seed=0, kind=kind)
    moved = made.updates(flatten(module), np.array([1, 0]), 0).numpy()
    for row, client in zip(moved, (slice(3, 7), slice(0, 3)), strict=True):
        error = factor * x[client] @ weight - y[client]
        slope = np.array([error @ (x[client] @ weight), *(factor * error @ x[client])]) / len(error)
        if "clip" in plan:
            slope *= min(1.0, 0.5 / np.linalg.norm(slope))
        if "optimizer" in plan:  # the first step of Adam is the rate times the sign
            slope = np.sign(slope)
        np.testing.assert_allclose(row, 0.2 * slope, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("place", ["layer", "chain"])
def test_a_forward_of_its_own_is_no_simple_layer(place):
    """Set on one object, which keeps its class: what the class does is not what it does."""
    module = nn.Sequential(nn.Linear(6, 4))
    one = module if place == "chain" else module[0]
    own = type(one).forward
    one.forward = lambda x: 2.0 * own(one, x)
    assert "a forward of its own" in read_stack(module)


def test_the_engine_is_chosen_by_what_can_run():
    chain, other = make_task("rows", [5]), make_task("residual", [5])
    assert type(engine(other, "auto")).__name__ == "VmappedEngine"
    assert type(engine(chain, "auto")).__name__ in {"FusedEngine", "BatchedEngine"}
    with pytest.raises(
        InvalidProblemError, match="batched engine cannot train 'residual': a layer"
    ):
        engine(other, "batched")
    with pytest.raises(InvalidProblemError, match="kind is 'fast'"):
        engine(chain, "fast")

    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(6, 4)

        def forward(self, x):
            return self.inner(x) if self.inner.bias.sum().item() > -1e9 else x

    branching = make_task("rows", [5], module=Branching())
    with pytest.warns(RoundlotWarning, match=r"one client after another.*item"):
        chosen = engine(branching, "auto")
    assert type(chosen).__name__ == "PlainEngine"


@pytest.mark.parametrize(
    ("cell", "hidden", "window", "chosen"),
    [
        ("lstm", 64, 20, "PlainEngine"),
        ("lstm", 32, 20, "PlainEngine"),
        ("lstm", 16, 80, "PlainEngine"),
        ("lstm", 64, 5, "VmappedEngine"),
        ("lstm", 16, 20, "VmappedEngine"),
        ("gru", 64, 20, "VmappedEngine"),
    ],
)
def test_a_long_lstm_trains_one_client_after_another(cell, hidden, window, chosen):
    module = character_recurrent(9, cell=cell, hidden=hidden, layers=1)
    tokens = torch.arange(4 * window).view(4, window) % 9
    samples = Samples(inputs=tokens, targets=torch.arange(4), offsets=[0, 1, 4])
    task = Task(name="play", module=module, train=samples)
    assert type(engine(task, "auto", device="cpu")).__name__ == chosen
    assert type(engine(task, "vmapped", device="cpu")).__name__ == "VmappedEngine"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: engines untested on it")
@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_engines_on_cuda_train_as_on_the_cpu(network):
    task = make_task(network, [4, 1, 9, 6])
    parameters, clients = flatten(task.module), np.arange(4)
    expected = engine(task, "plain").updates(parameters, clients, 1)
    for kind in ("plain", *NETWORKS[network][2]):
        trained = engine(task, kind, device="cuda")
        got = trained.updates(parameters, clients, 1)
        assert got.is_cuda
        torch.testing.assert_close(got.cpu(), expected, rtol=1e-3, atol=1e-4)
        own = engine(task, "plain").losses(parameters, clients)
        assert trained.losses(parameters, clients) == pytest.approx(own, rel=1e-4)
