"""A small federation, and three methods in a few lines, to try the runner on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.training import Federation, History, LocalPlan, Samples, Step, Task

PLAN = LocalPlan(epochs=2, batch_size=4, learning_rate=0.1)


def make_task(name: str, seed: int, clients: int = 8, features: int = 5, classes: int = 3) -> Task:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(classes, features))
    owner = np.repeat(np.arange(clients), generator.integers(3, 12, clients))
    labels = generator.integers(0, classes, owner.size)
    inputs = centres[labels] + generator.normal(size=(owner.size, features))
    held = generator.integers(0, classes, 60)
    return Task(
        name=name,
        module=nn.Sequential(nn.Linear(features, 6), nn.Tanh(), nn.Linear(6, classes)),
        train=Samples.by_owner(torch.tensor(inputs).float(), torch.tensor(labels), owner, clients),
        test=(
            torch.tensor(centres[held] + generator.normal(size=(60, features))).float(),
            torch.tensor(held),
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Everybody:
    name: str = "full participation"
    source: str = "none"
    label: str = "unbiased"

    def init(self, federation: Any, parameters: Any) -> dict[str, Any]:
        return {}

    def apply(self, memory: Any, round_: Any) -> tuple[Any, Step]:
        steps, weights = [], []
        for model in range(round_.federation.n_models):
            clients = np.flatnonzero(round_.present[:, model])
            shares = round_.data_weights[:, model]
            rows = round_.updates(model, clients)
            steps.append(torch.as_tensor(shares[clients]).to(rows) @ rows)
            weights.append(shares)
        picks = np.where(round_.available.any(axis=1), 0, -1)
        return memory, Step(directions=tuple(steps), picks=picks, fresh_weights=tuple(weights))


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampled:
    """By norms, losses or alike; with ``remember`` about the last update of every client."""

    name: str = "sampled"
    source: str = "none"
    label: str = "unbiased"
    ask: str = "nothing"
    remember: bool = False
    plain: bool = False

    def init(self, federation: Any, parameters: Any) -> dict[str, Any]:
        if not self.remember:
            return {}
        n = federation.n_clients
        return {f"last_{s}": w.new_zeros(n, len(w)) for s, w in enumerate(parameters)}

    def _probabilities(self, round_: Any) -> np.ndarray:
        federation = round_.federation
        if self.ask == "norms":
            norms = [round_.update_norms(s) for s in range(federation.n_models)]
            from roundlot.solvers import solve

            scores = round_.weights * np.stack(norms, axis=1)[federation.client]
            return solve(round_.problem(scores)).probabilities
        if self.ask == "losses":
            round_.losses()
        share = round_.available / np.maximum(round_.available.sum(axis=1, keepdims=True), 1)
        return np.minimum(share * round_.budget / max(round_.available.any(axis=1).sum(), 1), share)

    def apply(self, memory: Any, round_: Any) -> tuple[Any, Step]:
        table = self._probabilities(round_)
        lot = round_.draw(table)
        steps, weights, kept = [], [], dict(memory)
        for model in range(round_.federation.n_models):
            clients = lot.clients(model)
            share = lot.weights(model, round_.weights[:, model])
            if self.plain:
                share = np.where(share > 0, 1.0, 0.0) / max(clients.size, 1)
            rows = round_.updates(model, clients)
            weight = torch.as_tensor(share[clients]).to(rows)
            step = weight @ rows
            if self.remember:
                last = memory[f"last_{model}"]
                step = step + torch.as_tensor(round_.data_weights[:, model]).to(rows) @ last
                step = step - weight @ last[clients]
                kept[f"last_{model}"] = last.clone()
                kept[f"last_{model}"][clients] = rows
            steps.append(step)
            weights.append(share)
        anchor = (lambda s, who: memory[f"last_{s}"][who]) if self.remember else None
        return kept, Step(
            directions=tuple(steps),
            picks=lot.picks,
            fresh_weights=tuple(weights),
            probabilities=lot.probabilities,
            anchor=anchor,
            figures={"drawn": float((lot.picks >= 0).sum())},
        )


@pytest.fixture(scope="session")
def plan() -> LocalPlan:
    return PLAN


@pytest.fixture(scope="session")
def federation() -> Federation:
    return Federation(
        tasks=(make_task("a", 1), make_task("b", 2, features=4)),
        processors=np.array([1, 2, 1, 1, 2, 1, 1, 1]),
        online=np.full(8, 0.8),
        speed=np.linspace(5.0, 50.0, 8),
        link=np.linspace(1.0, 8.0, 8),
    )


@pytest.fixture(scope="session")
def everybody() -> Everybody:
    return Everybody()


@pytest.fixture(scope="session")
def sampled() -> type[Sampled]:
    return Sampled


@pytest.fixture(scope="session")
def new_task() -> Any:
    return make_task


@pytest.fixture(scope="session")
def differences() -> Any:
    """What differs between two histories, and by how much relative to its largest number."""

    def compared(first: History, second: History) -> dict[str, float]:
        one, other = first.to_arrays(), second.to_arrays()
        assert one.keys() == other.keys()
        out = {}
        for name, value in one.items():
            floats = value.dtype.kind == "f"
            if name == "elapsed" or np.array_equal(value, other[name], equal_nan=floats):
                continue
            gap = np.nan_to_num(np.abs(value - other[name]))
            out[name] = float(gap.max() / np.abs(np.nan_to_num(value)).max())
        return out

    return compared
