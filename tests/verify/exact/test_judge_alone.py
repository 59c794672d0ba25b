"""The judge of certificates runs where no solver, simulation or compiled kernel can be imported."""

import subprocess
import sys

PROGRAM = """
import sys

class Forbidden:
    NAMES = ("roundlot.solvers", "roundlot.simulate", "torch", "numba", "cvxpy", "scipy", "sympy")

    def find_spec(self, name, path=None, target=None):
        if any(name == own or name.startswith(own + ".") for own in self.NAMES):
            raise ImportError(f"{name} is not for the judge")

sys.meta_path.insert(0, Forbidden())
import numpy as np
from roundlot.theory import Problem
from roundlot.theory.certificates import Claim, Goal, Prices
from roundlot.verify.exact import judge

# Scores 1 and 3, one draw: p = a/4, price 16, objective 16, variance 16 - 10.
def claim(**changed):
    prices = Prices(
        budget=16.0, processors=np.zeros(2), levels=(), models=np.zeros(1), costs=np.zeros(0)
    )
    said = dict(
        problem=Problem([[1.0], [3.0]], budget=1.0), goal=Goal(), prices=prices,
        probabilities=np.array([[0.25], [0.75]]),
        objective=16.0, lower_bound=16.0, gap=0.0, variance=6.0,
    )
    return Claim(**(said | changed))

assert judge(claim()).proved, judge(claim()).reasons
for wrong in (
    {"objective": 16.5}, {"lower_bound": 16.0000001}, {"variance": 6.1},
    {"probabilities": np.array([[0.25], [np.nextafter(0.75, 1.0)]])},
    {"problem": Problem([[1.0], [3.0]], budget=0.99)},
):
    assert not judge(claim(**wrong)).proved, wrong
print("judged")
"""


def test_the_judge_needs_no_solver() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "judged", done.stderr
