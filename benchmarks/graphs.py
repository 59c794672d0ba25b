"""Links within a budget against the usual program, and the mixing weight against its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.harness import Row, at_least, duration, medians
from roundlot.solvers.graphs import (
    conic_mixing_weight,
    conic_probabilities,
    decompose,
    mixing_weight,
    optimise_links,
    shape,
    shape_matchings,
)

BUDGET = 0.5
LIMITS = {8: 0.05, 32: 0.5, 128: 10.0}  # seconds that probabilities may take


def rows() -> Iterator[Row]:
    """Probabilities at 8, 32 and 128 nodes, 1,000 by cutting planes, then mixing weights."""
    for nodes, limit in LIMITS.items():
        decomposition = _graph(nodes)
        cases: dict[str, Any] = {
            "exact": lambda d=decomposition: optimise_links(d, BUDGET, method="exact")
        }
        if nodes <= 32:
            cases["cone"] = lambda d=decomposition: conic_probabilities(d, BUDGET)
            cases["usual"] = lambda d=decomposition: _usual(d)
        taken = medians(cases, repeats=3)
        for peer, name in (("cone", "clarabel, reduced"), ("usual", "lambda_sum_smallest")):
            if peer in taken:
                yield at_least(
                    f"probabilities and weight, {nodes} nodes",
                    duration(taken["exact"]),
                    f"{name}: {duration(taken[peer])}",
                    taken[peer] / taken["exact"],
                )
        yield at_least(
            f"probabilities and weight, {nodes} nodes",
            duration(taken["exact"]),
            f"limit: {duration(limit)}",
            limit / taken["exact"],
            1.0,
        )
        yield from _weights(decomposition, nodes)
    yield _thousand()


def _graph(nodes: int) -> Any:
    if nodes == 8:
        return shape_matchings("paper8", shape("paper8"))
    return decompose(shape("erdos-renyi", nodes, degree=8.0, seed=1))


def _weights(decomposition: Any, nodes: int) -> Iterator[Row]:
    p = optimise_links(decomposition, BUDGET, method="exact").probabilities
    taken = medians(
        {
            "search": lambda: mixing_weight(decomposition, p),
            "cone": lambda: conic_mixing_weight(decomposition, p),
        },
        repeats=9 if nodes < 100 else 1,
    )
    yield at_least(
        f"mixing weight, {nodes} nodes",
        duration(taken["search"]),
        f"its program: {duration(taken['cone'])}",
        taken["cone"] / taken["search"],
        10.0,
    )


def _thousand() -> Row:
    decomposition = _graph(1000)
    found = optimise_links(decomposition, BUDGET, gap=1e-3)
    return at_least(
        "1,000 nodes by cutting planes",
        duration(found.seconds),
        "relative gap, proved",
        found.certificate.gap,
    )


def _usual(decomposition: Any) -> Any:
    """The program as it is usually written, on all of the Laplacian."""
    import cvxpy as cp

    p = cp.Variable(decomposition.n_matchings)
    laplacian = sum(p[j] * L for j, L in enumerate(decomposition.laplacians))
    limits = [p >= 0, p <= 1, cp.sum(p) <= BUDGET * decomposition.n_matchings]
    cp.Problem(cp.Maximize(cp.lambda_sum_smallest(laplacian, 2)), limits).solve(solver=cp.CLARABEL)
    return np.asarray(p.value)
