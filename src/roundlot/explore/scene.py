"""What the page works on, from a finished run or from a setup that has only been prepared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot import __version__
from roundlot.fleet import read_setup
from roundlot.progress import Progress, silent
from roundlot.run.case import Case, prepare
from roundlot.run.exploration import exploring
from roundlot.run.records import Exploring, FloatArray, IntArray
from roundlot.run.result import RunResult, read_result
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """``N`` clients, ``V`` processors, ``S`` models and what moves them.

    ``client`` is ``(V,)``; ``scores`` (with ``√λ``) and ``available`` are ``(V, S)``,
    ``processor_cap`` ``(V,)``; ``budget`` is where the page starts.
    """

    name: str
    version: str
    clients: tuple[str, ...]
    models: tuple[str, ...]
    client: IntArray
    scores: FloatArray
    available: npt.NDArray[np.bool_]
    processor_cap: FloatArray
    budget: float
    beside: Exploring

    def __post_init__(self) -> None:
        if self.beside.unsupported:
            raise InvalidProblemError(
                f"a page to explore knows no {self.beside.unsupported}: with them the optimum is "
                "no rational function of the budget; leave them out of the setup"
            )


def scene_of_result(result: RunResult) -> Scene:
    """The scene of a run.

    Raises:
        InvalidProblemError: the record has no part for it, or limits without an exact path.
    """
    ground = None if result.exploring is None else result.exploring.ground
    outdated = ground is not None and bool(ground.ends) and ground.client_smoothness is None
    if result.exploring is None or outdated:
        raise InvalidProblemError(
            f"the record of {result.name!r} holds nothing to explore: it was written by an "
            "earlier version; run it again"
        )
    return Scene(
        name=result.name,
        version=result.versions.get("roundlot", ""),
        clients=result.clients,
        models=result.models,
        client=result.client,
        scores=result.scores,
        available=result.available,
        processor_cap=result.processor_cap,
        budget=result.solution.budget,
        beside=result.exploring,
    )


def scene_of_case(case: Case) -> Scene:
    """The scene of a setup that was made ready.

    Raises:
        InvalidProblemError: limits without an exact path.
    """
    return Scene(
        name=case.setup.name,
        version=__version__,
        clients=case.fleet.clients,
        models=case.fleet.models,
        client=case.fleet.client,
        scores=case.problem.weighted_scores,
        available=case.problem.available,
        processor_cap=case.problem.processor_cap,
        budget=case.problem.budget,
        beside=exploring(case),
    )


def read_scene(
    source: Path | None, changes: Mapping[str, Any], *, progress: Progress = silent
) -> Scene:
    """The scene of a folder of a run or its ``run.json``, a setup, a table of scores, or nothing.

    ``changes`` are keys of the setup; of a run only the budget can be changed.

    Raises:
        InvalidProblemError: a source that cannot be read, or changes that a run does not take.
        FileNotFoundError: a folder without a run.
    """
    if source is None or not (source.is_dir() or source.suffix == ".json"):
        return scene_of_case(prepare(read_setup(source, changes), progress=progress))
    budget = changes.get("problem.budget")
    other = [name for name in changes if name != "problem.budget"]
    if other:
        raise InvalidProblemError(
            f"{source} is a run: its {other[0]} is settled; give the setup instead"
        )
    scene = scene_of_result(read_result(source))
    return scene if budget is None else replace(scene, budget=float(budget))
