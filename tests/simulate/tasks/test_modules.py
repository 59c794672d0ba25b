"""Networks as users have them: parameters of all kinds, several inputs and outputs, precisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import (
    Federation,
    History,
    LocalPlan,
    PackedInputs,
    Packing,
    Samples,
    Task,
    make_engine,
    train,
)
from roundlot.theory import InvalidProblemError, RoundlotWarning

INPUTS = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(12) % 2
OWNER = np.arange(12) % 3


class Bare(nn.Module):
    """A scale of its own beside a layer that resets itself."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.layer = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer(x * self.scale)
        return out


class Resets(Bare):
    def reset_parameters(self) -> None:
        nn.init.normal_(self.scale)


class Pooler(nn.Module):
    """A layer that the output does not use."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.pooler = nn.Linear(3, 2), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Any:
        return self.layer(x)


class Several(Pooler):
    def forward(self, x: Tensor) -> Any:
        return {"logits": self.layer(x), "features": x}


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.layer = nn.Embedding(5, 3), nn.Linear(3, 2)

    def forward(self, tokens: Tensor, mask: Tensor, shift: Tensor) -> Any:
        return self.layer((self.table(tokens) * mask[..., None]).mean(dim=1) + shift)


def task(module: nn.Module, inputs: Tensor = INPUTS, **settings: Any) -> Task:
    given = {"name": "own", "train": Samples.by_owner(inputs, LABELS, OWNER, 3)}
    return Task(**(given | {"module": module} | settings))


def trained(one: Task, **settings: Any) -> History:
    federation = Federation(tasks=(one,))
    plan = LocalPlan(epochs=1, batch_size=2)
    return train(federation, Random(), rounds=2, plan=plan, budget=3, **settings)


def test_a_bare_parameter_is_named_with_its_cures() -> None:
    said = r"parameter 'scale' stands on a Bare without reset_parameters.*restart = \"own\""
    with pytest.raises(InvalidProblemError, match=said):
        trained(task(Bare()))
    inner = nn.Sequential(Bare())
    with pytest.raises(InvalidProblemError, match=r"parameter '0\.scale' stands on a Bare"):
        trained(task(inner))
    module = Bare()
    start = torch.cat([p.detach().reshape(-1) for p in module.parameters()])
    still = trained(task(module), restart=False, server_learning_rate=1e-30)
    np.testing.assert_allclose(still.parameters[0], start.numpy(), atol=1e-12)
    assert np.isfinite(trained(task(Resets())).loss).all()


@pytest.mark.parametrize("kind", ["plain", "vmapped"])
def test_parameters_that_are_not_used_have_zero_gradients(kind: Any) -> None:
    one = task(Pooler())
    engine = make_engine(one, LocalPlan(), model=0, seed=0, kind=kind)
    start = torch.cat([p.detach().reshape(-1) for p in one.module.parameters()])
    moved = engine.updates(start, np.array([0, 2]), 0)
    assert moved.shape == (2, 8 + 12)
    assert bool((moved[:, :8] != 0).any())
    assert bool((moved[:, 8:] == 0).all())


def test_one_of_several_outputs_counts() -> None:
    torch.manual_seed(0)
    plain = Pooler()
    several = Several()
    several.load_state_dict(plain.state_dict())
    one = task(several, output="logits")
    histories = [trained(each, restart=False) for each in (task(plain), one)]
    np.testing.assert_array_equal(*[history.loss for history in histories])
    assert replace(one, name="again").module is one.module
    with pytest.raises(InvalidProblemError, match="gives dict with 'logits', 'features' for 3 sam"):
        task(Several())
    with pytest.raises(InvalidProblemError, match="no output 'logit'; it gives logits, features"):
        task(Several(), output="logit")


def test_several_inputs_are_packed_and_unpacked() -> None:
    data = {
        "tokens": torch.arange(48).reshape(12, 4) % 5,
        "mask": torch.arange(48).reshape(12, 4) % 3 > 0,
        "shift": INPUTS,
    }
    packing, module = Packing.of(data), Pair()
    rows = packing.pack(data)
    assert rows.shape == (12, 4 + 4 + 3)
    for part, whole in zip(packing.unpack(rows), data.values(), strict=True):
        assert part.dtype == whole.dtype
        assert torch.equal(part, whole)
    torch.testing.assert_close(PackedInputs(module, packing)(rows), module(**data))
    assert np.isfinite(trained(task(PackedInputs(module, packing), rows)).loss).all()
    whole = Packing.of([data["tokens"], data["mask"]])
    assert whole.pack([data["tokens"], data["mask"]]).dtype == torch.int64


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: task(nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.1))),
            "drops with p=0.1; use p=0",
        ),
        (
            lambda: task(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))),
            r"layer '1' \(BatchNorm1d\) mixes a batch's samples in its statistics; use torch",
        ),
        (lambda: task(Constant()), "the network's output depends on no parameter that trains"),
        (
            lambda: Samples(inputs=(INPUTS, INPUTS), targets=LABELS, offsets=np.array([0, 12])),
            "inputs are a tuple; give one tensor with a row per sample, as Packing.pack",
        ),
        (lambda: Packing.of([INPUTS, LABELS]).pack([INPUTS, LABELS * 2**25]), "beyond 2.24"),
        (lambda: Packing.of([INPUTS]).pack([INPUTS[:, :2]]), r"give \[\('n', 3\)\]"),
        (lambda: Packing.of([INPUTS, LABELS]).pack([INPUTS, LABELS[:4]]), "with the same n"),
    ],
)
def test_what_cannot_be_trained_is_refused_by_name(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said):
        make()


class Constant(Bare):
    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), 2)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_train_in_float32_and_say_so(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    module = nn.Linear(3, 2).to(dtype)
    name = str(dtype).removeprefix("torch.")
    with pytest.warns(RoundlotWarning, match=f"'weight' is {name}; training computes in float32"):
        one = task(module)
    single = task(nn.Linear(3, 2))
    single.module.load_state_dict(module.float().state_dict())
    found = [trained(each, restart=False) for each in (one, single)]
    np.testing.assert_array_equal(found[0].parameters[0], found[1].parameters[0])
