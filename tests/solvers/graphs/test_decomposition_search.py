"""Several decompositions of a graph: the least of their ρ, and a budget that is the same."""

import numpy as np
import pytest

from roundlot.solvers.graphs import (
    decompose,
    optimise_links,
    search_decompositions,
    shape,
    shape_matchings,
)
from roundlot.theory import InvalidProblemError

GRAPH = shape("erdos-renyi", 10, degree=5, seed=4)


def test_the_best_of_several_is_kept() -> None:
    found = search_decompositions(GRAPH, 0.4, tries=6, seed=2)
    alone = [
        optimise_links(
            decompose(GRAPH, seed=2 + k),
            0.4 * decompose(GRAPH, seed=2).n_matchings / decompose(GRAPH, seed=2 + k).n_matchings,
        ).contraction.upper
        for k in range(6)
    ]
    assert found.contractions == pytest.approx(alone, abs=1e-9)
    assert found.schedule.contraction.upper == pytest.approx(min(alone), abs=1e-9)
    assert found.gain == pytest.approx(alone[0] - min(alone), abs=1e-9)
    rounds = 0.4 * decompose(GRAPH, seed=2).n_matchings
    assert found.schedule.matchings_per_round <= rounds + 1e-9


def test_a_decomposition_that_is_given_is_the_first() -> None:
    first = shape_matchings("paper8", shape("paper8"))
    found = search_decompositions(first, 0.5, tries=3)
    assert found.contractions[0] == pytest.approx(0.64398, abs=1e-5)
    assert found.contractions.shape == (3,)
    assert np.all(found.schedule.contraction.upper <= found.contractions)


@pytest.mark.parametrize("tries", [0, 1.5, True])
def test_tries_that_are_no_number_are_named(tries) -> None:
    with pytest.raises(InvalidProblemError, match="tries"):
        search_decompositions(GRAPH, 0.4, tries=tries)
