"""A mean of bounded updates is bounded alike; their sum grows with the square of their number.

Problem: updates ``y_1, y_2, ...``, dependent or not, with ``E‖y_j‖² <= G²``.
Guarantee: the mean ``m`` of ``n`` of them has ``E‖m‖² <= G²``, attained by equal updates, so their
sum has ``E‖Σ y‖² <= n² G²``.
Reference: the Cauchy-Schwarz inequality, here by induction with one square a step.
"""

import sympy

from roundlot.theory.domain import Domain, Parameter
from roundlot.theory.facts import Fact
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Theorem, Witness

n, most, cross, last = (sympy.Symbol(name) for name in ("n", "G²", "⟨m,y⟩", "‖y‖²"))
mean = sympy.Function("A")
MOST = Parameter(name="second_moment", symbol=most, meaning="G², a bound on E‖y_j‖²")

THEOREM = Theorem(
    name="mean_of_updates",
    title="The second moment of a mean of bounded updates",
    setting="m is the mean of y_1, ..., y_n (0 if n = 0), y the next one; A(n) = E‖m‖².",
    claim=Claim(
        left=mean(n),
        right=most,
        text="E‖(y_1 + ... + y_n)/n‖²",
        latex=r"\mathbb{E}\|(y_1 + \dots + y_n)/n\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            MOST,
            Parameter(name="updates", symbol=n, meaning="the number n of updates", whole=True),
        )
    ),
    steps=(
        Step(
            name="base, n = 0",
            scalars=(),
            shift={n: 0},
            facts=(
                Fact(name="no update", expression=most - mean(0), reason="the mean of none is 0"),
            ),
        ),
        Step(
            name="induction, n to n + 1",
            scalars=(n,),
            shift={n: n + 1},
            facts=(
                Fact(
                    name="one more",
                    expression=(n**2 * mean(n) + 2 * n * cross + last) / (n + 1) ** 2 - mean(n + 1),
                    reason="E‖(n m + y)/(n + 1)‖² multiplied out",
                    equality=True,
                ),
                Fact(
                    name="nearly parallel at most",
                    expression=mean(n) - 2 * cross + last,
                    reason="E‖m − y‖² is a squared norm",
                ),
                Fact(name="bounded", expression=most - last, reason="E‖y_j‖² <= G²"),
                Fact(
                    name="hypothesis",
                    expression=most - mean(n),
                    reason="induction",
                    hypothesis=True,
                ),
            ),
        ),
    ),
    reference="Cauchy-Schwarz",
    witness=Witness(
        text="equal updates",
        values={mean(0): most, mean(n): most, mean(n + 1): most, cross: most, last: most},
    ),
)
