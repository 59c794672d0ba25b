"""The page as one file: template, style, scripts, data; its policy forbids the network.

Everything it computes with is one string: JSON and float64 tables, compressed, in base64. Names of
clients, models and groups stand inside it, so no text of a user's can end the script.

A scene is what it works on: a finished run, or a setup that has only been prepared.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot import __version__
from roundlot.files import write_text
from roundlot.fleet import SHIPPED, read_setup
from roundlot.progress import Progress, silent
from roundlot.report.template import environment
from roundlot.run.case import Case, prepare
from roundlot.run.exploration import exploring
from roundlot.run.records import Exploring, FloatArray, IntArray
from roundlot.run.result import RunResult, read_result
from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory import InvalidProblemError

#: In the order in which they use each other.
SCRIPTS = (
    "unpack.js",
    "sums.js",
    "path.js",
    "design.js",
    "rounds.js",
    "fleet.js",
    "text.js",
    "axes.js",
    "charts.js",
    "table.js",
    "state.js",
    "words.js",
    "curves.js",
    "clients.js",
    "saving.js",
    "controls.js",
    "page.js",
)

_KINDS = {"float64": "f8", "int32": "i4", "uint8": "u1"}
_ALIGNED = 8


def render_page(scene: Scene) -> str:
    """The page as HTML; it needs no other file and no network."""
    style, script = _text("explore.css"), _script()
    template = environment().from_string(_text("explore.html.jinja"))
    return template.render(
        name=scene.name,
        version=scene.version,
        n_clients=len(scene.clients),
        style=style,
        script=script,
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'",
        data=pack(scene),
    )


def write_page(path: str | Path, scene: Scene, *, overwrite: bool = True) -> Path:
    """Write the page; it appears whole or not at all.

    Raises:
        FileExistsError: the file is there and ``overwrite`` is false, or it is a folder.
        OSError: the place cannot be written.
    """
    write_text(path, render_page(scene), overwrite=overwrite)
    return Path(path)


@cache
def _text(name: str) -> str:
    return (files("roundlot.explore") / name).read_text("utf-8")


@cache
def _script() -> str:
    body = "\n".join(_text(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def pack(scene: Scene) -> str:
    """The scene for the page's ``unpack``: the same scene gives the same string."""
    exponent = exponent_of(float(scene.scores.max(initial=0.0)))
    arrays = _arrays(scene, exponent)
    head = _head(scene, exponent)
    head["arrays"], offset = {}, 0
    for name, array in arrays.items():
        head["arrays"][name] = [_KINDS[array.dtype.name], offset, int(array.size)]
        offset += -(-array.nbytes // _ALIGNED) * _ALIGNED
    text = json.dumps(head, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    text += b" " * (-len(text) % _ALIGNED)
    parts = [len(text).to_bytes(_ALIGNED, "little"), text]
    for array in arrays.values():
        parts.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        parts.append(bytes(-array.nbytes % _ALIGNED))
    return base64.b64encode(gzip.compress(b"".join(parts), 6, mtime=0)).decode("ascii")


def _head(scene: Scene, exponent: int) -> dict[str, Any]:
    beside = scene.beside
    return {
        "name": scene.name,
        "clients": scene.clients,
        "models": scene.models,
        "budget": scene.budget,
        "exponent": exponent,
        "floor": beside.floor,
        "ceiling": beside.ceiling,
        "weighted": beside.weighted,
        "groupings": [{"name": one.name, "labels": one.labels} for one in beside.groupings],
        "shared": [one.name for one in beside.shared_caps],
        "ground": _ground(scene),
    }


def _ground(scene: Scene) -> dict[str, Any] | None:
    ground = scene.beside.ground
    if ground is None:
        return None
    return {
        "smoothness": ground.smoothness,
        "strongConvexity": ground.strong_convexity,
        "initial": ground.initial,
        "target": ground.target,
        "assumption": ground.assumption,
        "ends": len(ground.ends),
        "leastWeight": float(scene.beside.model_weights.min()),
    }


def _arrays(scene: Scene, exponent: int) -> dict[str, npt.NDArray[Any]]:
    beside = scene.beside
    arrays: dict[str, npt.NDArray[Any]] = {
        "scores": np.ldexp(scene.scores, -exponent),
        "available": scene.available.astype(np.uint8),
        "client": scene.client.astype(np.int32),
        "caps": np.array(scene.processor_cap, dtype=np.float64),
        "lambda": np.array(beside.model_weights, dtype=np.float64),
        "samples": beside.samples.astype(np.float64),
    }
    if beside.losses is not None:
        arrays["losses"] = np.array(beside.losses, dtype=np.float64)
    for k, grouping in enumerate(beside.groupings):
        arrays[f"group{k}"] = grouping.of.astype(np.int32)
    for k, shared in enumerate(beside.shared_caps):
        arrays[f"sharedLabel{k}"] = shared.label.astype(np.int32)
        arrays[f"sharedCap{k}"] = np.array(shared.caps, dtype=np.float64)
    if beside.ground is not None and beside.ground.client_smoothness is not None:
        arrays["clientSmoothness"] = np.array(beside.ground.client_smoothness, dtype=np.float64)
    for k, end in enumerate(() if beside.ground is None else beside.ground.ends):
        arrays[f"endNorms{k}"] = np.array(end.norms, dtype=np.float64)
        arrays[f"endLosses{k}"] = np.array(end.losses, dtype=np.float64)
    _require_finite(arrays)
    return arrays


def _require_finite(arrays: dict[str, npt.NDArray[Any]]) -> None:
    for name, array in arrays.items():
        if array.size and not math.isfinite(float(np.sum(array * 0.0))):
            raise ValueError(f"{name} holds a number that is not finite")


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


def read_scene(source: Path, changes: Mapping[str, Any], *, progress: Progress = silent) -> Scene:
    """The scene of a folder of a run or its ``run.json``, a setup, a table of scores, or
    "speech-commands".

    ``changes`` are keys of the setup; of a run only the budget can be changed.

    Raises:
        InvalidProblemError: a source that cannot be read, or changes that a run does not take.
        FileNotFoundError: a folder without a run.
    """
    if str(source) == SHIPPED or not (source.is_dir() or source.suffix == ".json"):
        return scene_of_case(prepare(read_setup(source, changes), progress=progress))
    budget = changes.get("problem.budget")
    other = [name for name in changes if name != "problem.budget"]
    if other:
        raise InvalidProblemError(
            f"{source} is a run: its {other[0]} is settled; give the setup instead"
        )
    scene = scene_of_result(read_result(source))
    return scene if budget is None else replace(scene, budget=float(budget))
