"""Flower's strategy whose rounds are drawn by roundlot, and whose steps are unbiased.

A round in parts: who is there (`survey`), the draw (`lot`) and its messages (`messages`), the step
from the replies (`step`), evaluation by clients (`evaluation`). What may be said of it: `claims`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from roundlot.flower.arrays import check_model, flatten, numpy_arrays
from roundlot.flower.claims import Sizes, assumed, before_replies, dropped_replies, no_step
from roundlot.flower.count import RoundCount, model_digest
from roundlot.flower.eligible import NobodyError
from roundlot.flower.evaluation import evaluate_messages, mean_metrics
from roundlot.flower.expected import expected_draws
from roundlot.flower.framework import (
    ArrayRecord,
    ConfigRecord,
    Grid,
    Message,
    MetricRecord,
    RecordDict,
    Strategy,
)
from roundlot.flower.lost import (
    ReplyRate,
    check_reply_rate,
    joined,
    reply_factors,
    state_of,
)
from roundlot.flower.lot import draw_lot
from roundlot.flower.memory import Memory
from roundlot.flower.messages import model_records, train_messages, weighted_contents
from roundlot.flower.nodes import Nodes
from roundlot.flower.policy import Policy
from roundlot.flower.replies import Replies, ReplyReader
from roundlot.flower.rounds import Aggregate, Draw, RoundRecord, plain_metrics, round_metrics
from roundlot.flower.settings import (
    check_count,
    check_names,
    check_positive,
    check_share,
)
from roundlot.flower.state import FORMAT, restored
from roundlot.flower.step import learning_rates, model_step, remember, stepped
from roundlot.flower.survey import Survey, meet, wait_for
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
        rate_key: the learning rate: a metric of train replies, or else a setting of
            ``train_config``, there with ``model/`` before it where models differ. Rules that read
            norms of several models need it, see `Policy`.

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
        rate_key: str = "lr",
    ) -> None:
        check_reply_rate(reply_rate)
        require_choice(survey, "survey", ("new", "every round", "never"))
        require_choice(bad_replies, "bad_replies", ("raise", "drop"))
        if models is not None:
            check_names("models", models)
        check_share("fraction_evaluate", fraction_evaluate)
        check_positive("server_rate", server_rate)
        check_positive("survey_timeout", survey_timeout)
        check_count("min_train_nodes", min_train_nodes)
        check_count("min_evaluate_nodes", min_evaluate_nodes)
        check_count("min_available_nodes", min_available_nodes)
        self.policy = expected_draws(policy, fraction_train, min_train_nodes)
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
        self.weighted_by_key, self.loss_key, self.rate_key = weighted_by_key, loss_key, rate_key
        self._settings: Mapping[str, Any] = {}
        self.nodes, self.memory = Nodes(self.n_models), Memory(n_models=self.n_models)
        self.history: list[RoundRecord] = []
        self._draw: Draw | None = None
        self._present, self._flower_round = 0, 0
        self._unmoved: ArrayRecord | None = None  # the model of a round that is skipped
        self._notes: tuple[str, ...] = ()
        self._sizes: Sizes | None = None
        self._said_sizes = False
        self._sent: tuple[Arrays, ...] = ()
        self._model: Mapping[str, Any] | None = None

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
        The model is not in it, only a digest that tells whether a later one is the same; keep
        ``result.arrays``.
        """
        model = self.count.model
        if self._model is not None:
            model = model_digest(numpy_arrays(self._model))
        return {
            "format": FORMAT,
            "models": list(self._names),
            "seed": int(self.policy.seed or 0),
            "round": self.count.last,
            "model": model,
            "memory": self.memory.state_dict(),
            "nodes": self.nodes.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another strategy stopped; with its seed, unless the policy was given one.

        Raises:
            InvalidProblemError: not a state, or only part of one; a state of other models. Then
                nothing of it was taken over.
        """
        nodes, memory = Nodes(self.n_models), Memory(n_models=self.n_models)
        if isinstance(state, Mapping) and list(state.get("models", self._names)) != [*self._names]:
            raise InvalidProblemError(
                f"the state is of models {', '.join(map(repr, state['models']))}, the strategy of "
                f"{', '.join(map(repr, self._names))}; give it the same models"
            )
        seed, last, model = restored(
            state, FORMAT, "roundlot's Flower strategy", {"memory": memory, "nodes": nodes}
        )
        if self.policy.chose_seed:
            self.policy = self.policy.with_seed(seed)
        self.count = RoundCount(last=last, model=model, vouched=self.policy.seed == seed)
        self.memory, self.nodes = memory, nodes

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw; one message to every node drawn, with its model and its probability."""
        begun, number = self.count.last > 0, self.count.next(server_round)
        self._flower_round, self._unmoved = server_round, None
        records = model_records(arrays, self.models)
        sent = tuple(numpy_arrays(record) for record in records)
        for model in sent:
            check_model(model, number)
        self.memory.check_sizes([sum(array.size for array in model.values()) for model in sent])
        connected = wait_for(grid, self.min_available_nodes)
        survey = self._survey(number, arrays)
        known = meet(connected, self.survey, survey, grid, self.nodes, self.memory)
        present = self.nodes.rows(known)
        try:
            draw = draw_lot(self.policy, number, present, self.nodes, self.memory, who="nodes")
        except NobodyError as error:
            if not begun:  # nothing is lost yet, and a condition that nobody meets may be misspelt
                raise
            again = "" if self.survey == "every round" else '; survey="every round" asks them again'
            LOG.warning("configure_train: %s%s; the round is skipped", error, again)
            self._draw, self._unmoved = None, arrays
            return []
        self._draw, self._sent, self._settings = draw, sent, config
        self._sizes = Sizes(draw, self.nodes)
        self._present = len(present)
        self._say_sizes(draw)
        self._notes = before_replies(
            draw, self.nodes, self.count, self.policy, who="nodes", model=numpy_arrays(arrays)
        )
        there, able = len(present), len(draw.rows)
        few = "" if able == there else f" that are eligible of {there}"
        LOG.info(
            "configure_train: round %d, drew %d of %d nodes%s, %.3g expected",
            number, len(draw.drawn), able, few, draw.probabilities.sum(),
        )  # fmt: skip
        return self._messages(draw, records, arrays, config, grid)

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """The step; the replies go to the memory, what happened to the history."""
        if self._unmoved is not None and self._flower_round == server_round:
            return self._unmoved, self._skipped(server_round)
        draw = self._draw
        if draw is None or self._flower_round != server_round:
            raise InvalidProblemError(
                f"round {server_round} was not drawn by this strategy; call configure_train first"
            )
        messages = list(replies)
        told = self._reader(draw).read(messages)
        rates = learning_rates(
            draw, told, self.policy, self.memory,
            key=self.rate_key, sent=self._settings, models=self._names,
        )  # fmt: skip
        replied = np.zeros(len(draw.rows), dtype=bool)
        replied[list(told.updates)] = True
        factors, label = reply_factors(self.reply_rate, draw, replied, self.nodes.keys, self.memory)
        sizes = () if self._sizes is None else self._sizes.against(told.samples)
        arrays, weights, theirs = self._advance(draw, told, factors, messages)
        notes = (*dropped_replies(len(told.refused)), label, *self._notes, *sizes)
        notes += (*no_step(arrays is not None), *self._step_label())
        remember(
            draw, told, replied, rate=self.reply_rate, nodes=self.nodes, memory=self.memory,
            keep_updates=self.policy.keeps_updates, learning_rates=rates,
        )  # fmt: skip
        self._record(draw, told, replied, weights, joined(*notes))
        self._draw = None
        self._model = self._model if arrays is None else arrays
        own = round_metrics(self.history[-1], draw, told.losses, factors, self.loss_key)
        # What clients tell under these names does not hide what the server knows.
        kept = {name: value for name, value in own.items() if name != self.loss_key}
        return arrays, MetricRecord({**own, **theirs, **kept})

    def _skipped(self, server_round: int) -> MetricRecord:
        """The metrics of a round in which nobody might be drawn, after its record."""
        self._unmoved = None
        record = RoundRecord.of_nobody(self.count.number(server_round), self.n_models)
        self.history.append(record)
        return MetricRecord(plain_metrics(record))

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """A uniform sample of the nodes evaluates every model."""
        number, nodes = self.count.number(server_round), sorted(grid.get_node_ids())
        self._present = len(nodes)
        return evaluate_messages(
            nodes,
            dict(zip(self._names, model_records(arrays, self.models), strict=True)),
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

    def _survey(self, number: int, arrays: ArrayRecord) -> Survey:
        return Survey(
            round=number,
            models=self._names,
            samples_key=self.weighted_by_key,
            loss_key=self.loss_key,
            arrays=arrays if self.survey == "every round" else None,
            timeout=self.survey_timeout,
            drop=self.drop,
        )

    def _say_sizes(self, draw: Draw) -> None:
        """Warn, once, that nodes do not tell their sizes."""
        unsaid = self.nodes.unsaid(draw.rows)
        if unsaid and not self._said_sizes:
            self._said_sizes = True
            LOG.warning(
                "%d nodes do not say how many samples they hold before a draw: sizes come "
                'from the metric %r of replies, and until then %s; a function with '
                '@app.query("roundlot") in the ClientApp tells them at once',
                unsaid, self.weighted_by_key, assumed(unsaid, len(draw.rows)),
            )  # fmt: skip

    def _messages(
        self,
        draw: Draw,
        records: tuple[ArrayRecord, ...],
        arrays: ArrayRecord,
        config: ConfigRecord,
        grid: Grid,
    ) -> Iterable[Message]:
        keys = (self.arrayrecord_key, self.configrecord_key)
        return train_messages(draw, records, config, self.nodes, keys=keys, models=self.models)

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
        arrays = stepped(self._sent, steps, self.models, self.server_rate)
        return arrays, np.array([step.weight for step in steps]), further

    def _weighted(
        self, draw: Draw, told: Replies, factors: Any, messages: Sequence[Message]
    ) -> dict[int, RecordDict]:
        return weighted_contents(draw, told, factors, messages, self.nodes, self.weighted_by_key)

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
        memory = self.memory if self.policy.keeps_updates else None
        return model_step(draw, model, told, factors, size, memory)

    def _record(self, draw: Draw, told: Replies, replied: Any, weights: Any, label: str) -> None:
        self.history.append(
            RoundRecord.of(
                draw,
                self.nodes.keys,
                replied=replied,
                aggregate_weight=weights,
                label=label,
                refused={**told.refused, **told.strays},
            )
        )
        speak = LOG.info if state_of(label) == "unbiased" else LOG.warning
        speak("aggregate_train: %d of %d replied; %s", replied.sum(), len(draw.drawn), label)
