"""Flower's strategy whose rounds are drawn by roundlot, and whose steps are unbiased."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from roundlot.flower.arrays import flatten, join_models, numpy_arrays, split_models, unflatten
from roundlot.flower.count import RoundCount
from roundlot.flower.framework import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Grid,
    Message,
    MessageType,
    MetricRecord,
    RecordDict,
    Strategy,
)
from roundlot.flower.lost import (
    ReplyRate,
    biased,
    check_reply_rate,
    conditional,
    joined,
    loss_chances,
    reply_factors,
    state_of,
)
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.flower.policy import Policy
from roundlot.flower.replies import Replies, ReplyReader, Survey, evaluate_messages, mean_metrics
from roundlot.flower.rounds import (
    Aggregate,
    Draw,
    RoundRecord,
    aggregate,
    aggregate_stale,
    round_metrics,
)
from roundlot.flower.state import FORMAT
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

LOG = logging.getLogger("flwr")
Arrays = dict[str, Any]
Averager = Callable[[list[RecordDict], str], MetricRecord]


class LotStrategy(Strategy):  # type: ignore[misc]  # Flower is not always there
    """Draw nodes with the policy's probabilities ``p``; step by ``w + Σ (d/p) (w_i − w)``.

    The step is the one that everybody there would make together, on average over draws, whatever
    the probabilities. ``d`` are shares of samples. Every node drawn gets the model it drew and, in
    the settings, ``probability``, ``server-round`` and, of several models, ``model``.

    Args:
        policy: whom to draw; or None, and a ``fraction_train``.
        models: names of several models, trained at once; the run's arrays are then named
            ``model/array``, see ``join_models``.
        survey: whom to ask, before a draw, for samples and name, with ``query.roundlot`` messages:
            "new" nodes once; everybody in "every round", with the models, for their losses now;
            "never". Who has no answer, as in an app without such a function, is called by its
            number and counts as the mean of the others until it tells its number of samples with
            a reply to training; such rounds are labelled.
        reply_rate: what to make of lost replies: "equal", a rate, rates by key, "seen"; see
            ``roundlot.flower.lost``.
        bad_replies: "raise" at a reply that cannot be used, or "drop" it, which biases the step.
        server_rate: factor of the step.
        fraction_train: as Flower has it, expected draws per node that is there: what
            ``Policy(fraction=...)`` says.
        min_train_nodes: expect at least so many draws, or everybody if there are fewer.
        min_available_nodes: wait for so many.
        fraction_evaluate: share of nodes that evaluate, drawn uniformly; 0 for none.
        min_evaluate_nodes: at least so many evaluate, or everybody if there are fewer.
        train_metrics_aggr_fn, evaluate_metrics_aggr_fn: as Flower has them, from replies and the
            name of the weight to one record. That of training is given the weights of the step.
        first_round: the number of the first round drawn. A seed draws the same nodes in the same
            round, so a run that goes on must go on counting; a strategy that is started again
            does, and so does one whose state was loaded.
        survey_timeout: seconds to wait for answers.
        arrayrecord_key, configrecord_key: names of the records in messages.
        weighted_by_key: the metric with the number of samples.
        loss_key: the metric with the loss, in train replies and in surveys of every round.

    Attributes:
        history: a record of every round.
        count: the number of the last round, over all starts.
        memory: what everybody replied.
        nodes: who is who.

    Raises:
        InvalidProblemError: a setting out of its range.
        ImportError: Flower is missing.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        models: Sequence[str] | None = None,
        survey: Literal["new", "every round", "never"] = "new",
        reply_rate: ReplyRate = "equal",
        bad_replies: Literal["raise", "drop"] = "raise",
        server_rate: float = 1.0,
        fraction_train: float | None = None,
        min_train_nodes: int = 0,
        min_available_nodes: int = 2,
        fraction_evaluate: float = 1.0,
        min_evaluate_nodes: int = 0,
        train_metrics_aggr_fn: Averager | None = None,
        evaluate_metrics_aggr_fn: Averager | None = None,
        first_round: int | None = None,
        survey_timeout: float = 60.0,
        arrayrecord_key: str = "arrays",
        configrecord_key: str = "config",
        weighted_by_key: str = "num-examples",
        loss_key: str = "train_loss",
    ) -> None:
        check_reply_rate(reply_rate)
        _check_choice("survey", survey, ("new", "every round", "never"))
        _check_choice("bad_replies", bad_replies, ("raise", "drop"))
        if models is not None and (not models or len(set(models)) != len(models)):
            raise InvalidProblemError(f"models are {models!r}; give different names, at least one")
        if not 0.0 <= fraction_evaluate <= 1.0:
            raise InvalidProblemError(f"fraction_evaluate is {fraction_evaluate}; give 0 to 1")
        for name, least in (
            ("min_train_nodes", min_train_nodes),
            ("min_evaluate_nodes", min_evaluate_nodes),
            ("min_available_nodes", min_available_nodes),
        ):
            if isinstance(least, bool) or not isinstance(least, int) or least < 0:
                raise InvalidProblemError(f"{name} is {least!r}; give a whole number, 0 or more")
        self.policy = _translated(policy, fraction_train, min_train_nodes)
        self.survey, self.reply_rate = survey, reply_rate
        self.min_evaluate_nodes = min_evaluate_nodes
        self.train_metrics_aggr_fn = train_metrics_aggr_fn
        self.evaluate_metrics_aggr_fn = evaluate_metrics_aggr_fn
        self.count = RoundCount()
        if first_round is not None:
            self.count.begin(first_round)
        self.models = None if models is None else tuple(models)
        self.drop, self.server_rate = bad_replies == "drop", server_rate
        self.min_available_nodes, self.fraction_evaluate = min_available_nodes, fraction_evaluate
        self.survey_timeout = survey_timeout
        self.arrayrecord_key, self.configrecord_key = arrayrecord_key, configrecord_key
        self.weighted_by_key, self.loss_key = weighted_by_key, loss_key
        self.nodes, self.memory = Nodes(self.n_models), Memory(n_models=self.n_models)
        self.history: list[RoundRecord] = []
        self._draw: Draw | None = None
        self._present, self._flower_round = 0, 0
        self._notes: tuple[str, ...] = ()
        self._said_sizes = False
        self._sent: tuple[Arrays, ...] = ()

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return self.models or ("model",)

    def start(self, *args: Any, first_round: int | None = None, **settings: Any) -> Any:
        """Flower's loop; a strategy that is started again goes on counting its rounds.

        Args:
            args: as Flower has them.
            first_round: the number of the first round drawn; the next one if None.
            settings: as Flower has them.

        Raises:
            InvalidProblemError: a round that was drawn already.
        """
        if first_round is not None:
            self.count.begin(first_round)
        return super().start(*args, **settings)

    def summary(self) -> None:
        """Log the settings."""
        policy = self.policy
        rule = policy.rule if isinstance(policy.rule, str) else policy.rule.name
        size = f"{policy.budget:g}" if policy.budget else f"{policy.fraction:g} of the nodes"
        if policy.min_draws:
            size += f", at least {policy.min_draws:g}"
        chosen = " (chosen now)" if policy.chose_seed else ""
        LOG.info("\t├──> Drawn by roundlot: rule %s, design %s", rule, policy.design)
        LOG.info("\t│\t├── Expected draws: %s | seed %d%s", size, policy.seed, chosen)
        LOG.info("\t│\t├── Rounds before: %d", max(self.count.last, self.count.ahead))
        LOG.info("\t│\t└── Survey: %s | reply rate: %s", self.survey, self.reply_rate)
        LOG.info("\t└──> Models: %s", ", ".join(self._names))

    def state_dict(self) -> dict[str, Any]:
        """What a server needs to go on later: memory, nodes, seed and the number of rounds.

        Numbers, texts, lists and NumPy arrays only: for ``save_state``, ``torch.save`` or pickle.
        The model is not in it; keep ``result.arrays``.
        """
        return {
            "format": FORMAT,
            "models": list(self._names),
            "seed": self.policy.seed,
            "round": self.count.last,
            "memory": self.memory.state_dict(),
            "nodes": self.nodes.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another strategy stopped; with its seed, unless the policy was given one.

        Raises:
            InvalidProblemError: not a state; a state of other models.
        """
        if not isinstance(state, Mapping) or state.get("format") != FORMAT:
            raise InvalidProblemError(
                f"this is not a state of roundlot's Flower strategy ({FORMAT}); give what "
                "state_dict() or load_state() returned"
            )
        missing = {"models", "seed", "round", "memory", "nodes"} - set(state)
        if missing:
            raise InvalidProblemError(f"the state has no {min(missing)!r}; give a whole one")
        if list(state["models"]) != list(self._names):
            raise InvalidProblemError(
                f"the state is of models {', '.join(map(repr, state['models']))}, the strategy of "
                f"{', '.join(map(repr, self._names))}; give it the same models"
            )
        if self.policy.chose_seed:
            self.policy = self.policy.with_seed(int(state["seed"]))
        self.count = RoundCount(last=int(state["round"]))
        self.memory.load_state_dict(state["memory"])
        self.nodes.load_state_dict(state["nodes"])

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw; one message to every node drawn, with its model and its probability."""
        number = self.count.next(server_round)
        present = self.nodes.rows(self._meet(number, arrays, grid))
        facts = {int(row): self.nodes.facts(int(row)) for row in present}
        rows = np.array([r for r in present if self.policy.allows(facts[int(r)])], dtype=np.int64)
        if len(present) and not len(rows):
            raise InvalidProblemError(
                f"round {number}: none of the {len(present)} nodes is eligible; widen the "
                "policy's `eligible`, or wait for others (min_available_nodes)"
            )
        draw = self.policy.draw(
            number,
            rows=rows,
            samples=self.nodes.samples(rows),
            memory=self.memory,
            facts=[facts[int(row)] for row in rows],
        )
        records = self._split(arrays)
        self._draw, self._sent = draw, tuple(numpy_arrays(record) for record in records)
        self._flower_round, self._present = server_round, len(present)
        self._notes = self._before(draw, arrays)
        few = "" if len(rows) == len(present) else f" that are eligible of {len(present)}"
        LOG.info(
            "configure_train: round %d, drew %d of %d nodes%s, %.3g expected",
            number, len(draw.drawn), len(rows), few, draw.probabilities.sum(),
        )  # fmt: skip
        return self._messages(draw, records, arrays, config, grid)

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """The step; the replies go to the memory, what happened to the history."""
        draw = self._draw
        if draw is None or self._flower_round != server_round:
            raise InvalidProblemError(
                f"round {server_round} was not drawn by this strategy; call configure_train first"
            )
        messages = list(replies)
        told = self._reader(draw).read(messages)
        replied = np.zeros(len(draw.rows), dtype=bool)
        replied[list(told.updates)] = True
        factors, label = reply_factors(self.reply_rate, draw, replied, self.nodes.keys, self.memory)
        label = joined(label, *self._notes)
        if told.refused:
            label = joined(
                biased(f"{len(told.refused)} bad replies were dropped for what they held"), label
            )
        arrays, weights, theirs = self._advance(draw, told, factors, messages)
        self._remember(draw, told, replied)
        self._record(draw, told, replied, weights, joined(label, *self._step_label()))
        self._draw = None
        own = round_metrics(self.history[-1], draw, told.losses, factors, self.loss_key)
        return arrays, MetricRecord({**own, **theirs})

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """A uniform sample of the nodes evaluates every model."""
        number, nodes = self.count.number(server_round), sorted(grid.get_node_ids())
        self._present = len(nodes)
        return evaluate_messages(
            nodes,
            dict(zip(self._names, self._split(arrays), strict=True)),
            ConfigRecord({**config, "server-round": number}),
            fraction=self.fraction_evaluate,
            seed=(int(self.policy.seed or 0), number),
            keys=(self.arrayrecord_key, self.configrecord_key),
            several=self.models is not None,
            least=self.min_evaluate_nodes,
        )

    def aggregate_evaluate(
        self, server_round: int, replies: Iterable[Message]
    ) -> MetricRecord | None:
        """Means by samples over those who replied; ``model/metric`` of several models."""
        if self.evaluate_metrics_aggr_fn is not None:
            contents = [reply.content for reply in replies if not reply.has_error()]
            own = self.evaluate_metrics_aggr_fn
            return own(contents, self.weighted_by_key) if contents else None
        return mean_metrics(replies, self.weighted_by_key, present=self._present)

    def _meet(self, server_round: int, arrays: ArrayRecord, grid: Grid) -> list[int]:
        """Numbers of the nodes that are there and known."""
        while len(present := list(grid.get_node_ids())) < self.min_available_nodes:
            LOG.info("waiting for nodes: %d of %d", len(present), self.min_available_nodes)
            time.sleep(1)
        if self.survey == "never":
            for node in sorted(present):
                if not self.nodes.known(node):
                    self.nodes.enter(node, samples=None)
            self.memory.grow(len(self.nodes))
            return present
        fresh = self.survey == "every round"
        asked = [node for node in present if fresh or not self.nodes.known(node)]
        answered = Survey(
            round=server_round,
            models=self._names,
            samples_key=self.weighted_by_key,
            loss_key=self.loss_key,
            arrays=arrays if fresh else None,
            timeout=self.survey_timeout,
            drop=self.drop,
        ).ask(grid, asked, self.nodes, self.memory)
        return [node for node in present if node in answered or node not in asked]

    def _before(self, draw: Draw, arrays: ArrayRecord) -> tuple[str, ...]:
        """What is to be said of a draw before anybody replies, as labels."""
        notes = []
        unsaid = self.nodes.unsaid(draw.rows)
        if unsaid:
            what = "all count the same" if unsaid == len(draw.rows) else "count as the others' mean"
            notes.append(
                conditional(
                    f"unbiased if the {unsaid} of {len(draw.rows)} nodes that have not told their "
                    f"number of samples hold as much as assumed ({what})"
                )
            )
            if not self._said_sizes:
                self._said_sizes = True
                LOG.warning(
                    "%d nodes do not say how many samples they hold before a draw: sizes come "
                    'from the metric %r of replies, and until then %s; a function with '
                    '@app.query("roundlot") in the ClientApp tells them at once',
                    unsaid, self.weighted_by_key, what,
                )  # fmt: skip
        keys = [self.nodes.keys[row] for row in draw.rows]
        if self.count.repeated(int(self.policy.seed or 0), keys, numpy_arrays(arrays)):
            notes.append(
                biased(
                    f"seed {self.policy.seed} drew round {draw.round} among these nodes before, so "
                    "the same nodes are heard again; load the state of the run that goes on, or "
                    "give first_round"
                )
            )
        return tuple(notes)

    def _messages(
        self,
        draw: Draw,
        records: tuple[ArrayRecord, ...],
        arrays: ArrayRecord,
        config: ConfigRecord,
        grid: Grid,
    ) -> Iterable[Message]:
        return [self._train_message(draw, at, records, config) for at in draw.drawn]

    def _step_label(self) -> tuple[str, ...]:
        """What is to be said of the way from replies to a step."""
        return ()

    def _advance(
        self, draw: Draw, told: Replies, factors: Any, messages: Sequence[Message]
    ) -> tuple[ArrayRecord | None, Any, Mapping[str, Any]]:
        """The next arrays; the weights of those who replied, ``(S,)``; further metrics."""
        steps = [self._step(draw, model, told, factors) for model in range(self.n_models)]
        further: Mapping[str, Any] = {}
        if self.train_metrics_aggr_fn is not None and told.updates:
            contents = list(self._weighted(draw, told, factors, messages).values())
            further = self.train_metrics_aggr_fn(contents, self.weighted_by_key)
        return self._stepped(steps), np.array([step.weight for step in steps]), further

    def _weighted(
        self, draw: Draw, told: Replies, factors: Any, messages: Sequence[Message]
    ) -> dict[int, RecordDict]:
        """By position, copies of the replies that count, with ``f d/p`` as number of samples."""
        position_of = {int(draw.rows[at]): int(at) for at in draw.drawn}
        contents: dict[int, RecordDict] = {}
        for message in messages:
            row = self.nodes.row(message.metadata.src_node_id)
            at = position_of.get(-1 if row is None else row, -1)
            if message.has_error() or at not in told.updates or at in contents:
                continue
            content = RecordDict(dict(message.content))
            for name, record in message.content.metric_records.items():
                weight = {self.weighted_by_key: draw.weight(at) * float(factors[at])}
                content[name] = MetricRecord({**record, **weight})
                break
            contents[at] = content
        return contents

    def _split(self, arrays: ArrayRecord) -> tuple[ArrayRecord, ...]:
        if self.models is None:
            return (arrays,)
        tables = split_models(arrays, self.models)
        return tuple(ArrayRecord(tables[name]) for name in self.models)

    def _train_message(
        self, draw: Draw, at: int, records: tuple[ArrayRecord, ...], config: ConfigRecord
    ) -> Message:
        model = int(draw.picks[at])
        told = {**config, "server-round": draw.round, "probability": draw.probability(at)}
        if self.models is not None:
            told["model"] = self.models[model]
        content = RecordDict(
            {self.arrayrecord_key: records[model], self.configrecord_key: ConfigRecord(told)}
        )
        node = self.nodes.node(int(draw.rows[at]))
        return Message(content=content, message_type=MessageType.TRAIN, dst_node_id=node)

    def _reader(self, draw: Draw) -> ReplyReader:
        return ReplyReader(
            draw=draw,
            nodes=self.nodes,
            models=self._names,
            sent=self._sent,
            loss_key=self.loss_key,
            samples_key=self.weighted_by_key,
            needs_losses=self.policy.needs_losses and self.survey != "every round",
            drop=self.drop,
        )

    def _step(self, draw: Draw, model: int, told: Replies, factors: Any) -> Aggregate:
        size = len(flatten(self._sent[model]))
        updates = {at: step for at, step in told.updates.items() if draw.picks[at] == model}
        if self.policy.keeps_updates:
            return aggregate_stale(draw, model, updates, factors, size, self.memory)
        return aggregate(draw, model, updates, factors, size)

    def _remember(self, draw: Draw, told: Replies, replied: Any) -> None:
        chances = loss_chances(self.reply_rate, draw, replied, self.nodes.keys)
        self.memory.count(draw, replied, chances)
        for at in draw.drawn:
            pair = int(draw.rows[at]), int(draw.picks[at])
            if at in told.updates:
                self.memory.hear(*pair, told.updates[at], keep=self.policy.keeps_updates)
                self.nodes.tells(pair[0], told.metrics[at])
            if told.losses.get(at, -1.0) >= 0.0:
                self.memory.losses[pair] = told.losses[at]
            if told.samples.get(at, 0.0) > 0.0:
                self.nodes.holds(*pair, told.samples[at])

    def _record(self, draw: Draw, told: Replies, replied: Any, weights: Any, label: str) -> None:
        self.history.append(
            RoundRecord.of(
                draw,
                self.nodes.keys,
                replied=replied,
                aggregate_weight=weights,
                label=label,
                refused=told.refused,
            )
        )
        speak = LOG.info if state_of(label) == "unbiased" else LOG.warning
        speak("aggregate_train: %d of %d replied; %s", replied.sum(), len(draw.drawn), label)

    def _stepped(self, steps: list[Aggregate]) -> ArrayRecord:
        tables = {}
        for name, sent, step in zip(self._names, self._sent, steps, strict=True):
            moved = unflatten(flatten(sent) + self.server_rate * step.step, sent)
            tables[name] = {key: Array(np.ascontiguousarray(value)) for key, value in moved.items()}
        return ArrayRecord(join_models(tables) if self.models is not None else tables["model"])


def _check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    require_choice(value, name, known)


def _translated(policy: Policy | None, fraction_train: float | None, least: int) -> Policy:
    """The policy, with Flower's own settings of how many to draw in its words.

    Raises:
        InvalidProblemError: neither a policy nor a fraction; both.
    """
    if policy is None:
        if fraction_train is None:
            raise InvalidProblemError(
                "there is no policy; give Policy(budget=...) or fraction_train, as to FedAvg"
            )
        policy = Policy(fraction=fraction_train)
    elif not isinstance(policy, Policy):
        raise InvalidProblemError(f"policy is {policy!r}; give Policy(budget=...)")
    elif fraction_train is not None:
        asked = f"budget={policy.budget:g}" if policy.budget else f"fraction={policy.fraction:g}"
        raise InvalidProblemError(
            f"fraction_train is {fraction_train:g}, and the policy has {asked}; leave out "
            f"fraction_train, or say Policy(fraction={fraction_train:g})"
        )
    if least <= policy.min_draws:
        return policy
    LOG.info("min_train_nodes=%d: at least so many draws are expected, not certain", least)
    seed = None if policy.chose_seed else policy.seed
    return replace(policy, min_draws=float(least), seed=seed)
