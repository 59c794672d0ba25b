"""A round's replies, sorted: who was heard, with which update, and what was refused."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from roundlot.flower.draw import Draw
from roundlot.flower.errors import BadReplyError
from roundlot.flower.flat import flatten
from roundlot.flower.framework import Message
from roundlot.flower.identity import Nodes
from roundlot.flower.reading import metrics_of, number, trained_arrays
from roundlot.theory.arrays import FloatArray

LOG = logging.getLogger("flwr")


@dataclass(kw_only=True, eq=False)
class Heard:
    """What the replies of a round hold.

    Attributes:
        updates: ``w_i − w``, ``(P_s,)``, of every position heard.
        losses: the loss each told, if it told one.
        samples: the number of samples each told, if it told one.
        refused: why a reply was dropped, by key.
    """

    updates: dict[int, FloatArray] = field(default_factory=dict)
    losses: dict[int, float] = field(default_factory=dict)
    samples: dict[int, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Listener:
    """How to read the replies to a draw.

    Attributes:
        draw: of the round.
        nodes: who is who.
        models: names of the models, and
        sent: the arrays that were sent, model by model.
        loss_key: the metric of the loss; required if ``needs_losses``.
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

    def hear(self, replies: Iterable[Message]) -> Heard:
        """Everything that can be used.

        Raises:
            BadReplyError: a reply that cannot, or of a node that was not drawn, unless dropped.
        """
        heard = Heard()
        starts = [flatten(arrays) for arrays in self.sent]
        position_of = {int(self.draw.rows[at]): int(at) for at in self.draw.drawn}
        for reply in replies:
            node = reply.metadata.src_node_id
            row = self.nodes.row(node)
            name = f"node {node}" if row is None else self.nodes.keys[row]
            if reply.has_error():
                LOG.info("%r replied with an error: %s", name, reply.error.reason[-200:])
                continue
            try:
                self._read(
                    reply, name, None if row is None else position_of.get(row), starts, heard
                )
            except BadReplyError as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the reply is dropped", error)
                heard.refused[name] = str(error)
        return heard

    def _read(
        self,
        reply: Message,
        name: str,
        position: int | None,
        starts: list[FloatArray],
        heard: Heard,
    ) -> None:
        who = f"round {self.draw.round}: the reply of {name!r}"
        if position is None or position in heard.updates:
            why = "was not drawn" if position is None else "has replied already"
            raise BadReplyError(
                f"{who}: it {why}; check that the grid returns this round's replies"
            )
        model = int(self.draw.picks[position])
        if len(self.models) > 1:
            who += f" for model {self.models[model]!r}"
        metrics = metrics_of(reply.content)
        told = self.needs_losses or self.loss_key in metrics
        loss = number(metrics, self.loss_key, who) if told else None
        counted = self.samples_key in metrics
        samples = number(metrics, self.samples_key, who) if counted else None
        vector = trained_arrays(reply, self.sent[model], who)
        # Nothing of a reply is kept before all of it is known to be good.
        heard.updates[position] = vector - starts[model]
        if loss is not None:
            heard.losses[position] = loss
        if samples is not None:
            heard.samples[position] = samples
