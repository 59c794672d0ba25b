"""The sections of a setup of training, with the default of every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roundlot.fleet.values import Check, choice, key, number, text, whole
from roundlot.theory import InvalidProblemError

DESIGN_NAMES = (
    "independent",
    "turns",
    "systematic",
    "ordered systematic",
    "pivotal",
    "rounding",
    "sampford",
    "conditional poisson",
)


def one_or_many(item: Check) -> Check:
    """What ``item`` allows, or a list of it."""

    def check(value: Any, place: str) -> Any:
        if isinstance(value, list | tuple):
            if not value:
                raise InvalidProblemError(f"{place} is an empty list; give at least one number")
            return tuple(item(one, f"{place}[{index}]") for index, one in enumerate(value))
        return item(value, place)

    return check


def switch(value: Any, place: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidProblemError(f"{place} is {value!r:.40}; give true or false")
    return value


def either(word: str, other: Check) -> Check:
    """A word, or what ``other`` allows."""

    def check(value: Any, place: str) -> Any:
        return value if value == word else other(value, place)

    return check


@dataclass(frozen=True, kw_only=True)
class FederationSection:
    """``[federation]``: processors, who may train what, when they are there, what they run on.

    ``processors`` is a number for all, a list, or "25-50-25"; ``able`` is "all" or "90-10";
    ``online`` a probability for all or a list; ``devices`` is "phones" (speeds and links of the
    shipped tables) or "none"; ``speed`` in samples/s and ``link`` in Mbit/s overrule it.
    """

    processors: str | int | tuple[int, ...] = key(1, either("25-50-25", one_or_many(whole(low=1))))
    able: str = key("all", choice("all", "90-10"))
    online: float | tuple[float, ...] = key(1.0, one_or_many(number(low=0, high=1)))
    devices: str = key("phones", choice("phones", "none"))
    speed: float | tuple[float, ...] | None = key(None, one_or_many(number(low=0, above=True)))
    link: float | tuple[float, ...] | None = key(None, one_or_many(number(low=0, above=True)))


@dataclass(frozen=True, kw_only=True)
class LocalSection:
    """``[local]``: what a client does in a round; a list gives one value a model.

    ``batch_size = 0`` is all that the client holds.
    """

    epochs: int | tuple[int, ...] = key(5, one_or_many(whole(low=1)))
    batch_size: int | tuple[int, ...] = key(16, one_or_many(whole(low=0)))
    learning_rate: float | tuple[float, ...] = key(0.1, one_or_many(number(low=0, above=True)))
    decay: float | tuple[float, ...] = key(1.0, one_or_many(number(low=0, high=1, above=True)))
    proximal: float | tuple[float, ...] = key(0.0, one_or_many(number(low=0)))
    weight_decay: float | tuple[float, ...] = key(0.0, one_or_many(number(low=0)))


@dataclass(frozen=True, kw_only=True)
class RunSection:
    """``[run]``: how long, how often, with how many draws a round, measured against what."""

    rounds: int = key(100, whole(low=1, high=10**7))
    seeds: int = key(3, whole(low=1, high=10**4))
    budget: float | None = key(None, number(low=0, above=True))
    budget_fraction: float | None = key(None, number(low=0, high=1, above=True))
    design: str = key("independent", choice(*DESIGN_NAMES))
    evaluate_every: int = key(10, whole(low=1))
    server_learning_rate: float = key(1.0, number(low=0, above=True))
    measure: bool = key(False, switch)
    baseline: str | None = key(None, text)
    confidence: float = key(0.95, number(low=0.5, high=0.9999))
    engine: str = key("auto", choice("auto", "plain", "vmapped", "batched", "fused"))
    device: str = key("auto", text)
    chunk: int | None = key(None, whole(low=1))
    checkpoint_every: int = key(10, whole(low=1))

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget_fraction is not None:
            raise InvalidProblemError(
                "run.budget and run.budget_fraction are both given; choose one"
            )

    def draws(self, n_processors: int) -> float:
        """``m``: draws expected in a round; a tenth of the processors unless the setup says."""
        if self.budget is not None:
            return self.budget
        share = 0.1 if self.budget_fraction is None else self.budget_fraction
        return share * n_processors
