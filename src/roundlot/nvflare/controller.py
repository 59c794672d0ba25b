"""What stands before a controller of NVFlare: its clients are drawn, its average is unbiased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np

from roundlot.flower import Policy
from roundlot.flower.arrays import BadReplyError
from roundlot.flower.lost import ReplyRate, conditional
from roundlot.nvflare.lots import Lots, Told
from roundlot.theory import InvalidProblemError

#: NVFlare's name for how much a client trained on, in the meta data of its result.
STEPS = "NUM_STEPS_CURRENT_ROUND"
#: Whose ``update_model`` takes the average, or adds it, as it is.
ADDS = ("ModelController", "BaseFedAvg", "FedAvg", "BaseModelController")
#: Controllers of NVFlare that do more with results than average models, and what.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "Scaffold": "its control variates are averaged beside the model, by weights of their own",
        "FedAvgLR": "it divides by an averaged Hessian, a ratio",
    }
)


class LotSampling:
    """``class LotAvg(LotSampling, FedAvg): ...``; then ``LotAvg(policy=..., num_rounds=50)``.

    Overrides what NVFlare documents: ``sample_clients`` draws, ``aggregate`` and the aggregator of
    `FedAvg` step by ``w + Σ f (d/p) (w_i − w)``. Whole models and differences are both taken.

    Args:
        policy: whom to draw, or its arguments as a mapping, as a job's configuration has them.
        samples: how many samples clients hold, by name; else the number of steps that comes with
            their results counts, as in NVFlare's own average.
        reply_rate: what to make of lost results.
        first_round: the number of the first round drawn, from 1; 1 says that the run is new. So
            does a ``start_round`` above 0, and a loaded state.
        kwargs: those of the controller; ``num_clients`` is the policy's budget.

    Attributes:
        lots: draws, memory and history; ``lots.state_dict()`` for a restart.

    Raises:
        InvalidProblemError: settings that contradict the policy; a controller that does more than
            average models.
    """

    # What the controllers of NVFlare bring along.
    engine: Any
    current_round: int | None
    aggregator: Any

    def __init__(
        self,
        *args: Any,
        policy: Policy | Mapping[str, Any],
        samples: Mapping[str, float] | None = None,
        reply_rate: ReplyRate = "equal",
        first_round: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(policy, Policy | Mapping):
            raise InvalidProblemError(
                f"policy is {policy!r}; give Policy(budget=..., design='pivotal') or its arguments"
            )
        made = policy if isinstance(policy, Policy) else Policy(**policy)
        # NVFlare writes a job's configuration from attributes named as the arguments.
        self.policy = _arguments(policy) if isinstance(policy, Policy) else dict(policy)
        self.samples = None if samples is None else dict(samples)
        self.reply_rate, self.first_round = reply_rate, first_round
        self.lots = Lots(
            made,
            samples=samples,
            reply_rate=reply_rate,
            first_round=first_round,
            step_labels=_step_labels(type(self)),
        )
        budget = int(made.budget or 0)
        if kwargs.setdefault("num_clients", budget) != budget:
            raise InvalidProblemError(
                f"num_clients is {kwargs['num_clients']}, the policy's budget {budget}; leave "
                "out num_clients"
            )
        for name in ("aggregator", "aggregation_weights", "exclude_vars"):
            if kwargs.get(name):
                raise InvalidProblemError(
                    f"{name} would change the weights that make the step unbiased; leave it out"
                )
        if kwargs.get("enable_tensor_disk_offload"):
            raise InvalidProblemError(
                "enable_tensor_disk_offload keeps results on disk, and their updates are needed in "
                "memory; leave it out"
            )
        super().__init__(*args, **kwargs)
        self._sent: Any = None

    def sample_clients(self, num_clients: int | None = None) -> list[str]:
        """Names of the clients drawn; as many as the policy's budget."""
        # FedAvg aggregates results as they come. A job's configuration is written before the run,
        # from the arguments alone: the aggregator must not be among them.
        if getattr(self, "aggregator", self) is None:
            self.aggregator = _Aggregator(self)
        names = [client.name for client in self.engine.get_clients()]
        return self.lots.draw(names, getattr(self, "current_round", None))

    def send_model(self, *args: Any, **settings: Any) -> Any:
        """Send a model, and remember which: updates are differences from it."""
        self._sent = settings.get("data", args[1] if len(args) > 1 else None)
        return super().send_model(*args, **settings)  # type: ignore[misc]

    def send_model_and_wait(self, *args: Any, **settings: Any) -> Any:
        """The same, for results that are waited for."""
        self._sent = settings.get("data", args[1] if len(args) > 1 else None)
        return super().send_model_and_wait(*args, **settings)  # type: ignore[misc]

    def aggregate(self, results: list[Any], aggregate_fn: Any = None) -> Any:
        """The next model, or the difference to it if the clients sent differences."""
        if aggregate_fn is not None:
            raise InvalidProblemError(
                "aggregate_fn would change the weights that make the step unbiased; leave it out"
            )
        if not results:
            return self.combined(results)
        return super().aggregate(results, aggregate_fn=self.combined)  # type: ignore[misc]

    def combined(self, results: list[Any]) -> Any:
        """One result of all: ``w + Σ f (d/p) (w_i − w)``.

        Raises:
            InvalidProblemError: no model was sent with ``send_model``.
        """
        if self._sent is None:
            raise InvalidProblemError(
                "no model was sent; send it with send_model(data=...) or send_model_and_wait"
            )
        sent = self._sent.params
        step, metrics = self.lots.step([_told(result, sent) for result in results])
        whole = not results or not _is_difference(results[0])
        params = {
            name: (value + step[name] if name in step else value) if whole else step[name]
            for name, value in sent.items()
            if whole or name in step
        }
        like = results[0] if results else self._sent
        return type(like)(
            params=params,
            params_type=like.params_type,
            metrics=metrics or None,
            current_round=getattr(self, "current_round", None),
            meta={"nr_aggregated": len(results), "current_round": self.current_round},
        )


