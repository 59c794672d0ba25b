"""SCAFFOLD: local gradients corrected by control variates, ``c − c_i``.

After a client's ``K_i`` local steps of size ``γ``, ``c_i ← c_i − c + G_i/(K_i γ)`` (option II), and
the server keeps ``c = Σ_i d_i c_i`` exactly, with data shares of everybody. The paper has equal
data and a plain mean over a uniform draw; here those drawn weigh ``d / (B p)``, so the step is
unbiased for the full step of the corrected updates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.estimator import Estimator, Remembers, blocks, combined
from roundlot.simulate.methods.stale_memory import Renewal
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class ControlVariates(Estimator):
    """Those drawn train with ``c − c_i``, weigh ``d / (B p)`` and renew their ``c_i``."""

    memory: Remembers = "corrected"
    updates: str = "updates that control variates correct"

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``client s`` ``(N, P_s)`` and ``server s`` ``(P_s,)``, all zero."""
        memory: dict[str, Tensor] = {}
        for model, flat in enumerate(parameters):
            memory[f"client {model}"] = flat.new_zeros((federation.n_clients, flat.numel()))
            memory[f"server {model}"] = torch.zeros_like(flat, dtype=torch.float64)
        return memory

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Train, step, and renew both sides' variates once nothing can fail any more."""
        models = range(len(round_.parameters))
        renewal = Renewal([torch.as_tensor(memory[f"client {model}"]) for model in models])
        server = {f"server {s}": torch.as_tensor(memory[f"server {s}"]).clone() for s in models}
        fresh = self.weights(round_, lot)
        directions = tuple(
            _train(round_, renewal, server[f"server {model}"], model, lot, fresh[model])
            for model in models
        )
        renewal.write()
        return {**memory, **server}, Step(
            directions=directions,
            corrected=True,
            picks=lot.picks,
            fresh_weights=fresh,
            probabilities=lot.probabilities,
        )


@dataclass(frozen=True, kw_only=True)
class Scaffold(Composed):
    """Random draws with control variates."""

    rule = RandomModel()
    estimator = ControlVariates()
    name: str = "SCAFFOLD"
    source: str = "Karimireddy et al., ICML 2020, option II"
    needs: ClassVar[str] = "memory at clients"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, p_{vs}}\, G_{vs}, \qquad "
        r"c_i \leftarrow c_i - c + \frac{G_i}{K_i \gamma}, \quad c = \sum_i d_i c_i"
    )


def _train(
    round_: Round,
    renewal: Renewal,
    server: Tensor,
    model: int,
    lot: Lot,
    weights: FloatArray,
) -> Tensor | None:
    """The step of one model; renews the control variates."""
    before = server.to(round_.parameters[model].dtype)
    everybody = round_.federation.data_weights(round_.federation.available)[:, model]
    total: Tensor | None = None
    for some in blocks(lot.clients(model)):
        own = renewal.before(model, some)
        updates = round_.updates(model, some, correction=before - own)
        time = torch.as_tensor(round_.local_time(model, some), device=own.device).to(own.dtype)
        change = updates / time[:, None] - before
        part = combined(weights[some], updates)
        total = part if total is None else total + part
        server += combined(everybody[some], change)
        renewal.add(model, some, own + change)
    return None if total is None else total.to(before.dtype)
