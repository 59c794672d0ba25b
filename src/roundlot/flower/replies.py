"""A round's replies: what can be used, and what was refused and why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.arrays import BadReplyError, flatten, metrics_of, number, trained_arrays
from roundlot.flower.framework import Message
from roundlot.flower.nodes import Nodes
from roundlot.flower.rounds import Draw
from roundlot.theory.arrays import FloatArray

LOG = logging.getLogger("flwr")


@dataclass(kw_only=True, eq=False)
class Replies:
    """What the replies of a round hold.

    Attributes:
        updates: ``w_i − w``, ``(P_s,)``, of every position that replied.
        losses: the loss each told, if it told a finite one.
        metrics: all metrics that each told.
        samples: the number of samples each told, if it told one.
        refused: why a reply was dropped, by key.
        strays: why a reply was left out that nobody had asked for, by key: the step lacks nothing.
    """

    updates: dict[int, FloatArray] = field(default_factory=dict)
    losses: dict[int, float] = field(default_factory=dict)
    metrics: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    samples: dict[int, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    strays: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplyReader:
    """How to read the replies to a draw.

    Attributes:
        draw: of the round.
        nodes: who is who.
        models: names of the models, and
        sent: the arrays that were sent, model by model.
        loss_key: the metric of the loss; required, finite and >= 0 if ``needs_losses``, else
            taken as it is if it is a finite number.
        samples_key: the metric of the number of samples; may be left out.
        drop: leave out what cannot be used, and log it; else raise.
    """

    draw: Draw
    nodes: Nodes
    models: tuple[str, ...]
    sent: tuple[Mapping[str, npt.NDArray[Any]], ...]
    loss_key: str
    samples_key: str
    needs_losses: bool = False
    drop: bool = False

    def read(self, messages: Iterable[Message]) -> Replies:
        """Everything that can be used.

        Raises:
            BadReplyError: a reply that cannot, or of a node that was not drawn, unless dropped.
        """
        told = Replies()
        starts = [flatten(arrays) for arrays in self.sent]
        position_of = {int(self.draw.rows[at]): int(at) for at in self.draw.drawn}
        for reply in messages:
            node = reply.metadata.src_node_id
            row = self.nodes.row(node)
            name = f"node {node}" if row is None else self.nodes.keys[row]
            if reply.has_error():
                LOG.info("%r replied with an error: %s", name, reply.error.reason[-200:])
                continue
            try:
                self._read(reply, name, None if row is None else position_of.get(row), starts, told)
            except BadReplyError as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the reply is dropped", error)
                drawn = row is not None and row in position_of
                (told.refused if drawn else told.strays)[name] = str(error)
        return told

    def _read(
        self,
        reply: Message,
        name: str,
        position: int | None,
        starts: list[FloatArray],
        told: Replies,
    ) -> None:
        who = f"round {self.draw.round}: the reply of {name!r}"
        if position is None:
            raise BadReplyError(
                f"{who}: it was not drawn; check that the grid returns this round's replies"
            )
        model = int(self.draw.picks[position])
        if len(self.models) > 1:
            who += f" for model {self.models[model]!r}"
        if position in told.updates and not self.drop:
            raise BadReplyError(
                f"{who}: it has replied already; check that the grid returns every reply once"
            )
        metrics = metrics_of(reply.content)
        loss = self._loss(metrics, who)
        counted = self.samples_key in metrics
        samples = number(metrics, self.samples_key, who) if counted else None
        update = trained_arrays(reply, self.sent[model], who) - starts[model]
        if position in told.updates:
            if not np.array_equal(update, told.updates[position]):
                raise BadReplyError(f"{who}: it has replied already, with other arrays")
            LOG.info("%s came twice; it counts once", who)
            return
        # Nothing of a reply is kept before all of it is known to be good.
        told.updates[position], told.metrics[position] = update, metrics
        if loss is not None:
            told.losses[position] = loss
        if samples is not None:
            told.samples[position] = samples

    def _loss(self, metrics: Mapping[str, Any], who: str) -> float | None:
        """The loss; what the rule does not use is not judged."""
        if self.needs_losses:
            return number(metrics, self.loss_key, who)
        loss = metrics.get(self.loss_key)
        known = isinstance(loss, int | float) and np.isfinite(loss)
        return float(loss) if known and loss is not None else None