class _Aggregator:
    """NVFlare's model aggregator: takes results one by one, gives one at the end."""

    def __init__(self, controller: LotSampling) -> None:
        self._controller, self.fl_ctx = controller, None
        self._results: list[Any] = []

    def accept_model(self, model: Any) -> None:
        self._results.append(model)

    def aggregate_model(self) -> Any:
        return self._controller.combined(self._results)

    def reset_stats(self) -> None:
        self._results = []


def _arguments(policy: Policy) -> dict[str, Any] | Policy:
    """What to give to get this policy, in plain values; itself if functions are among them."""
    given = {
        field.name: getattr(policy, field.name)
        for field in fields(policy)
        if field.init and getattr(policy, field.name) != field.default
    }
    if policy.chose_seed:
        del given["seed"]
    if not given.get("limits"):
        given.pop("limits", None)
    plain = all(isinstance(value, str | int | float | dict) for value in given.values())
    return given if plain else policy


def _step_labels(kind: type) -> tuple[str, ...]:
    """What is to be said of a controller's step, by whose ``update_model`` it uses.

    Raises:
        InvalidProblemError: a controller that does more with results than average them.
    """
    for base in kind.__mro__:
        if base.__module__.startswith("nvflare.") and base.__name__ in REFUSED:
            raise InvalidProblemError(
                f"LotSampling is not for {base.__name__}: {REFUSED[base.__name__]}"
            )
    owner = next((base for base in kind.__mro__ if "update_model" in vars(base)), None)
    if owner is None or (owner.__module__.startswith("nvflare.") and owner.__name__ in ADDS):
        return ()
    return (
        conditional(
            f"unbiased if update_model of {owner.__name__} is linear in the average, as plain SGD "
            "is and Adam is not"
        ),
    )


def _is_difference(result: Any) -> bool:
    kind = getattr(result.params_type, "value", result.params_type)
    return str(kind).upper() == "DIFF"


def _told(result: Any, sent: Mapping[str, Any]) -> Told:
    meta = result.meta or {}
    params = result.params or {}
    name = str(meta.get("client_name", ""))
    for key, value in params.items():
        if key not in sent:
            raise BadReplyError(
                f"the result of {name!r} has {key!r}, which was not sent; return what was sent"
            )
        if np.shape(value) != np.shape(sent[key]):
            raise BadReplyError(
                f"the result of {name!r} has array {key!r} of shape {tuple(np.shape(value))}; "
                f"{tuple(np.shape(sent[key]))} was sent, return that"
            )
    if not _is_difference(result):
        params = {key: value - sent[key] for key, value in params.items()}
    steps = meta.get(STEPS)
    known = isinstance(steps, int | float) and not isinstance(steps, bool) and steps > 0
    return Told(
        name=name,
        update=params,
        samples=float(steps) if known and steps is not None else None,
        metrics=result.metrics,
    )
