import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.tasks import (
    character_recurrent,
    character_window,
    cifar_cnn,
    digits_cnn,
    images_cnn,
    mlp,
    small_images_cnn,
)
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError

IMAGES = [
    (lambda: mlp((64, 64, 10)), (64,), 4810),
    (digits_cnn, (1, 8, 8), 1898),
    (images_cnn, (1, 28, 28), 1_663_370),
    (small_images_cnn, (1, 28, 28), 54_314),
    (cifar_cnn, (3, 32, 32), 1_756_426),
]


@pytest.mark.parametrize(("build", "shape", "parameters"), IMAGES)
def test_networks_have_their_published_sizes(build, shape, parameters):
    module = build()
    assert flatten(module).numel() == parameters
    assert module(torch.zeros(2, *shape)).shape == (2, 10)
    assert not any(isinstance(part, nn.BatchNorm2d | nn.Dropout) for part in module.modules())


def test_the_papers_recurrent_network_has_its_size():
    module = character_recurrent(80)
    assert flatten(module).numel() == 819_920
    assert module(torch.zeros(2, 5, dtype=torch.long)).shape == (2, 80)


def test_weights_depend_on_the_seed_and_leave_torch_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, third = (digits_cnn(seed=seed)[0].weight for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recurrent_networks_look_at_every_character_in_order(cell):
    module = character_recurrent(6, cell=cell, hidden=8, layers=2)
    tokens = torch.tensor([[0, 1, 2, 3], [1, 0, 2, 3], [4, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 4]])
    outputs = module(tokens).detach()
    assert torch.equal(outputs[0], outputs[3])
    assert not torch.allclose(outputs[0], outputs[1])
    assert not torch.allclose(outputs[0], outputs[2])
    assert not torch.allclose(outputs[0], outputs[4])


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (character_window(6, 4, hidden=8), torch.arange(24).view(6, 4) % 6),
        (character_recurrent(6, hidden=8), torch.arange(24).view(6, 4) % 6),
        (character_recurrent(6, cell="gru", hidden=8, layers=1), torch.arange(24).view(6, 4) % 6),
        (digits_cnn(), torch.linspace(0, 1, 384).view(6, 1, 8, 8)),
    ],
)
def test_many_clients_train_at_once_as_one_by_one(module, inputs):
    samples = Samples(inputs=inputs, targets=torch.arange(6), offsets=[0, 1, 3, 6])
    task = Task(name="small", module=module, train=samples)
    start = torch.nn.utils.parameters_to_vector(module.parameters()).detach()
    plain, together = (
        make_engine(task, LocalPlan(epochs=2), model=0, seed=0, device="cpu", kind=kind).updates(
            start, np.arange(3), 0
        )
        for kind in ("plain", "vmapped")
    )
    assert float(plain.abs().max()) > 1e-3
    torch.testing.assert_close(together, plain, rtol=1e-3, atol=1e-5)


def test_errors_name_the_remedy():
    with pytest.raises(InvalidProblemError, match="give at least inputs and outputs"):
        mlp((3,))
    with pytest.raises(InvalidProblemError, match="layer's size is 0"):
        mlp((3, 0, 2))
    with pytest.raises(InvalidProblemError, match="choose from 'lstm', 'gru'"):
        character_recurrent(5, cell="rnn")
