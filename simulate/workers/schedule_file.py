"""A schedule of mixing as a file of JSON: what every worker of a real run is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roundlot.files import write_text
from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.mixing_schedule import GOSSIPS, DrawnGraph, MixingSchedule
from roundlot.solvers.graphs.leaders import LeaderWeights
from roundlot.theory import InvalidProblemError
from roundlot.theory.json_text import UnreadableError, dumps, parse, text_of, version_of
from roundlot.theory.names import names_of, require_choice

FORMAT, VERSION = "roundlot.schedule", 1
_KEYS = ("format", "version", "name", "method", "seed", "nodes", "graphs", "leaders")
_GRAPH = ("matchings", "probabilities", "weights")
_LEADERS = ("update", "best", "central", "best_pull", "central_pull")


def schedule_document(schedule: MixingSchedule) -> dict[str, Any]:
    """The schedule as JSON has it; links name their ends."""
    leaders = schedule.leaders
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": schedule.name,
        "method": schedule.method,
        "seed": int(schedule.seed),
        "nodes": list(schedule.nodes),
        "graphs": [_graph_document(one, schedule.nodes) for one in schedule.graphs],
    }
    if leaders is not None:
        constants = {name: float(getattr(leaders, name)) for name in _LEADERS[1:]}
        document["leaders"] = {"update": schedule.update, **constants}
    return document


def _graph_document(graph: DrawnGraph, nodes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "matchings": [
            [[nodes[a], nodes[b]] for a, b in pairs.tolist()] for pairs in graph.links.matchings
        ],
        "probabilities": graph.p,
        "weights": list(graph.weights),
    }


def write_schedule(
    path: str | os.PathLike[str], schedule: MixingSchedule, *, overwrite: bool = False
) -> None:
    """Write a schedule, whole or not at all.

    Raises:
        FileExistsError: the file is there, and ``overwrite`` is false.
        OSError: the place cannot be written.
    """
    text = dumps(schedule_document(schedule), indent=1) + "\n"
    write_text(path, text, overwrite=overwrite)


def read_schedule(path: str | os.PathLike[str]) -> MixingSchedule:
    """What ``write_schedule`` wrote, or another program in the same form; nothing is guessed.

    Raises:
        InvalidProblemError: no such file, or one that is no schedule; names the file and what is
            wrong in it.
    """
    place = Path(path)
    try:
        document = parse(text_of(place))
        version_of(document, FORMAT, (VERSION,))
        return schedule_of(document)
    except (UnreadableError, InvalidProblemError) as error:
        raise InvalidProblemError(f"{place} is no schedule: {error}") from None


def schedule_of(document: Mapping[str, Any]) -> MixingSchedule:
    """The schedule of a document.

    Raises:
        InvalidProblemError: a key that is missing or unknown, or a value that is none of its kind.
    """
    _require_keys(document, _KEYS, "the schedule", optional=("leaders",))
    nodes = names_of(_list(document["nodes"], "nodes"), "node")
    if len(set(nodes)) < len(nodes):
        twice = next(node for k, node in enumerate(nodes) if node in nodes[:k])
        raise InvalidProblemError(f"node {twice} is there twice; names must differ")
    method = document["method"]
    if not isinstance(method, str):
        raise InvalidProblemError(f"method is {method!r:.40}; choose one of {', '.join(GOSSIPS)}")
    require_choice(method, "method", GOSSIPS)
    name, seed = document["name"], document["seed"]
    if not isinstance(name, str):
        raise InvalidProblemError(f"name is {name!r:.40}; give text")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise InvalidProblemError(f"seed is {_short(seed)}; give an integer from 0 to 2^64 - 1")
    index = {node: k for k, node in enumerate(nodes)}
    graphs = _list(document["graphs"], "graphs")
    update, leaders = _leaders(document.get("leaders"))
    return MixingSchedule(
        method=method,
        nodes=nodes,
        graphs=tuple(_graph(one, t, index) for t, one in enumerate(graphs)),
        seed=seed,
        leaders=leaders,
        update=update,
        name=name,
    )


def _graph(document: Any, number: int, index: Mapping[str, int]) -> DrawnGraph:
    what = f"graph {number}"
    _require_keys(document, _GRAPH, what)
    matchings = [
        [_ends(pair, j, index) for pair in _list(links, f"matching {j} of {what}")]
        for j, links in enumerate(_list(document["matchings"], f"matchings of {what}"))
    ]
    weights = [
        [_number(w, f"a weight of matching {j} of {what}") for w in _list(row, f"weights {j}")]
        for j, row in enumerate(_list(document["weights"], f"weights of {what}"))
    ]
    p = [
        _number(one, f"probability {j} of {what}")
        for j, one in enumerate(_list(document["probabilities"], f"probabilities of {what}"))
    ]
    _refuse_empty(matchings, what)
    links = Links(n_workers=len(index), matchings=tuple(matchings))  # type: ignore[arg-type]
    return DrawnGraph(links=links, probabilities=p, weights=weights)


def _refuse_empty(matchings: list[list[tuple[int, int]]], what: str) -> None:
    for j, links in enumerate(matchings):
        if not links:
            raise InvalidProblemError(f"matching {j} of {what} has no link; leave it out")


def _ends(pair: Any, matching: int, index: Mapping[str, int]) -> tuple[int, int]:
    ends = _list(pair, f"a link of matching {matching}")
    if len(ends) != 2:
        raise InvalidProblemError(f"a link of matching {matching} has {len(ends)} ends; give two")
    for end in ends:
        if not isinstance(end, str) or end not in index:
            raise InvalidProblemError(
                f"matching {matching} links {end!r:.40}, which is not among nodes; name it there"
            )
    return index[ends[0]], index[ends[1]]


def _leaders(document: Any) -> tuple[str, LeaderWeights | None]:
    if document is None:
        return "paper", None
    _require_keys(document, _LEADERS, "leaders")
    constants = {name: _number(document[name], f"leaders.{name}") for name in _LEADERS[1:]}
    return str(document["update"]), LeaderWeights(**constants)


def _require_keys(
    document: Any, keys: tuple[str, ...], what: str, *, optional: tuple[str, ...] = ()
) -> None:
    if not isinstance(document, Mapping):
        raise InvalidProblemError(f"{what} is {document!r:.40}; give an object with {keys[-1]}")
    for key in document:
        if key not in keys:
            raise InvalidProblemError(f"{what} has the unknown key {key!r:.40}; take it out")
    for key in keys:
        if key not in document and key not in optional:
            raise InvalidProblemError(f"{what} lacks the key {key!r}; add it")


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidProblemError(f"{what}: give a list, not {value!r:.40}")
    return value


def _short(value: Any) -> str:
    """A value for a message; of a number of hundreds of digits the first."""
    said = repr(value)
    return said if len(said) <= 40 else f"{said[:37]}..."


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise InvalidProblemError(f"{what} is {value!r:.40}; give a number")
    return float(value)
