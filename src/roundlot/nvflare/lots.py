"""Rounds among clients with names: the draw, the unbiased step, what is remembered."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.flower import Memory, Nodes, Policy
from roundlot.flower.arrays import BadReplyError
from roundlot.flower.claims import Sizes, before_replies
from roundlot.flower.count import RoundCount
from roundlot.flower.lost import (
    ReplyRate,
    check_reply_rate,
    fixed_number,
    joined,
    loss_chances,
    reply_factors,
)
from roundlot.flower.lot import draw_lot
from roundlot.flower.rounds import Draw, RoundRecord
from roundlot.flower.state import restored
from roundlot.theory import InvalidProblemError

LOG = logging.getLogger("roundlot.nvflare")
FORMAT = "roundlot.nvflare/state-1"


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What a client sent back.

    Attributes:
        name: of the client.
        update: ``w_i − w``, array by array.
        samples: how many samples it holds, or None.
        metrics: numbers; they are averaged by the weights of the step.
    """

    name: str
    update: Mapping[str, Any]
    samples: float | None = None
    metrics: Mapping[str, float] | None = None


class Lots:
    """A policy with its memory, for a framework that calls its clients by name. One model.

    Args:
        policy: whom to draw; its design fixes a number of draws, its budget is whole: a framework
            asked to send a model to nobody sends it to everybody.
        samples: how many samples clients hold, by name; who is not there tells with a reply, and
            counts as the mean of the others until then.
        reply_rate: what to make of lost replies, as in `roundlot.flower.LotStrategy`.
        first_round: the number of the first round drawn, from 1; 1 says that the run is new. A
            framework that begins later than with its round 0, and a loaded state, say it too.
        step_labels: what is to be said of the way from the average to the next model.

    Attributes:
        history: a record of every round.

    Raises:
        InvalidProblemError: a policy whose number of draws varies, or that needs losses.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        samples: Mapping[str, float] | None = None,
        reply_rate: ReplyRate = "equal",
        first_round: int | None = None,
        step_labels: tuple[str, ...] = (),
    ) -> None:
        check_reply_rate(reply_rate)
        if policy.needs_losses or policy.keeps_updates:
            raise InvalidProblemError(
                f"rule {policy.rule!r} needs more than clients send here; choose 'norm'"
            )
        if policy.budget is None or policy.budget % 1 or policy.min_draws % 1:
            raise InvalidProblemError(
                f"budget is {policy.budget}; give a whole number: so many clients are drawn"
            )
        self.policy, self.reply_rate = policy, reply_rate
        self.nodes, self.memory, self.count = Nodes(1), Memory(n_models=1), RoundCount()
        self.history: list[RoundRecord] = []
        self._samples = dict(samples or {})
        self._number: dict[str, int] = {}
        self._draw: Draw | None = None
        self._notes: tuple[str, ...] = ()
        self._sizes: Sizes | None = None
        self.step_labels = step_labels
        if first_round is not None:
            self.count.begin(first_round)
        self._first = first_round

    def draw(self, clients: Iterable[str], round_: int | None = None) -> list[str]:
        """The clients drawn of those that are there.

        Args:
            clients: their names.
            round_: what the framework calls the round, from 0; the next one if None.

        Raises:
            InvalidProblemError: nobody is there or eligible; a design whose number varies.
        """
        names = list(clients)
        for name in names:
            if name not in self._number:
                self._number[name] = len(self._number)
                self.nodes.enter(self._number[name], key=name, samples=self._samples.get(name))
        self.memory.grow(len(self.nodes))
        draw = draw_lot(
            self.policy,
            self._count(round_),
            self.nodes.rows([self._number[name] for name in names]),
            self.nodes,
            self.memory,
            who="clients",
        )
        if not fixed_number(draw.rule):
            raise InvalidProblemError(
                f"design {self.policy.design!r} does not fix how many it draws; choose 'pivotal'"
            )
        self._sizes = Sizes(draw, self.nodes)
        self._notes = (
            *before_replies(draw, self.nodes, self.count, self.policy, who="clients"),
            *self.step_labels,
        )
        self._draw = draw
        return [self.nodes.keys[int(draw.rows[at])] for at in draw.drawn]

    def _count(self, round_: int | None) -> int:
        """The number of the next round, which the framework calls ``round_``, from 0."""
        if round_ is None:
            self._first = None
            return self.count.next(max(self.count.last, self.count.ahead) + 1 - self.count.ahead)
        if self._first is not None:  # it is the framework's first round, whatever its number
            self.count.ahead, self._first = self._first - (round_ + 1), None
        elif not self.count.last and round_ > 0:
            self.count.vouched = True
        return self.count.next(round_ + 1)

    def step(self, told: Iterable[Told]) -> tuple[dict[str, Any], dict[str, float]]:
        """``Σ f (d/p) (w_i − w)``, array by array, and the means of metrics; all is remembered.

        A client that replies twice counts once. Nothing is stepped where nobody replied.

        Raises:
            InvalidProblemError: no draw was made.
            BadReplyError: a client that was not drawn; an update with NaN or infinity, or without
                an array that others have.
        """
        draw = self._draw
        if draw is None:
            raise InvalidProblemError("there is no draw to reply to; call draw(clients) first")
        replies = self._by_position(draw, told)
        replied = np.zeros(len(draw.rows), dtype=bool)
        replied[list(replies)] = True
        factors, label = reply_factors(self.reply_rate, draw, replied, self.nodes.keys, self.memory)
        step: dict[str, Any] = {}
        sums: dict[str, float] = {}
        totals: dict[str, float] = {}
        total = 0.0
        for at, reply in replies.items():
            weight = draw.weight(at) * float(factors[at])
            total += weight
            for name, array in reply.update.items():
                step[name] = weight * array if name not in step else step[name] + weight * array
            for name, value in (reply.metrics or {}).items():
                if isinstance(value, int | float) and np.isfinite(value):
                    sums[name] = sums.get(name, 0.0) + weight * value
                    totals[name] = totals.get(name, 0.0) + weight
        heard = {at: one.samples for at, one in replies.items() if one.samples is not None}
        sizes = () if self._sizes is None else self._sizes.against(self._unknown(heard))
        self._remember(draw, replies, replied)
        self.history.append(
            RoundRecord.of(
                draw,
                self.nodes.keys,
                replied=replied,
                aggregate_weight=np.array([total]),
                label=joined(label, *self._notes, *sizes),
                refused={},
            )
        )
        LOG.info(
            "round %d: %d of %d replied; %s",
            draw.round, len(replies), len(draw.drawn), self.history[-1].label,
        )  # fmt: skip
        self._draw = None
        return step, {name: value / totals[name] for name, value in sums.items() if totals[name]}

    def state_dict(self) -> dict[str, Any]:
        """What a server needs to go on later; for `roundlot.flower.save_state`."""
        return {
            "format": FORMAT,
            "seed": int(self.policy.seed or 0),
            "round": self.count.last,
            "memory": self.memory.state_dict(),
            "nodes": self.nodes.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another stopped.

        Raises:
            InvalidProblemError: not such a state.
        """
        nodes, memory = Nodes(1), Memory(n_models=1)
        seed, last, _ = restored(
            state, FORMAT, "roundlot's NVFlare lots", {"memory": memory, "nodes": nodes}
        )
        if self.policy.chose_seed:
            self.policy = self.policy.with_seed(seed)
        self.count = RoundCount(last=last, vouched=self.policy.seed == seed)
        self.memory, self.nodes = memory, nodes
        self._number = {key: self.nodes.node(row) for row, key in enumerate(self.nodes.keys)}

    def _by_position(self, draw: Draw, told: Iterable[Told]) -> dict[int, Told]:
        position = {self.nodes.keys[int(draw.rows[at])]: int(at) for at in draw.drawn}
        replies: dict[int, Told] = {}
        arrays: set[str] | None = None
        for reply in told:
            who = f"round {draw.round}: the reply of {reply.name!r}"
            if reply.name not in position:
                raise BadReplyError(f"{who}: it was not drawn")
            if position[reply.name] in replies:
                LOG.warning("%s came twice; the first counts", who)
                continue
            arrays = set(reply.update) if arrays is None else arrays
            if set(reply.update) != arrays:
                other = min(set(reply.update) ^ arrays)
                raise BadReplyError(f"{who}: array {other!r} is not in every reply")
            for name, array in reply.update.items():
                if not np.all(np.isfinite(_numbers(array))):
                    raise BadReplyError(f"{who} has array {name!r} with NaN or infinity")
            replies[position[reply.name]] = reply
        return replies

    def _unknown(self, told: Mapping[int, float]) -> dict[int, float]:
        """Of the numbers that came with replies, those of clients whose number was not given."""
        rows = () if self._draw is None else self._draw.rows
        return {
            at: number
            for at, number in told.items()
            if self.nodes.keys[int(rows[at])] not in self._samples
        }

    def _remember(self, draw: Draw, replies: Mapping[int, Told], replied: Any) -> None:
        chances = loss_chances(self.reply_rate, draw, replied, self.nodes.keys)
        self.memory.count(draw, replied, chances)
        for at, reply in replies.items():
            row = int(draw.rows[at])
            parts = [_numbers(array).reshape(-1) for array in reply.update.values()]
            self.memory.hear(row, 0, np.concatenate(parts), keep=False)
            if reply.metrics:
                self.nodes.tells(row, reply.metrics)
            if reply.samples is not None and reply.name not in self._samples:
                self.nodes.holds(row, 0, reply.samples)


def _numbers(array: Any) -> Any:
    """A tensor of torch's, wherever it is, or an array of NumPy's, in float64."""
    moved = array.detach().cpu() if hasattr(array, "detach") else array
    return np.asarray(moved, dtype=np.float64)
