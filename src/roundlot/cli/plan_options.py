"""What ``solve`` finds beside the least variance: the keys of ``[plan]`` as options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import theory
from roundlot.cli.limit_options import (
    LimitOptions,
    file_here,
    files_by_name,
    number_or_file,
    numbers_by_name,
)
from roundlot.cli.options import names_in, setting
from roundlot.fleet.plan_section import PlanSettings
from roundlot.user_text import cells, padded, printable

if TYPE_CHECKING:
    from roundlot.run import Planned
    from roundlot.theory.arrays import FloatArray

_ALIGNED = 24  # columns of a name; what stands behind a longer one is not in line
_BY_MODEL = "One number for all, 1,2 in order, or words=1,digits=2"


def _files(text: str) -> list[str]:
    names = list(names_in(text))
    if not all(name.strip() for name in names):
        raise typer.BadParameter(
            f"{text!r} has an empty name; write setups or tables: night.toml,feast.toml"
        )
    return [file_here(path) for path in names]


def _numbers(text: str) -> list[float]:
    found = numbers_by_name(text)
    if isinstance(found, dict):
        raise typer.BadParameter(f"{text!r} has names; write one number for each round: 0.7,0.3")
    return found if isinstance(found, list) else [found]


@dataclass(frozen=True, kw_only=True)
class PlanOptions(LimitOptions):
    """The keys of ``[plan]``, and all limits."""

    variance_ceiling: Annotated[
        str | None,
        setting(PlanSettings, "variance_ceiling", read=numbers_by_name, more=_BY_MODEL),
    ] = None
    cost: Annotated[str | None, setting(PlanSettings, "cost", read=number_or_file)] = None
    variables: Annotated[
        str | None,
        setting(PlanSettings, "variables", read=files_by_name, more="As loss=a.csv,norm=b.csv"),
    ] = None
    variable_ceilings: Annotated[
        str | None,
        setting(PlanSettings, "variable_ceilings", read=numbers_by_name, more="As loss=3,norm=9"),
    ] = None
    highest: Annotated[Path | None, setting(PlanSettings, "highest", read=file_here)] = None
    deviations: Annotated[float | None, setting(PlanSettings, "deviations")] = None
    online: Annotated[str | None, setting(PlanSettings, "online", read=number_or_file)] = None
    rounds: Annotated[
        str | None, setting(PlanSettings, "rounds", read=_files, more="As night.toml,feast.toml")
    ] = None
    shared_budget: Annotated[float | None, setting(PlanSettings, "shared_budget")] = None
    chances: Annotated[
        str | None, setting(PlanSettings, "chances", read=_numbers, more="As 0.7,0.2,0.1")
    ] = None


def plan_text(plan: PlanSettings, found: Planned, *, proved: bool) -> str:
    """What was found, line by line."""
    kind, quantities = str(plan.kind), [name for name, _ in plan.variables or ()]
    proof = "proved" if proved else "not proved"
    head, value, unit = _value(kind, found)
    lowest = theory.rounded_down(found.lower_bound, 9)
    first = f"{head}  {value:.9g}{unit}, no less than {lowest:.9g} ({proof})"
    return "\n".join([first, *_rows(found, quantities)])


def _value(kind: str, found: Any) -> tuple[str, float, str]:
    if kind == "least budget":
        return "least budget", found.budget, ""
    if kind in ("least cost", "several"):
        return "least cost", found.total, " a round"
    if kind == "uncertain":
        most = f" with at most {found.deviations:g} higher scores"
        return "worst objective", found.objective, most
    return "objective", found.objective, ""


def _rows(found: Any, quantities: list[str]) -> list[str]:
    if hasattr(found, "variances"):
        return _variances(found, quantities)
    if hasattr(found, "variance_ceiling"):
        names = found.problem.names.plain_models(found.problem.n_models)
        return _aligned(names, found.model_variance, found.variance_ceiling)
    if hasattr(found, "draws"):
        drawn = ", ".join(f"{x:.6g}" for x in found.draws.tolist())
        expected = (
            "draws of each round, if it takes place" if found.chances is not None else "draws"
        )
        return [f"{expected}  {drawn}; shared budget {found.budget:g}"]
    if hasattr(found, "online"):
        return [f"variance  {found.variance:.6g}, if clients are online independently"]
    return []


def _variances(found: Any, quantities: list[str]) -> list[str]:
    models = found.problem.names.plain_models(found.problem.n_models)
    names = [f"{quantity}, {model}" for quantity in quantities for model in models]
    return _aligned(names, found.variances.ravel(), found.variance_ceiling.ravel())


def _aligned(names: Sequence[str], variances: FloatArray, ceilings: FloatArray) -> list[str]:
    wide = min(max(cells(printable(name)) for name in names), _ALIGNED)
    return [
        f"{padded(printable(name), wide)}  variance {variance:.6g}, ceiling {ceiling:.6g}"
        for name, variance, ceiling in zip(names, variances, ceilings, strict=True)
    ]
