"""What a setup says of a table that is to be streamed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roundlot.fleet.setup import FleetSetup
from roundlot.setup.reading import existing_file
from roundlot.stream.scores import ParquetScores
from roundlot.theory import InvalidProblemError

#: Keys of ``[problem]`` that name tables by client, which are read whole.
_TABLES = {
    "groups": "put the names of the groups into columns of the table and call "
    "roundlot.stream.solve_parquet(..., groups=, group_caps=)",
    "group_floors": "put the names of the groups into columns of the table and call "
    "roundlot.stream.solve_parquet(..., groups=, group_floors=)",
    "costs": "put the costs into columns of the table and call "
    "roundlot.stream.solve_parquet(..., costs=, cost_budgets=)",
}
#: Keys of ``[problem]`` that streams know.
_KNOWN = ("floor", "ceiling", "processor_cap", "client_cap")
_BY_MODEL = ("model_budgets", "model_weights", "model_floors")
_OTHERS = ("budget", "budget_fraction", "group_caps", "cost_budgets")


def stream_arguments(setup: FleetSetup) -> tuple[Path, dict[str, Any]]:
    """The table of a setup and the arguments of `solve_parquet` that its keys stand for.

    Raises:
        InvalidProblemError: the scores are no table in Parquet taken as it is, or a limit is a
            table by client, or one that streams do not know.
    """
    path = setup.folder / str(setup.scores.path)
    named = "parquet" in (path.suffix.lower().lstrip("."), "parquet" if path.is_dir() else "")
    if setup.source.source != "scores" or setup.scores.source != "scores" or not named:
        if setup.scores.path is not None and path.exists():
            existing_file(path, "score table")
        raise InvalidProblemError(
            f"{setup.name}: --stream reads scores from Parquet and nothing else: say "
            '[fleet] source = "scores" and [scores] source = "scores", path = "....parquet", or '
            "leave out --stream"
        )
    if setup.plan.kind is not None:
        raise InvalidProblemError("[plan] cannot be streamed: leave out --stream, or [plan]")
    given: dict[str, Any] = {}
    limits = setup.limits
    for key, item in sorted(type(limits).keys().items()):
        value = getattr(limits, key)
        if value is None or key in _OTHERS or (key not in _KNOWN and value == item.default):
            continue
        if key in _KNOWN or key == "client_floor":
            given[key] = value
        elif key in _BY_MODEL:
            given[key] = value if isinstance(value, float) else _by_model(value)
        else:
            cure = _TABLES.get(key, "leave out --stream, which solves in memory")
            raise InvalidProblemError(f"problem.{key} cannot be streamed as it is: {cure}")
    models = setup.source.models
    rows = ParquetScores.at(path, models=models).row_groups[-1]
    given["budget"] = limits.total(rows) if limits.has_budget else None
    return path, {
        **given,
        "models": models,
        "allow_unreachable": setup.source.allow_unreachable,
    }


def _by_model(value: tuple[Any, ...]) -> dict[str, float] | list[float]:
    return dict(value) if isinstance(value[0], tuple) else list(value)


def table_setup(path: Path, changes: Mapping[str, Any]) -> FleetSetup:
    """The setup of a table in Parquet, or of a folder of them, with some keys changed.

    Raises:
        InvalidProblemError: a value that does not fit.
    """
    place = path.absolute()
    document = {
        "name": str(path),
        "fleet": {"source": "scores"},
        "scores": {"source": "scores", "path": place.name},
    }
    return FleetSetup.of(document, folder=place.parent).replaced(changes)
