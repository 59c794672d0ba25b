"""Hypothesis strategies for the things that samplers work on.

Needs Hypothesis (the ``test`` extra); `graphs` needs networkx too. Everything drawn is valid, small
by default, and shrinks towards few clients, one model, equal scores.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from roundlot.extras import install_command
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Item = TypeVar("Item")


def problems(
    *,
    max_processors: int = 8,
    max_models: int = 3,
    zeros: bool = True,
    unavailable: bool = True,
    limits: bool = False,
) -> SearchStrategy[Problem]:
    """Solvable problems: scores over six orders of magnitude, budgets from scarce to plenty.

    Args:
        max_processors, max_models: largest ``V`` and ``S``.
        zeros: whether scores of 0 occur.
        unavailable: whether pairs that are not available occur.
        limits: whether floors, processor caps and model weights occur.

    Raises:
        ImportError: Hypothesis is not installed.
    """
    st = _hypothesis()

    def build(draw: Any) -> Problem:
        shape = (draw(st.integers(1, max_processors)), draw(st.integers(1, max_models)))
        mask = _table(draw, st.booleans() if unavailable else st.just(True), shape, bool)
        mask[0, 0] = True
        least = st.sampled_from([0.0, 1.0]) if zeros else st.just(1.0)
        scores = _table(draw, st.one_of(least, st.floats(1e-3, 1e3)), shape)
        scores[0, 0] = scores[0, 0] or 1.0
        share, cap = draw(st.floats(0.05, 1.0)), draw(st.floats(0.5, 1.0)) if limits else 1.0
        budget = share * cap * float(mask.any(axis=1).sum())
        more: dict[str, Any] = {}
        if limits:
            more = {
                "processor_cap": cap,
                "floor": draw(st.floats(0.0, 0.9)) * min(cap / shape[1], budget / mask.sum()),
                "model_weights": _table(draw, st.floats(0.1, 10.0), shape[1:]),
            }
        return Problem(scores, budget=budget, available=mask, allow_unreachable=True, **more)

    return _strategy(build)


def fleets(
    *,
    max_clients: int = 8,
    max_models: int = 3,
    max_processors: int = 3,
    make: Callable[..., Any] | None = None,
) -> SearchStrategy[Any]:
    """Fleets of a few clients with samples per model and processors, some without some model.

    With ``make=roundlot.Fleet`` (or anything that takes ``clients``, ``models``, ``samples`` and
    ``processors``) these are its records. By default a fleet is a record of the tables that
    sampling needs: ``samples`` (N, S), ``processors`` (N,), ``client`` (V,), ``data_weights``
    (N, S) with columns that sum to 1, ``weights`` (V, S) = d / B, ``available`` (V, S).

    Raises:
        ImportError: Hypothesis is not installed.
    """
    st = _hypothesis()

    def build(draw: Any) -> Any:
        shape = (draw(st.integers(1, max_clients)), draw(st.integers(1, max_models)))
        samples = _table(draw, st.integers(0, 50), shape, np.int64)
        # Every model is held by somebody, and everybody holds something.
        samples[0] = np.maximum(samples[0], 1)
        samples[samples.sum(axis=1) == 0, 0] = 1
        processors = _table(draw, st.integers(1, max_processors), shape[:1], np.int64)
        if make is not None:
            return make(
                clients=tuple(f"client {i}" for i in range(shape[0])),
                models=tuple(f"model {s}" for s in range(shape[1])),
                samples=samples,
                processors=processors,
            )
        client = np.repeat(np.arange(shape[0]), processors)
        share = samples / samples.sum(axis=0)
        return SimpleNamespace(
            samples=samples,
            processors=processors,
            client=client,
            data_weights=share,
            weights=(share / processors[:, None])[client],
            available=(samples > 0)[client],
        )

    return _strategy(build)


def updates(
    *, max_processors: int = 8, max_models: int = 3, max_dim: int = 4
) -> SearchStrategy[list[FloatArray]]:
    """Weighted updates, one table ``(V, dim_s)`` per model; zero and parallel rows occur.

    Raises:
        ImportError: Hypothesis is not installed.
    """
    st = _hypothesis()

    def build(draw: Any) -> list[FloatArray]:
        rows = draw(st.integers(1, max_processors))
        entry = st.one_of(st.sampled_from([0.0, 1.0, -1.0]), st.floats(-1e3, 1e3))
        tables = [
            _table(draw, entry, (rows, draw(st.integers(1, max_dim))))
            for _ in range(draw(st.integers(1, max_models)))
        ]
        tables[0][0, 0] = tables[0][0, 0] or 1.0
        return tables

    return _strategy(build)


def probabilities(
    *, max_clients: int = 8, low: float = 0.05, high: float = 1.0
) -> SearchStrategy[FloatArray]:
    """Inclusion probabilities ``(V,)`` between ``low`` and ``high``, 1 included if ``high`` is 1.

    Raises:
        ImportError: Hypothesis is not installed.
        InvalidProblemError: not ``0 <= low <= high <= 1``.
    """
    if not 0.0 <= low <= high <= 1.0:
        raise InvalidProblemError(f"low {low} and high {high} must satisfy 0 <= low <= high <= 1")
    st = _hypothesis()
    entries = st.lists(st.floats(low, high), min_size=1, max_size=max_clients)
    found: SearchStrategy[FloatArray] = entries.map(lambda row: np.array(row, dtype=np.float64))
    return found


def graphs(*, max_nodes: int = 8, connected: bool = True) -> SearchStrategy[Any]:
    """Undirected simple ``networkx`` graphs with nodes ``0, 1, ...``: who can hear whom.

    Raises:
        ImportError: Hypothesis or networkx is not installed.
    """
    st = _hypothesis()
    networkx = _optional("networkx", "pip install networkx")

    def build(draw: Any) -> Any:
        nodes = draw(st.integers(1, max_nodes))
        graph = networkx.empty_graph(nodes)
        if connected:  # a random tree first, then more edges
            graph.add_edges_from((draw(st.integers(0, v - 1)), v) for v in range(1, nodes))
        pairs = [(v, w) for w in range(nodes) for v in range(w)]
        if pairs:
            graph.add_edges_from(draw(st.lists(st.sampled_from(pairs), unique=True)))
        return graph

    return _strategy(build)


def _strategy(build: Callable[[Any], Item]) -> SearchStrategy[Item]:
    made: SearchStrategy[Item] = _hypothesis().composite(build)()
    return made


def _table(draw: Any, entry: Any, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    st = _hypothesis()
    size = int(np.prod(shape))
    row = draw(st.lists(entry, min_size=size, max_size=size))
    return np.array(row, dtype=dtype).reshape(shape)


def _hypothesis() -> Any:
    return _optional("hypothesis.strategies", install_command("test"))


def _optional(name: str, remedy: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"{name.split('.')[0]} is not installed: {remedy}") from error
