"""Who is there: nodes are waited for, and asked what they are called, hold and, if wanted, lose."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.flower.arrays import BadReplyError, client_key, client_tags, metrics_of, numbers
from roundlot.flower.framework import ArrayRecord, ConfigRecord, Grid, Message, RecordDict
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

LOG = logging.getLogger("flwr")

#: A ClientApp answers it with a function under ``@app.query("roundlot")``.
QUERY = "query.roundlot"


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """One message to each of some nodes before a round's draw.

    Attributes:
        round: its number.
        models: names of the ``S`` models.
        samples_key: the metric with the number of samples, one for all models or one each.
        loss_key: the metric with the losses of these ``arrays``; asked for if they are given.
        arrays: the models of this round, or None.
        timeout: seconds to wait.
        drop: leave out a node whose answer cannot be used, and log it; else raise.

    A plain ``ClientApp`` has no function that answers, and replies with an error: unless losses are
    asked for, its node enters without a size, which then comes from its replies to training.
    """

    round: int
    models: Sequence[str]
    samples_key: str
    loss_key: str
    arrays: ArrayRecord | None = None
    timeout: float = 60.0
    drop: bool = False

    def ask(self, grid: Grid, asked: Sequence[int], nodes: Nodes, memory: Memory) -> set[int]:
        """Enter in ``nodes`` and ``memory`` what the nodes say; the numbers of those who answered.

        Raises:
            BadReplyError: an answer that cannot be used; nobody answered and nobody was known.
            InvalidProblemError: two nodes with the same key.
        """
        if not asked:
            return set()
        present = set(grid.get_node_ids()) | set(asked)
        replies = grid.send_and_receive(
            [self._message(node) for node in asked], timeout=self.timeout
        )
        answers: dict[int, RecordDict] = {}
        errors: dict[int, str] = {}
        for reply in replies:
            if reply.has_error():
                errors[reply.metadata.src_node_id] = reply.error.reason
            else:
                answers.setdefault(reply.metadata.src_node_id, reply.content)
        plain = self._plain(errors, bool(answers) or len(asked) < len(present))
        if not answers and not plain and len(asked) == len(present):
            raise BadReplyError(self._unanswered(len(asked), errors))
        entered = set(plain)
        for node in sorted(plain):
            nodes.enter(node, samples=None, present=present)
        for node in sorted(answers):
            try:
                self._enter(node, answers[node], nodes, memory, present)
            except (BadReplyError, InvalidProblemError) as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the node is left out", error)
            else:
                entered.add(node)
        memory.grow(len(nodes))
        if len(entered) < len(asked):
            LOG.info("survey: %d of %d nodes answered", len(entered), len(asked))
        return entered

    def _plain(self, errors: Mapping[int, str], others: bool) -> list[int]:
        """Nodes whose app has no function for the survey: Flower says so, or nobody answers."""
        if self.arrays is not None:
            return []
        return [node for node, why in errors.items() if not others or "function registered" in why]

    def _unanswered(self, asked: int, errors: Mapping[int, str]) -> str:
        failure = next(iter(errors.values()), f"no answer within {self.timeout:g} s")
        cure = 'or pass survey="new"' if self.arrays is not None else 'or pass survey="never"'
        return (
            f"round {self.round}: none of {asked} nodes answered the survey ({failure[-200:]}); "
            f'register a function with @app.query("roundlot") in the ClientApp, {cure}'
        )

    def _message(self, node: int) -> Message:
        config = ConfigRecord({"server-round": self.round, "models": list(self.models)})
        content = RecordDict({"config": config})
        if self.arrays is not None:
            content["arrays"] = self.arrays
        return Message(content=content, message_type=QUERY, dst_node_id=node)

    def _enter(
        self, node: int, content: RecordDict, nodes: Nodes, memory: Memory, present: set[int]
    ) -> None:
        metrics, key = metrics_of(content), client_key(content)
        who = (
            f"round {self.round}: the survey's answer of node {node if key is None else repr(key)}"
        )
        samples = numbers(metrics, self.samples_key, len(self.models), who)
        tags = client_tags(content)
        row = nodes.enter(node, key=key, samples=samples, tags=tags, present=present)
        nodes.tells(row, metrics)
        memory.grow(len(nodes))
        if self.arrays is not None:
            memory.losses[row] = self._losses(metrics, samples, who)

    def _losses(self, metrics: Mapping[str, object], samples: FloatArray, who: str) -> FloatArray:
        losses = numbers(metrics, self.loss_key, len(self.models), who)
        return np.where(samples > 0.0, losses, np.nan)


def wait_for(grid: Grid, least: int) -> list[int]:
    """Numbers of the nodes that are there, as soon as there are so many."""
    while len(present := list(grid.get_node_ids())) < least:
        LOG.info("waiting for nodes: %d of %d", len(present), least)
        time.sleep(1)
    return present


def meet(
    present: Sequence[int], how: str, survey: Survey, grid: Grid, nodes: Nodes, memory: Memory
) -> list[int]:
    """Numbers of the nodes that are there and known.

    Args:
        present: numbers of all that are there.
        how: whom to ask: "new" nodes, all in "every round", "never" anybody.
        survey: the question.
        grid: of the framework.
        nodes: who is who; new ones are entered.
        memory: of replies; it grows with the nodes.

    Raises:
        BadReplyError: an answer that cannot be used; nobody answered and nobody was known.
    """
    if how == "never":
        for node in sorted(present):
            if not nodes.known(node):
                nodes.enter(node, samples=None)
        memory.grow(len(nodes))
        return list(present)
    asked = [node for node in present if how == "every round" or not nodes.known(node)]
    answered = survey.ask(grid, asked, nodes, memory)
    return [node for node in present if node in answered or node not in asked]
