"""Graphs of MATCHA's public code: known ``ρ``, in order; matchings that a table names."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from benchmarks.matcha_graphs import decompositions
from roundlot.solvers.graphs import fixed_weights, optimise_links


@pytest.mark.parametrize(
    ("number", "one_weight", "best", "half", "own"),
    [
        ("0", 0.654, 0.556, 0.644, 0.642),
        ("1", 0.930, 0.912, 0.953, 0.952),
        ("2", 0.796, 0.666, 0.758, 0.749),
        ("3", 0.480, 0.279, 0.454, 0.436),
        ("4", 0.713, 0.546, 0.676, 0.664),
    ],
)
def test_known_graphs(number: str, one_weight: float, best: float, half: float, own: float) -> None:
    """A single weight by eigenvalues from networkx; the fastest is never slower than it."""
    one = decompositions()[number]
    graph = nx.Graph([tuple(map(int, edge)) for edge in one.graph.edges])
    low, high = np.sort(nx.laplacian_spectrum(graph))[[1, -1]]
    assert ((high - low) / (high + low)) ** 2 == pytest.approx(one_weight, abs=5e-4)
    constant, fastest = (fixed_weights(one.graph, method=m) for m in ("best constant", "fastest"))
    assert constant.contraction.upper == pytest.approx(one_weight, abs=5e-4)
    assert fastest.contraction.upper == pytest.approx(best, abs=6e-4)
    assert fastest.lower_bound <= fastest.contraction.upper <= constant.contraction.upper
    found = optimise_links(one, 0.5)
    assert found.contraction.upper == pytest.approx(half, abs=6e-4)
    each = optimise_links(one, 0.5, mixing="per matching")
    assert each.contraction.upper == pytest.approx(own, abs=6e-4)
    assert fastest.contraction.upper < found.contraction.upper


@pytest.mark.parametrize("leaves", [2, 4, 7])
def test_the_fastest_is_not_slower_where_one_weight_is_the_best(leaves: int) -> None:
    """A star: by symmetry one weight; ``ρ = ((n − 1)/(n + 1))²`` from ``λ₂ = 1``, ``λ_n = n``."""
    star = [(0, leaf) for leaf in range(1, leaves + 1)]
    fastest, constant = (fixed_weights(star, method=m) for m in ("fastest", "best constant"))
    assert fastest.contraction.upper <= constant.contraction.upper
    assert fastest.contraction.upper == pytest.approx((leaves / (leaves + 2)) ** 2, abs=1e-12)


def test_a_column_of_matchings_is_no_table_of_adjacency(call, tmp_path: Path) -> None:
    """Nodes named 0 to 3 and matchings numbered alike: three links, each on its own."""
    rows = "from,to,matching\n3,2,1\n1,3,2\n2,0,0\n"
    (tmp_path / "named.csv").write_text(rows, "utf-8")
    code, told, error = call("graph", tmp_path / "named.csv", "--json")
    assert code == 0, error
    record = json.loads(told)
    assert (record["nodes"], record["links"], len(record["matchings"])) == (4, 3, 3)
    linked = {frozenset(pair) for links in record["matchings"] for pair in links}
    assert linked == {frozenset("32"), frozenset("13"), frozenset("20")}
