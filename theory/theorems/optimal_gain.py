"""How much the best probabilities gain over uniform ones, in the cost ``Σ a_i²/p_i``.

Problem: ``N`` clients with scores ``a_i``, at most ``m`` draws expected in a round; probabilities
``p_i`` cost ``Σ a_i²/p_i``, the variance of the step plus ``Σ a_i²``.
Method: uniform probabilities ``m/N`` cost ``U = N Σ a_i²/m``; without caps the least cost is
``O = (Σ a_i)²/m``.
Guarantees: exactly ``U = (1 + χ) O``, ``χ`` the squared coefficient of variation of the scores;
whatever the caps, ``U <= Z + χO`` for the cost ``Z`` of all other probabilities, so also ``U <=
(1 + χ) Z``; with scores between ``l`` and ``h`` it is ``χ <= (h − l)²/(4lh)``, attained by scores
``l`` and ``h`` alone, of mean ``2lh/(l + h)``. The gain is 0 where all scores are equal. It is a
gain in the cost: of the variance, which is ``Σ a_i²`` less, it is a larger share.
Reference: Chen, Horváth, Richtárik (TMLR 2022), there as an improvement factor between 0 and 1;
Kantorovich's inequality for the greatest gain; theorem water_filling.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Fact, Square, definition, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.water_filling import FILLED as WATER_FILLING
from roundlot.theory.theorems.water_filling import budget, caps, free_score, least_cost

clients, average, variation, low, high, room = sympy.symbols("N ā χ l h s")
uniform, optimum, cost = sympy.symbols("U O Z")
a, one = vectors("a", "1")

CLIENTS = Parameter(
    name="clients", symbol=clients, meaning="the clients N", positive=True, inner=True
)
AVERAGE = Parameter(
    name="mean_score", symbol=average, meaning="the mean score ā", positive=True, inner=True
)
BUDGET = Parameter(name="budget", symbol=budget, meaning="the budget m", positive=True, inner=True)
VARIATION = Parameter(
    name="variation",
    symbol=variation,
    meaning="χ, the squared coefficient of variation of the scores",
)
SETTING = (
    "N clients with scores a of mean ā and squared coefficient of variation χ; at most m draws "
    "expected in a round; products are means over clients."
)
REFERENCE = "Chen, Horváth, Richtárik (TMLR 2022)"


def _scores() -> tuple[Fact, ...]:
    return (
        definition(average, inner(a, one), name="mean", reason="ā is the mean of the scores"),
        definition(norm2(one), 1, name="one", reason="the mean of 1² is 1"),
        definition(
            variation,
            norm2(a / average - one),
            name="variation",
            reason="χ is the mean of (a/ā − 1)²",
        ),
    )


_UNIFORM = definition(
    uniform,
    clients**2 * norm2(a) / budget,
    name="uniform",
    reason="U = Σ a²/(m/N), and Σ a² is N times the mean of a²",
)

_OPTIMUM = definition(
    optimum,
    clients**2 * average**2 / budget,
    name="optimum",
    reason="O = (Σ a)²/m, and Σ a = Nā",
)

EXACT = Theorem(
    name="uniform_cost",
    title="Uniform probabilities cost 1 + χ times the optimum without caps",
    setting=f"{SETTING} U is the cost of uniform probabilities, O = (Σ a)²/m the least one.",
    claim=Claim(
        left=uniform,
        right=(1 + variation) * optimum,
        text="N Σ a²/m",
        latex=r"N \sum a^2/m",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(name="least_cost", symbol=optimum, meaning="O = (Σ a)²/m"),
            VARIATION,
            CLIENTS,
            AVERAGE,
            BUDGET,
        )
    ),
    steps=(
        Step(
            name="mean and variance of the scores",
            scalars=(clients, average, budget, variation),
            facts=(
                *_scores(),
                _UNIFORM,
                _OPTIMUM,
            ),
        ),
    ),
    reference=REFERENCE,
)

MOST = Theorem(
    name="saving_at_most",
    title="No probabilities save more of the cost Σ a²/p than χ times the optimum without caps",
    setting=f"{SETTING} U is the cost of uniform probabilities, O = (Σ a)²/m, Z the cost of any "
    "probabilities that sum to at most m, with caps or without.",
    claim=Claim(
        left=uniform, right=cost + variation * optimum, text="N Σ a²/m", latex=r"N \sum a^2/m"
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            Parameter(name="cost", symbol=cost, meaning="Z = Σ a²/p of the other probabilities"),
            *EXACT.domain.parameters,
        )
    ),
    steps=(
        Step(
            name="the optimum without caps costs at most Z",
            scalars=(clients, average, budget, variation),
            facts=(
                EXACT.instance(uniform, {}, name="uniform_cost"),
                _OPTIMUM,
                WATER_FILLING.instance(
                    cost,
                    {free_score: clients * average, least_cost: 0, caps: 0},
                    name="water_filling",
                ),
            ),
            note="Nobody is called capped: Z >= (Σ a)²/m holds with caps, too.",
        ),
    ),
    reference=f"{REFERENCE}; theorem water_filling",
)

ORDERED = Condition(text="h >= l", greater=high, smaller=low, slack=room, slack_value=high - low)

GREATEST = Theorem(
    name="greatest_gain",
    title="The greatest gain in the cost Σ a²/p over uniform probabilities, from the scores' range",
    setting=f"{SETTING} Every score is between l and h. χ is what uniform probabilities cost more "
    "than the optimum without caps, as a share of its cost Σ a²/p; the variance is Σ a² less.",
    claim=Claim(
        left=variation, right=(high - low) ** 2 / (4 * low * high), text="χ", latex=r"\chi"
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(name="least_score", symbol=low, meaning="the least score l", positive=True),
            Parameter(
                name="greatest_score", symbol=high, meaning="the greatest score h", positive=True
            ),
            AVERAGE,
        ),
        conditions=(ORDERED,),
        chart={high: low + room},
    ),
    steps=(
        Step(
            name="one square",
            scalars=(average, low, high),
            facts=(
                *_scores(),
                given(
                    inner(high * one - a, a - low * one),
                    0,
                    name="range",
                    reason="(h − a)(a − l) >= 0 for every score",
                ),
            ),
            squares=(Square(form=(low + high) * average - 2 * low * high),),
        ),
    ),
    reference="Kantorovich's inequality; Chen, Horváth, Richtárik (TMLR 2022)",
    witness=Witness(
        text="scores l and h alone, of mean 2lh/(l + h)",
        values={
            average: 2 * low * high / (low + high),
            variation: (high - low) ** 2 / (4 * low * high),
            inner(a, one): 2 * low * high / (low + high),
            norm2(one): sympy.Integer(1),
            norm2(a): low * high,
        },
    ),
)
