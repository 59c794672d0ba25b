import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from roundlot.simulate.tasks import (
    character_recurrent,
    character_window,
    cifar_cnn,
    digits_cnn,
    images_cnn,
    mlp,
    small_images_cnn,
)
from roundlot.simulate.tasks.networks import parameters_of
from roundlot.simulate.tasks.recurrent import GRUCell, LSTMCell, Recurrent
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
    assert parameters_of(module) == parameters
    assert module(torch.zeros(2, *shape)).shape == (2, 10)
    assert not any(isinstance(part, nn.BatchNorm2d | nn.Dropout) for part in module.modules())


def test_the_papers_recurrent_network_has_its_size():
    module = character_recurrent(80)
    assert parameters_of(module) == 817_872
    assert module(torch.zeros(2, 5, dtype=torch.long)).shape == (2, 80)


def test_weights_depend_on_the_seed_and_leave_torch_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, third = (digits_cnn(seed=seed)[0].weight for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


@pytest.mark.parametrize(("cell", "reference"), [(LSTMCell, nn.LSTM), (GRUCell, nn.GRU)])
def test_recurrent_layers_compute_what_torch_computes(cell, reference):
    torch.manual_seed(0)
    mine, theirs = cell(3, 5), reference(3, 5, batch_first=True)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(mine.from_input.weight)
        theirs.weight_hh_l0.copy_(mine.from_state.weight)
        theirs.bias_ih_l0.copy_(mine.from_input.bias)
        theirs.bias_hh_l0.zero_()
        inputs = torch.randn(4, 7, 3)
        expected = theirs(inputs)[0]
        torch.testing.assert_close(Recurrent(mine, last=False)(inputs), expected)
        torch.testing.assert_close(Recurrent(mine, last=True)(inputs), expected[:, -1])


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (character_window(6, 4, hidden=8), torch.randint(0, 6, (3, 2, 4))),
        (character_recurrent(6, hidden=8), torch.randint(0, 6, (3, 2, 4))),
        (character_recurrent(6, cell="gru", hidden=8, layers=1), torch.randint(0, 6, (3, 2, 4))),
        (digits_cnn(), torch.rand(3, 2, 1, 8, 8)),
    ],
)
def test_gradients_of_many_clients_go_through_vmap(module, inputs):
    weights = dict(module.named_parameters())
    targets = torch.zeros(3, 2, dtype=torch.long)

    def loss(parameters, x, y):
        return nn.functional.cross_entropy(functional_call(module, parameters, (x,)), y)

    together = vmap(grad(loss), in_dims=(None, 0, 0))(weights, inputs, targets)
    for client in range(3):
        alone = grad(loss)(weights, inputs[client], targets[client])
        for name, gradient in alone.items():
            torch.testing.assert_close(together[name][client], gradient, rtol=1e-4, atol=1e-6)


def test_errors_name_the_remedy():
    with pytest.raises(InvalidProblemError, match="give at least inputs and outputs"):
        mlp((3,))
    with pytest.raises(InvalidProblemError, match="layer's size is 0"):
        mlp((3, 0, 2))
    with pytest.raises(InvalidProblemError, match="choose one of lstm, gru"):
        character_recurrent(5, cell="rnn")
