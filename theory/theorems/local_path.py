"""How far a client moves in its local steps, by its gradients on the way.

Problem: a client takes ``K`` steps ``w_{k+1} = w_k − η(y_k + ν_k)`` from ``w_0 = x``: gradients
``y_k``, noises ``ν_k`` of mean 0 given the past and variance at most ``σ²``.
Guarantees: the mean ``m`` of ``n`` vectors has ``n‖m‖² <= Σ ‖y_j‖²``, attained by equal ones; so
``Σ_{k<n} E‖w_k − x‖² <= η² n(n − 1)(Σ_{j<n} E‖y_j‖² + σ²)``, and half of that without noise.
Reference: the Cauchy-Schwarz inequality; compare Karimireddy et al. (SCAFFOLD, ICML 2020), lemma 8.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Fact, Square, definition, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.batch_mean import k
from roundlot.theory.theorems.batch_mean import noise as noise_sum
from roundlot.theory.theorems.mean_of_updates import mean, n
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP
from roundlot.theory.theorems.symbols import VARIANCE, eta, variance

squares, path = sympy.Function("S"), sympy.Function("D")
m, y, z = vectors("m", "y", "Z")
COUNT = Parameter(name="updates", symbol=n, meaning="the number n of updates", whole=True)
ANY_COUNT = Parameter(
    name="updates", symbol=n, meaning="the number n of updates", whole=True, inner=True
)
OF_ALL = Parameter(name="gradient_squares", symbol=squares(n), meaning="S(n), the sum of E‖y_j‖²")


def _one_more(of: sympy.Expr, term: sympy.Expr, words: str) -> Fact:
    return definition(
        of.subs(n, n + 1), of + term, name=f"{of.func}(n + 1)", reason=f"one more {words}"
    )


SUM_OF_SQUARES = Theorem(
    name="squared_sum",
    title="The squared norm of a sum, by the squared norms of its terms",
    setting="m is the mean of y_1, ..., y_n (0 if n = 0), y the next one; A(n) = E‖m‖², S(n) = "
    "Σ E‖y_j‖².",
    claim=Claim(
        left=n * mean(n),
        right=squares(n),
        text="n E‖(y_1 + ... + y_n)/n‖²",
        latex=r"n \mathbb{E}\|(y_1 + \dots + y_n)/n\|^2",
    ),
    relation="tight",
    domain=Domain(parameters=(OF_ALL, ANY_COUNT)),
    steps=(
        Step(
            name="base, n = 0",
            scalars=(),
            shift={n: 0},
            facts=(definition(squares(0), 0, name="no update", reason="an empty sum"),),
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
                _one_more(squares(n), norm2(y), "square"),
                hypothesis(squares(n) - n * mean(n)),
            ),
            squares=(Square(form=m - y),),
        ),
    ),
    reference="Cauchy-Schwarz",
    witness=Witness(
        text="equal updates",
        values={
            squares(0): sympy.Integer(0),
            squares(n): n * norm2(y),
            squares(n + 1): (n + 1) * norm2(y),
            mean(n): norm2(y),
            mean(n + 1): norm2(y),
            norm2(m): norm2(y),
            inner(m, y): norm2(y),
        },
    ),
)


def _path(name: str, title: str, words: str, *, noisy: bool) -> Theorem:
    """The path with noise, and without."""
    times = 1 if noisy else sympy.Rational(1, 2)
    added = variance if noisy else 0
    moved = n * m + z if noisy else n * m
    noises: tuple[Fact, ...] = ()
    if noisy:
        noises = (
            definition(
                noise_sum(n), norm2(z), name="the noises", reason="Z is the sum of n noises"
            ),
            BATCH_SUM.instance(noise_sum(n), {k: n}, name="batch_sum"),
        )
    return Theorem(
        name=name,
        title=title,
        setting=f"w_{{k+1}} = w_k − η{words}, w_0 = x; D(n) = Σ_{{k<n}} E‖w_k − x‖², "
        "S(n) = Σ_{k<n} E‖y_k‖², A(n) = E‖m‖², m the mean of the first n gradients y.",
        claim=Claim(
            left=path(n),
            right=times * eta**2 * n * (n - 1) * (squares(n) + added),
            text="Σ E‖w_k − x‖²",
            latex=r"\sum_{k<n} \mathbb{E}\|w_k - x\|^2",
        ),
        relation="upper",
        domain=Domain(parameters=(STEP, OF_ALL, COUNT, *((VARIANCE,) if noisy else ()))),
        steps=(
            Step(
                name="base, n = 0",
                scalars=(),
                shift={n: 0},
                facts=(definition(path(0), 0, name="no step", reason="an empty sum"),),
            ),
            Step(
                name="induction, n to n + 1",
                scalars=(n, eta, variance),
                shift={n: n + 1},
                facts=(
                    definition(mean(n), norm2(m), name="so far", reason="m is the mean so far"),
                    *noises,
                    SUM_OF_SQUARES.instance(n * mean(n), {}, name="squared_sum"),
                    _one_more(squares(n), norm2(y), "square"),
                    _one_more(
                        path(n), eta**2 * norm2(moved), "distance: w_n − x = −η(the sum so far)"
                    ),
                    hypothesis(times * eta**2 * n * (n - 1) * (squares(n) + added) - path(n)),
                ),
                squares=(*((Square(form=n * m - z),) if noisy else ()), Square(form=y)),
            ),
        ),
        reference="theorem squared_sum",
    )


NOISY = _path(
    "local_path",
    "How far a client moves in its local steps, with noise",
    "(y_k + ν_k), E ν_k = 0 given the past, E‖ν_k‖² <= σ²",
    noisy=True,
)
EXACT = _path(
    "exact_path", "How far a client moves in its local steps, without noise", "y_k", noisy=False
)
