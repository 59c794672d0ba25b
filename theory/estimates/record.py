"""Measured constants as a record: each an interval with its condition, saved and loaded as JSON."""

from __future__ import annotations

import math
import os
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.intervals import ConfidenceInterval
from roundlot.theory.json_text import UnreadableError, dumps, parse, text_of, version_of
from roundlot.theory.proofs.requirements import Role

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem

FORMAT, VERSION = "roundlot.constants", 1


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a constant of a name is: in words, its unit, and the role by which theorems take it."""

    meaning: str
    unit: str
    role: Role | None = None


#: Every constant that a record may hold. ``d_i`` is a client's share of the data.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "smoothness": Kind(meaning="L of F", unit="F/x²", role=Role.SMOOTHNESS),
        "client_smoothness": Kind(
            meaning="the largest L_i of the clients' f_i", unit="F/x²", role=Role.CLIENT_SMOOTHNESS
        ),
        "step_smoothness": Kind(
            meaning="the largest ℓ of the steps made: F(x⁺) = F(x) + ⟨∇F(x), x⁺ − x⟩ + ℓ/2 "
            "‖x⁺ − x‖²",
            unit="F/x²",
        ),
        "strong_convexity": Kind(meaning="μ of F", unit="F/x²", role=Role.CONVEXITY),
        "client_strong_convexity": Kind(
            meaning="the least μ_i of the clients' f_i", unit="F/x²", role=Role.CLIENT_CONVEXITY
        ),
        "dominance": Kind(meaning="μ with ‖∇F(x)‖² >= 2μ(F(x) − F*)", unit="F/x²"),
        "value": Kind(meaning="F(x_0) − F*", unit="F", role=Role.EXCESS),
        "initial": Kind(meaning="‖x_0 − x*‖²", unit="x²", role=Role.DISTANCE),
        "squared_gradient": Kind(meaning="‖∇F(x_0)‖²", unit="F²/x²", role=Role.SQUARED_GRADIENT),
        "client_noise": Kind(
            meaning="the largest σ_i², the variance of a client's mini-batch gradient",
            unit="F²/x²",
        ),
        "local_noise": Kind(meaning="Σ d_i σ_i²", unit="F²/x²"),
        "batch_noise": Kind(meaning="Σ d_i² σ_i²", unit="F²/x²", role=Role.MEAN_BATCH_NOISE),
        "dissimilarity": Kind(meaning="ζ², Σ d_i ‖∇f_i − ∇F‖²", unit="F²/x²"),
        "second_moment": Kind(
            meaning="G², the largest E‖g_i‖² of the clients' mini-batch gradients",
            unit="F²/x²",
            role=Role.SECOND_MOMENT,
        ),
        "gradient_ratio": Kind(meaning="B², Σ d_i ‖∇f_i‖² / ‖∇F‖²", unit="1"),
        "variance": Kind(
            meaning="the variance of a server's step", unit="F²/x²", role=Role.STEP_VARIANCE
        ),
        "expected_smoothness": Kind(
            meaning="S with Var(x) <= 2S(F(x) − F*) + σ²", unit="F/x²", role=Role.GROWTH
        ),
        "noise": Kind(
            meaning="σ² with Var(x) <= 2S(F(x) − F*) + σ²",
            unit="F²/x²",
            role=Role.NOISE_AT_OPTIMUM,
        ),
    }
)
#: Theorems whose numbers without a role mean what a record's of the same name do.
_SAME_NAMES = MappingProxyType(
    {
        "dissimilarity": ("fedavg", "fedavg_sum", "fedavg_round", "local_deviation"),
        "local_noise": ("fedavg", "fedavg_sum", "fedavg_round", "local_deviation"),
        "step_smoothness": ("path_step", "path_rate_sum", "path_rate"),
        "squared_error": ("path_step", "path_rate_sum", "path_rate"),
    }
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Constants:
    """Constants of one objective, measured.

    Attributes:
        values: by the names of ``KINDS``.
        clients: by the same names, an interval for each client; as far as they were measured.
        how: by name, how it was measured, in words.
        notes: what the numbers are of: the setup, the model, the points.
        warnings: where the data refute the model of an estimate, a line each.

    Raises:
        InvalidProblemError: an unknown name, or ends that are in the wrong order.
    """

    values: Mapping[str, ConfidenceInterval]
    clients: Mapping[str, tuple[ConfidenceInterval, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    how: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            require_interval(value, name)
        for name, row in self.clients.items():
            for client, value in enumerate(row):
                require_interval(value, name, f"clients.{name}[{client}]")

    def __getitem__(self, name: str) -> ConfidenceInterval:
        if name not in self.values:
            raise InvalidProblemError(
                f"no constant {name!r} was measured; there are {', '.join(self.values)}"
            )
        return self.values[name]

    def with_values(self, **values: ConfidenceInterval | float) -> Self:
        """The same with some constants replaced, by numbers that somebody knows."""
        known = {
            name: value
            if isinstance(value, ConfidenceInterval)
            else ConfidenceInterval.exact(value)
            for name, value in values.items()
        }
        told = dict.fromkeys(values, "given by hand")
        return replace(self, values={**self.values, **known}, how={**self.how, **told})

    def numbers_of(self, theorem: Theorem, /) -> dict[str, ConfidenceInterval]:
        """What the theorem takes of them, by the theorem's names: by what each number means."""
        by_role = {KINDS[name].role: value for name, value in self.values.items()}
        by_role.pop(None, None)
        found = {}
        for parameter in theorem.domain.numbers:
            role = theorem.requirements.roles.get(parameter.name)
            if role in by_role:
                found[parameter.name] = by_role[role]
            elif theorem.name in _SAME_NAMES.get(parameter.name, ()) and (
                parameter.name in self.values
            ):
                found[parameter.name] = self.values[parameter.name]
        return found

    def to_json(self) -> str:
        """The record as text; `from_json` reads it."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "notes": self.notes,
            "constants": {
                name: {
                    **_plain(value),
                    "meaning": KINDS[name].meaning,
                    "unit": KINDS[name].unit,
                    "how": self.how.get(name, ""),
                }
                for name, value in self.values.items()
            },
            "clients": {
                name: [_plain(value) for value in row] for name, row in self.clients.items()
            },
            "warnings": self.warnings,
        }
        return dumps(document, indent=1) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON.

        Raises:
            OSError: the place cannot be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` gave.

        Raises:
            InvalidProblemError: no record of constants; names the value that is wrong.
        """
        try:
            document = parse(text)
            version_of(document, FORMAT, (VERSION,))
        except UnreadableError as error:
            raise InvalidProblemError(f"this is no file of constants: {error}") from None
        return cls(**_read(document))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file that `save`, or ``roundlot constants``, wrote.

        Raises:
            InvalidProblemError: no such file, or no record of constants; names file and value.
        """
        try:
            return cls.from_json(text_of(Path(path)))
        except UnreadableError as error:
            raise InvalidProblemError(f"{path}: {error}") from None
        except InvalidProblemError as error:
            raise InvalidProblemError(f"{path}: {error}") from None


def require_interval(value: ConfidenceInterval, name: str, place: str = "") -> None:
    """Refuse an unknown name and an interval that is none.

    Raises:
        InvalidProblemError: names the constant and the number.
    """
    where = place or name
    if name not in KINDS:
        raise InvalidProblemError(f"no constant is called {where!r}; there are {', '.join(KINDS)}")
    if not (-math.inf < value.low <= value.estimate <= value.high) or value.low == math.inf:
        raise InvalidProblemError(
            f"{where} goes from {value.low:g} over {value.estimate:g} to {value.high:g}; give "
            "low <= estimate <= high, low finite"
        )
    if not 0.0 < value.confidence <= 1.0:
        raise InvalidProblemError(
            f"the confidence of {where} is {value.confidence:g}; give a number above 0, at most 1"
        )


_BREAKS = ("Cc", "Zl", "Zp")  # Unicode's control characters, separators of lines and paragraphs
_MOST = sys.float_info.max
_NUMBERS = ("low", "estimate", "high", "confidence")


def _plain(value: ConfidenceInterval) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(value, name) for name in _NUMBERS}
    return found | ({"condition": value.condition} if value.condition else {})


def _read(document: dict[str, Any]) -> dict[str, Any]:
    if "constants" not in document:
        raise InvalidProblemError("it has no constants; give what `roundlot constants` writes")
    values = _part(document, "constants", dict)
    clients = _part(document, "clients", dict)
    return {
        "values": {name: _interval(value, name) for name, value in values.items()},
        "clients": {
            name: tuple(
                _interval(one, f"clients.{name}[{k}]") for k, one in enumerate(_list(row, name))
            )
            for name, row in clients.items()
        },
        "how": {name: _text(value.get("how", ""), f"{name}.how") for name, value in values.items()},
        "notes": tuple(_text(one, "notes") for one in _part(document, "notes", list)),
        "warnings": tuple(_text(one, "warnings") for one in _part(document, "warnings", list)),
    }


def _part(document: dict[str, Any], name: str, kind: type[Any]) -> Any:
    found = document.get(name, kind())
    if not isinstance(found, kind):
        raise InvalidProblemError(f"{name} is {found!r:.40}; give what `roundlot constants` writes")
    return found


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidProblemError(f"clients.{name} is {value!r:.40}; give a list of intervals")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise InvalidProblemError(f"{place} is {value!r:.40}; give a text")
    if any(unicodedata.category(character) in _BREAKS for character in value):
        raise InvalidProblemError(
            f"{place} is {value!r:.60}; give one line without control characters"
        )
    return value


def _float(number: float, place: str) -> float:
    try:
        return float(number)
    except OverflowError:
        raise InvalidProblemError(f"{place} is beyond {_MOST:.4g}; give a smaller number") from None


def _interval(value: Any, place: str) -> ConfidenceInterval:
    if not isinstance(value, dict):
        raise InvalidProblemError(f"{place} is {value!r:.40}; give low, estimate, high, confidence")
    numbers = {}
    for name in _NUMBERS:
        number = value.get(name)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InvalidProblemError(f"{place}.{name} is {number!r:.40}; give a number")
        numbers[name] = _float(number, f"{place}.{name}")
    return ConfidenceInterval(
        **numbers, condition=_text(value.get("condition", ""), f"{place}.condition")
    )
