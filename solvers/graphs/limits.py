"""What links may be used in a round: costs, seconds, caps of links and traffic of workers.

All are linear in how often matchings are used, so that the most connected mean graph within them is
the same convex program with more rows. A matching is used as a whole: of its links the least cap
holds for all, and it takes as many seconds as its slowest link.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import closest


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkLimits:
    """What the links of one graph cost and how much of it a round may take, in expectation.

    Attributes:
        graph: whose links.
        costs: ``(m,)``, of using each row of ``graph.edges`` once, in any unit; None if not known.
        cost_budget: at most so much a round, ``Σ_e c_e p_e``; None for no limit.
        times: ``(m,)`` seconds an exchange over each link takes; None if not known.
        seconds: at most so many a round; matchings are used one after the other, each as long as
            its slowest link. None for no limit.
        caps: ``(m,)`` in (0, 1], how often each link may be used; None for no limit.
        traffic: ``(n,)``, how many links of each node may be used a round, above 0; infinity for
            no limit, None for none at all.
    """

    graph: Graph = field(repr=False)
    costs: FloatArray | None = field(default=None, repr=False)
    cost_budget: float | None = None
    times: FloatArray | None = field(default=None, repr=False)
    seconds: float | None = None
    caps: FloatArray | None = field(default=None, repr=False)
    traffic: FloatArray | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        graph: Any,
        *,
        costs: Any = None,
        cost_budget: float | None = None,
        times: Any = None,
        seconds: float | None = None,
        caps: Any = None,
        traffic: Any = None,
    ) -> LinkLimits:
        """Limits of a graph's links.

        Args:
            graph: what ``Graph.of`` accepts.
            costs, times, caps: a number for all links, ``(m,)`` in the order of ``Graph.edges``, or
                a mapping with a number for every link, ``{("a", "b"): 2.0}``.
            cost_budget, seconds: of a round, in expectation.
            traffic: a number for all nodes, ``(n,)``, or a mapping from their names, in which who
                is left out has no limit.

        Raises:
            InvalidProblemError: a number that is none or out of range, of a link or node that is
                not there, or a budget of costs or times that are not given.
        """
        found = Graph.of(graph)
        for word, budget, what, given in (
            ("cost_budget", cost_budget, "costs", costs),
            ("seconds", seconds, "times", times),
        ):
            if budget is not None and given is None:
                raise InvalidProblemError(f"{word} is {budget!r}, but no {what} are given")
        return cls(
            graph=found,
            costs=_of_links(found, costs, "cost", low=0.0),
            cost_budget=_budget(cost_budget, "cost_budget"),
            times=_of_links(found, times, "time", low=0.0),
            seconds=_budget(seconds, "seconds"),
            caps=_of_links(found, caps, "cap", low=0.0, above=True, high=1.0),
            traffic=_of_nodes(found, traffic),
        )

    @property
    def binds(self) -> bool:
        """Whether anything is limited; costs and times alone are only reported."""
        given = (self.cost_budget, self.seconds, self.caps, self.traffic)
        return any(limit is not None for limit in given)


def _budget(value: Any, word: str) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or not 0.0 < value < math.inf:
        raise InvalidProblemError(f"{word} is {value!r}; it is a finite number above 0")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _of_links(
    graph: Graph, given: Any, word: str, *, low: float, above: bool = False, high: float = math.inf
) -> FloatArray | None:
    """``(m,)`` in the order of the graph's edges, checked."""
    if given is None:
        return None
    values = _listed(graph, given, word) if isinstance(given, Mapping) else _array(given, word)
    if values.ndim == 0:
        values = np.full(graph.n_edges, float(values))
    if values.shape != (graph.n_edges,):
        raise InvalidProblemError(
            f"there are {graph.n_edges} links and {word}s of shape {values.shape}; give one number "
            "for every link"
        )
    good = (values > low if above else values >= low) & (values <= high) & np.isfinite(values)
    if not good.all():
        e = int(np.argmin(good))
        a, b = (graph.nodes[end] for end in graph.edges[e])
        least = "above" if above else "at least"
        most = f" and at most {high:g}" if math.isfinite(high) else ", finite"
        leave = "; leave a link that is never used out of the graph" if values[e] == low else ""
        raise InvalidProblemError(
            f"the {word} of link {a} to {b} is {values[e]:g}; it is {least} {low:g}{most}{leave}"
        )
    return read_only(values)


def _array(given: Any, word: str) -> FloatArray:
    try:
        return np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"{word} is {given!r:.60}; give numbers") from error


def _listed(graph: Graph, given: Mapping[Any, Any], word: str) -> FloatArray:
    """The numbers of a mapping from pairs of nodes."""
    number = {node: at for at, node in enumerate(graph.nodes)}
    place = {(int(a), int(b)): e for e, (a, b) in enumerate(graph.edges)}
    values = np.full(graph.n_edges, np.nan)
    for pair, value in given.items():
        ends = tuple(number.get(str(end), -1) for end in pair) if isinstance(pair, tuple) else ()
        at = place.get((min(ends), max(ends))) if len(ends) == 2 else None
        if at is None:
            raise InvalidProblemError(f"there is a {word} for {pair!r:.60}, which is no link here")
        values[at] = _array(value, word)
    missing = np.flatnonzero(np.isnan(values))
    if missing.size:
        a, b = (graph.nodes[end] for end in graph.edges[missing[0]])
        raise InvalidProblemError(f"link {a} to {b} has no {word}; give one for every link")
    return values


def _of_nodes(graph: Graph, given: Any) -> FloatArray | None:
    """``(n,)`` links a round, checked; infinity for no limit."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        values = np.full(graph.n_nodes, np.inf)
        number = {node: at for at, node in enumerate(graph.nodes)}
        for node, value in given.items():
            if str(node) not in number:
                raise InvalidProblemError(
                    f"there is a traffic for {node!r:.60}, which is no node; "
                    f"{closest(str(node), graph.nodes)}"
                )
            values[number[str(node)]] = _array(value, "traffic")
    else:
        values = _array(given, "traffic")
    if values.ndim == 0:
        values = np.full(graph.n_nodes, float(values))
    if values.shape != (graph.n_nodes,):
        raise InvalidProblemError(
            f"there are {graph.n_nodes} nodes and traffic of shape {values.shape}; give one number "
            "for every node"
        )
    good = values > 0.0
    if not good.all():
        a = int(np.argmin(good))
        raise InvalidProblemError(
            f"the traffic of node {graph.nodes[a]} is {values[a]:g}; it is above 0: a node that "
            "uses no link never hears of the others"
        )
    return read_only(values)


def exact_sum(values: Any) -> Fraction:
    """The sum of floats as a rational number."""
    return sum(map(Fraction, np.asarray(values).tolist()), Fraction(0))
