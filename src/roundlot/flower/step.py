"""From a round's replies to the next model: one step for each model, and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from roundlot.flower.arrays import flatten, join_models, unflatten
from roundlot.flower.framework import Array, ArrayRecord
from roundlot.flower.lost import ReplyRate, loss_chances
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.flower.policy import Policy
from roundlot.flower.replies import Replies
from roundlot.flower.rounds import Aggregate, Draw, aggregate, aggregate_stale
from roundlot.flower.settings import check_positive
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray

Arrays = Mapping[str, Any]


def model_step(
    draw: Draw, model: int, told: Replies, factors: FloatArray, size: int, memory: Memory | None
) -> Aggregate:
    """The step of one model.

    Args:
        draw: of the round.
        model: its number.
        told: by those who replied.
        factors: ``(V,)``, what makes up for lost replies.
        size: ``P``, how many numbers the model has.
        memory: of old updates, if the step uses them.
    """
    updates = {at: step for at, step in told.updates.items() if draw.picks[at] == model}
    if memory is None:
        return aggregate(draw, model, updates, factors, size)
    return aggregate_stale(draw, model, updates, factors, size, memory)


def stepped(
    sent: Sequence[Arrays],
    steps: Sequence[Aggregate],
    models: tuple[str, ...] | None,
    rate: float,
) -> ArrayRecord:
    """The models after these steps, in one record; each in the types that were sent."""
    tables = {}
    for name, arrays, step in zip(models or ("model",), sent, steps, strict=True):
        moved = unflatten(flatten(arrays) + rate * step.step, arrays)
        tables[name] = {key: Array(np.ascontiguousarray(value)) for key, value in moved.items()}
    return ArrayRecord(tables["model"] if models is None else join_models(tables))


def remember(
    draw: Draw,
    told: Replies,
    replied: BoolArray,
    *,
    rate: ReplyRate,
    nodes: Nodes,
    memory: Memory,
    keep_updates: bool,
    learning_rates: Mapping[int, float | None],
) -> None:
    """Keep what those drawn said, and count who replied."""
    memory.count(draw, replied, loss_chances(rate, draw, replied, nodes.keys))
    for at in draw.drawn:
        pair = int(draw.rows[at]), int(draw.picks[at])
        if at in told.updates:
            memory.hear(*pair, told.updates[at], keep=keep_updates, rate=learning_rates[at])
            nodes.tells(pair[0], told.metrics[at])
        if told.losses.get(at, -1.0) >= 0.0:
            memory.losses[pair] = told.losses[at]
        if at in told.samples:
            nodes.holds(*pair, told.samples[at])


def learning_rates(
    draw: Draw,
    told: Replies,
    policy: Policy,
    memory: Memory,
    *,
    key: str,
    sent: Mapping[str, Any],
    models: Sequence[str],
) -> dict[int, float | None]:
    """The rate of each reply: as it tells, or as the settings say of its model, or of all.

    Args:
        draw: of the round.
        told: by those who replied.
        policy: says whether norms are per unit of it; None for all if they are not.
        memory: of norms of earlier rounds.
        key: the metric, and the setting, with ``model/`` before it of one model.
        sent: settings sent to all.
        models: their names.

    Raises:
        InvalidProblemError: a rate of several models that nobody tells; one that is not finite
            and > 0; one of one model that some tell and others do not.
    """
    if not (policy.uses_norms and policy.norms == "per rate"):
        return dict.fromkeys(told.updates)
    rates = dict[int, float | None]()
    for at in told.updates:
        model = models[int(draw.picks[at])]
        places = ((told.metrics[at], key), (sent, f"{model}/{key}"), (sent, key))
        rates[at] = next((place[name] for place, name in places if name in place), None)
        if rates[at] is not None:
            check_positive(f"round {draw.round}: {key!r} of model {model!r}", rates[at])
        elif len(models) > 1:
            raise InvalidProblemError(
                f"round {draw.round}: nobody tells the learning rate of model {model!r}, and norms "
                f"are compared per unit of it: give train_config=ConfigRecord({{{key!r}: 0.1}}) "
                f"to start, or {f'{model}/{key}'!r} in it for this model, or {key!r} with replies; "
                "or say Policy(norms='raw')"
            )
    if len({rate is None for rate in rates.values()}) > 1:
        raise InvalidProblemError(
            f"round {draw.round}: some replies tell {key!r}, others do not; tell it with all, or "
            "in train_config"
        )
    for rate in rates.values():
        memory.check_unit(rate is not None)
    return rates
