"""Values at which a client or a model could drop out of the draw: zeros, and losses below 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from roundlot.simulate.methods import method
from roundlot.simulate.training import Federation, LocalPlan, Samples, Task, train
from roundlot.theory import InvalidProblemError


def lines(
    centres: list[list[float]], start: tuple[float, float] = (0.0, 0.0), **more: Any
) -> Federation:
    """A client per row: model ``s`` is one number that starts at ``start[s]``, drawn to a row."""
    tasks = []
    for s, column in enumerate(np.array(centres).T):
        module = torch.nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            module.weight.fill_(start[s])
        targets = torch.tensor(column, dtype=torch.float32)[:, None]
        owner = np.arange(len(column))
        counts = more.get("counts", np.ones(len(column), dtype=int))
        owner, targets = (
            np.repeat(owner, counts),
            targets.repeat_interleave(torch.as_tensor(counts), dim=0),
        )
        train_on = Samples.by_owner(torch.ones(owner.size, 1), targets, owner, len(column))
        loss = more.get("loss", "squared error")
        tasks.append(Task(name=f"line {s}", module=module, train=train_on, loss=loss))
    return Federation(tasks=tuple(tasks), online=more.get("online"))


def run(name: str, federation: Federation, rounds: int = 1, **more: Any) -> Any:
    settings, plan = more.pop("settings", {}), {"batch_size": None, **more.pop("plan", {})}
    return train(
        federation,
        method(name, **settings),
        rounds=rounds,
        plan=LocalPlan(**plan),
        budget=1.0,
        restart=False,
        device="cpu",
        **more,
    )


def everybody_can_be_drawn(history: Any) -> bool:
    """The variance of the aggregate weights is infinite where a pair has probability 0."""
    return bool(np.isfinite(history.aggregate_weight_variance).all())


@pytest.mark.parametrize("name", ["stale-vre", "stale-vre-fitted"])
def test_a_first_residual_of_0_leaves_nobody_out(name: str) -> None:
    """Who is heard first may be at its optimum: others of the model can be drawn all the same."""
    federation = lines([[0.0, 0.0], [4.0, 0.5], [-3.0, 6.0]])
    assert method(name).label == "unbiased"
    for seed in range(8):
        assert everybody_can_be_drawn(run(name, federation, rounds=8, seed=seed)), seed


@pytest.mark.parametrize("name", ["stale-vre", "stale-vre-fitted"])
def test_residuals_that_are_all_0_leave_no_model_out(name: str) -> None:
    """All of one model were heard and learnt nothing; the floor still holds."""
    history = run(name, lines([[0.0, 3.0], [0.0, -2.0]]), rounds=40, seed=1)
    assert (np.array(history.aggregate_weight)[:, 0] > 0.0).any()
    assert everybody_can_be_drawn(history)


@pytest.mark.parametrize("name", ["lvr", "max-min"])
def test_losses_that_are_all_0_leave_no_model_out(name: str) -> None:
    """With weight decay a client without a loss still learns: its step is not 0."""
    federation = lines([[2.0, 3.0], [2.0, -2.0]], start=(2.0, 0.5))
    assert method(name).label == "unbiased"
    assert everybody_can_be_drawn(run(name, federation, plan={"weight_decay": 0.1}))


def below(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return ((outputs - targets) ** 2).sum(dim=1) - 50.0


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lvr", {}),
        ("max-min", {}),
        ("q-tilted", {}),
        ("q-fedavg", {}),
        ("q-fedavg", {"q": 0.5}),
        ("alpha-fair", {"by": "loss"}),
        ("alpha-fair-draw", {"by": "loss"}),
    ],
)
def test_losses_below_0_are_no_weights(name: str, settings: dict[str, Any]) -> None:
    federation = lines([[1.0, 2.0], [4.0, 0.5]], loss=below)
    named = r"the loss of client \d on 'line \d' is -\d.*add a constant to the loss"
    with pytest.raises(InvalidProblemError, match=named):
        run(name, federation, rounds=3, settings=settings)


@pytest.mark.parametrize("name", ["gvr", "random", "power-of-choice"])
def test_losses_below_0_do_for_methods_that_do_not_weigh_by_them(name: str) -> None:
    assert run(name, lines([[1.0, 2.0], [4.0, 0.5]], loss=below)).rounds == 1


@pytest.mark.parametrize("name", ["mifa", "q-fedavg", "scaffold", "gvr", "random"])
def test_rates_that_vanish_are_refused_before_the_first_round(name: str) -> None:
    federation = lines([[1.0, 2.0], [4.0, 0.5]])
    with pytest.raises(InvalidProblemError, match=r"'line 0' in round 39 of 40 is 1e-40.*decay"):
        run(name, federation, rounds=40, plan={"learning_rate": 0.1, "decay": 0.1})
    assert run(name, federation, rounds=30, plan={"learning_rate": 0.1, "decay": 0.1}).rounds == 30


@pytest.mark.filterwarnings("error")
def test_who_has_no_data_may_never_come() -> None:
    """Client 2 has nothing to say, so its probability of 0 divides nothing."""
    federation = lines(
        [[1.0, 2.0], [4.0, 0.5], [9.0, 9.0]],
        counts=np.array([1, 2, 0]),
        online=np.array([1.0, 0.5, 0.0]),
    )
    history = run("fedstale", federation, rounds=20, settings={"known_availability": True})
    assert np.isfinite(history.aggregate_weight).all()


@pytest.mark.parametrize("name", ["alpha-fair", "alpha-fair-draw"])
def test_a_model_without_errors_is_not_drawn_and_the_label_says_so(name: str) -> None:
    """Right on all test data, its clients' updates are not 0: no step, so not unbiased there."""
    tasks = []
    for s in range(2):
        inputs = torch.tensor([[1.0], [-1.0], [2.0], [-2.0]])
        targets = torch.tensor([1, 0, 1, 0] if s == 0 else [1, 1, 0, 0])
        module = torch.nn.Linear(1, 2)
        with torch.no_grad():
            module.weight.copy_(torch.tensor([[-1.0], [1.0]]))
            module.bias.zero_()
        samples = Samples.by_owner(inputs, targets, np.array([0, 0, 1, 1]), 2)
        tasks.append(Task(name=f"model {s}", module=module, train=samples))
    federation = Federation(tasks=tuple(tasks))
    drawn = [run(name, federation, seed=seed).aggregate_weight[0] for seed in range(20)]
    assert not np.array(drawn)[:, 0].any()
    assert np.array(drawn)[:, 1].any()
    assert method(name).label == "unbiased where a model has a share above 0"
    assert method(name, alpha=1.0).label == "unbiased"
