"""How far ceilings of variances can be kept, against what is written down by hand."""

import numpy as np
import pytest

from roundlot.solvers.joint.reach import reach
from roundlot.theory import Problem


def test_a_model_that_floors_keep_under_its_ceiling_asks_for_nothing():
    # The second model's largest variance, (8e-228)² / 1e-290, is far below its ceiling. The first
    # gets what the group leaves: its ratio is a² (1 / 0.09 - 1) / ceiling.
    score, ceiling, most = 2.7e-141, 1.4e-280, 0.09
    problem = Problem(
        scores=[[score, 8e-228]],
        floor=[[0.0, 1e-290]],
        ceiling=[[0.7, 1e-290]],
        budget=0.9,
        groups=[0],
        group_caps=[most],
        client=[0],
        client_floor=[0.008],
    )
    found = reach(problem, np.array([ceiling, 1.0]))
    by_hand = score**2 / ceiling * (1.0 / most - 1.0)
    assert found.ratio == pytest.approx(by_hand, rel=1e-12)
    assert found.least == pytest.approx(by_hand, rel=1e-9)
