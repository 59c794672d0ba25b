"""Three clients whose updates are known by hand, and rounds with a draw that is given.

Model ``s`` is one number ``w``. Client ``i`` holds samples that all say ``c_is``, so its loss
is ``(w − c)²/2`` and ``E`` full-batch steps of size ``γ_s`` end at ``c + (1 − γ)^E (w − c)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.training import (
    Engine,
    Federation,
    LocalPlan,
    Round,
    Samples,
    Step,
    Task,
    make_engine,
)
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory

Floats = npt.NDArray[np.float64]

#: ``(N, S)``: what clients hold, and how much of it.
CENTRES = np.array([[1.0, -2.0], [4.0, 0.5], [-3.0, 6.0]])
COUNTS = np.array([[1, 2], [2, 2], [3, 4]])
RATES = np.array([0.1, 0.25])
EPOCHS = 2
START = np.array([0.5, 1.5])
SHARES = COUNTS / COUNTS.sum(axis=0)


def learnt(at: Floats, correction: Floats | float = 0.0, rates: Floats = RATES) -> Floats:
    """``(N, S)``, start less end of `EPOCHS` steps with ``w − c + correction`` as gradient."""
    end = np.broadcast_to(at, CENTRES.shape)
    for _ in range(EPOCHS):
        end = end - rates * (end - CENTRES + correction)
    return np.asarray(at - end)


def losses(at: Floats) -> Floats:
    """``(N, S)``."""
    return 0.5 * (at - CENTRES) ** 2


def federation(
    online: Sequence[Sequence[int]] | Floats | None = None,
    processors: Any = 1,
    counts: npt.NDArray[np.int64] = COUNTS,
) -> Federation:
    """The three clients; ``online`` is a record of rounds, or probabilities."""
    tasks = []
    for s, column in enumerate(counts.T):
        owner = np.repeat(np.arange(3), column)
        module = torch.nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            module.weight.fill_(float(START[s]))
        tasks.append(
            Task(
                name=f"model {s}",
                module=module,
                train=Samples.by_owner(
                    torch.ones(owner.size, 1),
                    torch.tensor(CENTRES[owner, s], dtype=torch.float32)[:, None],
                    owner,
                    3,
                ),
                loss="squared error",
            )
        )
    there = None
    if online is not None:
        there = np.array(online, dtype=float if np.ndim(online) == 1 else bool)
    return Federation(tasks=tuple(tasks), online=there, processors=processors)


@dataclass(frozen=True, kw_only=True)
class Accurate:
    """An engine whose models are right on a given share of the server's data."""

    engine: Engine
    accuracy: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def evaluate(self, parameters: torch.Tensor) -> Evaluation:
        return Evaluation(loss=float("nan"), accuracy=self.accuracy)


@dataclass(kw_only=True)
class Game:
    """A method played round by round.

    Attributes:
        method: what is played.
        clients: those who play it.
        budget: draws expected in a round.
        rates: of the models; ``decay`` a round.
        at: ``(S,)``, where the models are.
        accuracy: ``(S,)`` on the server's data, if it matters.
    """

    method: Any
    clients: Federation
    budget: float = 1.5
    rates: Floats
    decay: float = 1.0
    at: Floats
    accuracy: Sequence[float] | None = None
    memory: Memory
    index: int = 0

    @classmethod
    def of(cls, method: Any, clients: Federation | None = None, **more: Any) -> Game:
        clients = federation() if clients is None else clients
        start = tuple(torch.tensor([value], dtype=torch.float32) for value in START)
        return cls(
            method=method,
            clients=clients,
            at=START.copy(),
            memory=method.init(clients, start),
            **{"rates": RATES} | more,
        )

    def play(
        self,
        picks: Sequence[int] | None = None,
        there: Sequence[int] | None = None,
        draw: Any = None,
    ) -> tuple[Floats, Step, Round]:
        """``(S,)`` steps, 0 where a model does not move; the models move by them.

        Args:
            picks: ``(V,)``, the draw, −1 for idle; None: as the round draws.
            there: who is; None: as the federation says.
            draw: in place of the round's, from probabilities to a lot.
        """
        engines: list[Any] = []
        for s, task in enumerate(self.clients.tasks):
            plan = LocalPlan(
                epochs=EPOCHS,
                batch_size=None,
                learning_rate=float(self.rates[s]),
                decay=self.decay,
            )
            engine = make_engine(task, plan, model=s, seed=0, device="cpu", kind="plain")
            if self.accuracy is not None:
                engine = Accurate(engine=engine, accuracy=self.accuracy[s])
            engines.append(engine)
        round_ = Round(
            index=self.index,
            seed=0,
            federation=self.clients,
            engines=engines,
            parameters=tuple(torch.tensor([w], dtype=torch.float32) for w in self.at),
            budget=self.budget,
            present=None
            if there is None
            else np.array(there, dtype=bool)[:, None] & np.ones(2, bool),
        )
        if picks is not None:
            given = np.array(picks, dtype=np.int64)
            client = self.clients.client
            round_.draw = lambda table: Lot(  # type: ignore[method-assign]
                probabilities=np.asarray(table), picks=given, client=client
            )
        if draw is not None:
            round_.draw = draw  # type: ignore[method-assign]
        self.memory, step = self.method.apply(self.memory, round_)
        moves = np.array([0.0 if d is None else float(d[0]) for d in step.directions])
        self.at = self.at - moves
        self.index += 1
        return moves, step, round_


def close(ours: Any, theirs: Any) -> None:
    """Equal to float32's accuracy."""
    np.testing.assert_allclose(np.asarray(ours, dtype=float), theirs, rtol=3e-6, atol=3e-6)


@pytest.fixture
def world() -> SimpleNamespace:
    """All of the above, for tests to compute with."""
    return SimpleNamespace(
        centres=CENTRES,
        counts=COUNTS,
        shares=SHARES,
        rates=RATES,
        epochs=EPOCHS,
        start=START,
        learnt=learnt,
        losses=losses,
        federation=federation,
        game=Game.of,
        close=close,
    )
