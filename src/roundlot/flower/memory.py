"""What the server remembers of every node: losses, norms, updates, and who replied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.lost import BETS, loss_bets
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from roundlot.flower.rounds import Draw

Vector = npt.NDArray[np.float32] | FloatArray
#: The tables, as a saved state has them.
TABLES = ("losses", "norms", "residuals", "factors", "drawn", "replied", "money")


@dataclass(kw_only=True, eq=False)
class Memory:
    """Tables ``(N, S)`` that grow with the nodes; NaN where nobody replied.

    Attributes:
        n_models: ``S``.
        losses: the loss that was told last.
        norms: ``‖w_i − w‖`` of the last reply, over the learning rate if ``per_rate``.
        residuals: ``‖(w_i − w) − β h‖`` of the last reply, likewise.
        factors: ``β``, how much of an old update to take for granted; 1 until measured.
        drawn: how often each pair was drawn.
        replied: how often it replied.
        money: ``(N, B)``, what bets against equal loss have made of 1, see `loss_bets`.
        updates: ``h``: for every model, the last update of every row that sent one.
        per_rate: whether norms are per unit of the learning rate; None before the first.
    """

    n_models: int
    losses: FloatArray = field(init=False)
    norms: FloatArray = field(init=False)
    residuals: FloatArray = field(init=False)
    factors: FloatArray = field(init=False)
    drawn: IntArray = field(init=False)
    replied: IntArray = field(init=False)
    money: FloatArray = field(init=False)
    updates: tuple[dict[int, Vector], ...] = field(init=False)
    per_rate: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        nothing = np.zeros((0, self.n_models))
        self.losses, self.norms, self.residuals = nothing.copy(), nothing.copy(), nothing.copy()
        self.factors = nothing.copy()
        self.drawn, self.replied = nothing.astype(np.int64), nothing.astype(np.int64)
        self.money = np.ones((0, len(BETS)))
        self.updates = tuple({} for _ in range(self.n_models))

    def grow(self, n_nodes: int) -> None:
        """Make room for this many nodes; what is remembered stays."""
        more = n_nodes - len(self.norms)
        if more <= 0:
            return
        shape = (more, self.n_models)
        self.losses, self.norms, self.residuals = (
            np.vstack([table, np.full(shape, np.nan)])
            for table in (self.losses, self.norms, self.residuals)
        )
        self.factors = np.vstack([self.factors, np.ones(shape)])
        self.drawn, self.replied = (
            np.vstack([table, np.zeros(shape, dtype=np.int64)])
            for table in (self.drawn, self.replied)
        )
        self.money = np.vstack([self.money, np.ones((more, len(BETS)))])

    def count(self, draw: Draw, replied: BoolArray, chances: FloatArray) -> None:
        """Count who was drawn and who replied, and settle the bets against equal loss.

        Args:
            draw: of the round.
            replied: ``(V,)``.
            chances: ``(n,)``, how likely those drawn were to be lost.
        """
        self.money[draw.rows[draw.drawn]] *= loss_bets(draw, replied, chances)
        for at in draw.drawn:
            pair = int(draw.rows[at]), int(draw.picks[at])
            self.drawn[pair] += 1
            self.replied[pair] += bool(replied[at])

    def anchor(self, row: int, model: int) -> FloatArray | None:
        """``β h``, what the update of this pair is taken to be; None if it never replied."""
        old = self.updates[model].get(row)
        return None if old is None else self.factors[row, model] * old.astype(np.float64)

    def hear(
        self, row: int, model: int, update: FloatArray, *, keep: bool, rate: float | None = None
    ) -> None:
        """Remember a reply's norm; with ``keep`` also the update, its best factor, its residual.

        ``β = ⟨G, h⟩ / ‖h‖²`` of the last reply, as the method "stale-vre-fitted" has it; the
        residual is that of the factor which was in use.

        Args:
            row: whose reply.
            model: of which model.
            update: ``(P,)``, ``w_i − w``.
            keep: whether the update itself is remembered.
            rate: its learning rate: norms are then per unit of it. None for norms as they are.

        Raises:
            InvalidProblemError: norms of the other kind are remembered.
        """
        self.check_unit(rate is not None)
        self.per_rate = rate is not None
        unit = 1.0 if rate is None else rate
        norm = float(np.linalg.norm(update)) / unit
        self.norms[row, model] = norm
        if not keep:
            return
        anchor, old = self.anchor(row, model), self.updates[model].get(row)
        self.residuals[row, model] = (
            norm if anchor is None else float(np.linalg.norm(update - anchor)) / unit
        )
        if old is not None:
            square = float(np.dot(old, old.astype(np.float64)))
            self.factors[row, model] = float(np.dot(update, old)) / square if square > 0.0 else 0.0
        self.updates[model][row] = update.astype(np.float32)

    def check_unit(self, per_rate: bool) -> None:
        """Refuse norms that are not of the kind that is remembered.

        Raises:
            InvalidProblemError: norms per unit of the rate beside norms as they are.
        """
        if self.per_rate is not None and self.per_rate != per_rate:
            kinds = "as they are", "per unit of the learning rate"
            raise InvalidProblemError(
                f"norms of earlier replies are {kinds[self.per_rate]}, those of this round would "
                f"be {kinds[per_rate]}: tell the learning rate with all replies or with none, or "
                "begin with a new strategy"
            )

    def check_sizes(self, sizes: Sequence[int]) -> None:
        """Refuse models of other sizes than those whose updates are kept.

        Raises:
            InvalidProblemError: a model of another size.
        """
        for model, (size, kept) in enumerate(zip(sizes, self.updates, strict=True)):
            old = next(iter(kept.values()), None)
            if old is not None and len(old) != size:
                raise InvalidProblemError(
                    f"model {model} has {size} numbers, and the old updates that are kept of it "
                    f"{len(old)}; give a new strategy, or the state of this model"
                )

    def state_dict(self) -> dict[str, Any]:
        """Copies of all tables, and the old updates of every model with their rows."""
        state: dict[str, Any] = {name: getattr(self, name).copy() for name in TABLES}
        state["updates"] = [
            {str(row): np.array(update) for row, update in kept.items()} for kept in self.updates
        ]
        state["per_rate"] = self.per_rate
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave, of as many models.

        Raises:
            KeyError: a table is missing.
            ValueError: tables of different lengths, or of another number of models.
        """
        rows = len(state["norms"])
        for name in TABLES:
            table = np.array(state[name], dtype=getattr(self, name).dtype)
            if table.shape != (rows, getattr(self, name).shape[1]):
                raise ValueError(f"table {name!r} has shape {table.shape}")
            setattr(self, name, table)
        self.updates = tuple(
            {int(row): np.array(update) for row, update in kept.items()}
            for kept in state["updates"]
        )
        # A state from before norms had a unit holds them as they are.
        heard = bool(np.any(~np.isnan(self.norms)))
        self.per_rate = state.get("per_rate", False if heard else None)
