"""A mean of bounded updates is bounded alike; their sum grows with the square of their number.

Problem: updates ``y_1, y_2, ...``, dependent or not, with ``E‖y_j‖² <= G²``.
Guarantee: the mean ``m`` of ``n`` of them has ``E‖m‖² <= G²``, attained by equal updates, so their
sum has ``E‖Σ y‖² <= n² G²``.
Reference: the Cauchy-Schwarz inequality, here by induction with one square a step.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Square, bounded, definition, given, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

n, most = sympy.symbols("n G²")
m, y = vectors("m", "y")
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
                given(most, mean(0), name="no update", reason="the mean of none, 0, is at most G²"),
            ),
        ),
        Step(
            name="induction, n to n + 1",
            scalars=(n,),
            shift={n: n + 1},
            facts=(
                definition(mean(n), norm2(m), name="so far", reason="m is the mean so far"),
                definition(
                    mean(n + 1),
                    norm2((n * m + y) / (n + 1)),
                    name="one more",
                    reason="the next mean is (n m + y)/(n + 1)",
                ),
                bounded(y, most, name="bounded", reason="E‖y_j‖² <= G²"),
                hypothesis(most - mean(n)),
            ),
            squares=(Square(form=m - y),),
        ),
    ),
    reference="Cauchy-Schwarz",
    witness=Witness(
        text="equal updates",
        values={
            mean(0): most,
            mean(n): most,
            mean(n + 1): most,
            **dict.fromkeys((norm2(m), norm2(y), inner(m, y)), most),
        },
    ),
)
