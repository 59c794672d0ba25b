"""The record of a run: everything the report shows, in plain data and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.folders.checks import MARKER
from roundlot.run.records import (
    BoundSummary,
    Exploring,
    FleetSummary,
    FloatArray,
    IntArray,
    ReferenceSummary,
    SimulationRecord,
    SolutionSummary,
)
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.json_text import decode, dumps, loads
from roundlot.theory.plain_files import NotPlainError, text_in
from roundlot.theory.text import plural

BoolArray = npt.NDArray[np.bool_]
SCHEMA = "roundlot.run/1"


@dataclass(frozen=True, kw_only=True, eq=False)
class RunResult:
    """What one run found, enough to write the report again without computing anything.

    ``N`` clients, ``V`` processors, ``S`` models; ``client`` is ``(V,)`` and says whose each
    processor is. ``probabilities``, ``scores`` and ``available`` are ``(V, S)``; ``processor_cap``,
    ``capped`` and ``reasons`` are per processor. The scores carry ``√λ``: they are the problem's
    ``weighted_scores``. ``comparison`` holds the records of ``compare(problem).to_records()``,
    ``verdicts`` the fields of each verdict, ``exploring`` what other budgets and fewer clients
    need, ``timings`` seconds per stage, ``created`` an ISO 8601
    time in UTC.

    Raises:
        InvalidProblemError: arrays whose shapes do not fit each other.
    """

    name: str
    seed: int
    created: str
    versions: Mapping[str, str]
    setup: Mapping[str, Any]
    assumptions: tuple[str, ...]
    fleet: FleetSummary
    clients: tuple[str, ...]
    client: IntArray
    probabilities: FloatArray
    scores: FloatArray
    available: BoolArray
    processor_cap: FloatArray
    capped: BoolArray
    reasons: tuple[str, ...]
    solution: SolutionSummary
    reference: ReferenceSummary | None = None
    comparison: tuple[Mapping[str, Any], ...] = ()
    simulation: tuple[SimulationRecord, ...] = ()
    verdicts: tuple[Mapping[str, Any], ...] = ()
    bound: BoundSummary | None = None
    exploring: Exploring | None = None
    timings: Mapping[str, float]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, _frozen(value))
            elif isinstance(value, list):
                object.__setattr__(self, field.name, tuple(value))
        _check_shapes(self)

    @property
    def totals(self) -> FloatArray:
        """``(V,)``, ``q_v = Σ_s p_vs``: each processor's probability of being drawn at all."""
        return np.asarray(self.probabilities.sum(axis=1))

    @property
    def processor_scores(self) -> FloatArray:
        """``(V,)``, ``M_v = Σ_s a_vs``."""
        return np.asarray(self.scores.sum(axis=1))

    @property
    def models(self) -> tuple[str, ...]:
        """``(S,)``, the models' names."""
        return self.fleet.models

    def to_json(self) -> str:
        """The record as JSON, one field a line; :meth:`from_json` reads it back exactly."""
        lines = [f'"schema": "{SCHEMA}"']
        lines += [f'"{field.name}": {dumps(getattr(self, field.name))}' for field in fields(self)]
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> RunResult:
        """The record that :meth:`to_json` wrote.

        Raises:
            InvalidProblemError: not JSON, another schema, a field missing or of the wrong kind.
        """
        data = loads(text)
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            raise InvalidProblemError(
                f"the result has schema {schema!r:.40}, this version reads {SCHEMA!r}; "
                "give a run.json, or write it again with this version"
            )
        return decode(cls, data)

    def __repr__(self) -> str:
        rows, columns = self.probabilities.shape
        return (
            f"RunResult({self.name!r}, {len(self.clients)} {plural(len(self.clients), 'client')}, "
            f"{rows} {plural(rows, 'processor')} x {columns} {plural(columns, 'model')}, "
            f"variance {self.solution.variance:.6g} at budget {self.solution.budget:g}, "
            f"{len(self.verdicts)} {plural(len(self.verdicts), 'verdict')}, seed {self.seed})"
        )


def read_result(run: str | Path) -> RunResult:
    """The record in the folder of a run, or in its ``run.json``.

    Raises:
        FileNotFoundError: there is no such record.
        InvalidProblemError: the file is not a record of a run.
    """
    place = Path(run)
    if place.is_dir():
        place = place / MARKER
    if not place.exists():
        raise FileNotFoundError(f"{place} does not exist; give the folder of a `roundlot run`")
    try:
        return RunResult.from_json(text_in(place))
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from error
    except UnicodeDecodeError as error:
        raise InvalidProblemError(
            f"{place} is not text, so it is no record of a run; give the folder of a `roundlot run`"
        ) from error
    except InvalidProblemError as error:
        raise InvalidProblemError(f"{place}: {error}") from error


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def _check_shapes(result: RunResult) -> None:
    shape = result.scores.shape
    rows = shape[:1]
    if len(shape) != 2 or shape[1] != result.fleet.n_models:
        raise InvalidProblemError(
            f"scores have shape {shape}, with {result.fleet.n_models} "
            f"{plural(result.fleet.n_models, 'model')}"
        )
    expected = {
        "probabilities": shape,
        "available": shape,
        "client": rows,
        "processor_cap": rows,
        "capped": rows,
    }
    for name, want in expected.items():
        got = getattr(result, name).shape
        if got != want:
            raise InvalidProblemError(f"{name} has shape {got}; scores want {want}")
    if len(result.reasons) != rows[0]:
        raise InvalidProblemError(
            f"{len(result.reasons)} {plural(len(result.reasons), 'reason')} for {rows[0]} "
            f"{plural(rows[0], 'processor')}"
        )
    if rows[0] and not 0 <= result.client.min() <= result.client.max() < len(result.clients):
        raise InvalidProblemError(f"client must be from 0 to {len(result.clients) - 1}")
