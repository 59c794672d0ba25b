"""What a Rocq file assumes of a round holds for clients that were run, and so what it concludes.

Four clients with quadratics in one dimension, three of them of one kind; mini-batches add 1/2 or
-1/2. All draws and all signs of the first step are enumerated, in fractions; the last step's noise
adds its variance.
"""

import re
from fractions import Fraction
from itertools import combinations, product

import pytest

from roundlot.solvers.schemes import certify_rounds, fixed_size_of_kinds
from roundlot.theory.rocq import rounds_document

CURVES = (Fraction(3), Fraction(1), Fraction(3, 2), Fraction(2))
BEST = (Fraction(1), Fraction(-2), Fraction(0), Fraction(3))
WEIGHTS, KINDS = 4 * (Fraction(1, 4),), ((0, 1, 2), (3,))
STEP, NOISE, START = Fraction(1, 20), Fraction(1, 2), Fraction(5, 3)
CLIENTS, NOISY = range(4), tuple(product((NOISE, -NOISE), repeat=4))
NUMBER = re.compile(r"\b\d+\b")


def value(i, x):
    return CURVES[i] * (x - BEST[i]) ** 2 / 2


def slope(i, x):
    return CURVES[i] * (x - BEST[i])


def whole(x):
    return sum(WEIGHTS[i] * value(i, x) for i in CLIENTS)


def optimum():
    parts = [(w * a, b) for w, a, b in zip(WEIGHTS, CURVES, BEST, strict=True)]
    return sum(a * b for a, b in parts) / sum(a for a, _ in parts)


def run(goal):
    """The numbers of the file, by name: inner products of means and of what is beyond them."""
    best, found, convex = optimum(), {}, goal != "gradient"
    share = Fraction(1, len(NOISY))
    spread = 2 * (STEP * NOISE / 2) ** 2  # the last noise of two clients that weigh 1/2 each
    curve = sum(w * a for w, a in zip(WEIGHTS, CURVES, strict=True))

    def count(name, amount):
        found[name] = found.get(name, 0) + share * amount

    for first in NOISY:
        g0 = [slope(i, START) for i in CLIENTS]
        x1 = [START - STEP * (g0[i] + first[i]) for i in CLIENTS]
        g1 = [slope(i, x1[i]) for i in CLIENTS]
        walk = [START - x1[i] + STEP * g1[i] for i in CLIENTS]
        own = {"h": [slope(i, best) for i in CLIENTS]} if convex else {}
        means, beyond = {"e": START - best} if convex else {}, []
        for k, members in enumerate(KINDS):
            mine = {f"{name}{k}": of for name, of in own.items()}
            mine |= {f"g{k}0": g0, f"g{k}1": g1, f"n{k}0": first}
            middle = {
                n: sum(of[i] for i in members) / Fraction(len(members)) for n, of in mine.items()
            }
            means |= middle
            beyond.append({n: [of[i] - middle[n] for i in members] for n, of in mine.items()})
            for i in members:
                points = [best, START, x1[i]] if convex else [START, x1[i]]
                for p, x in enumerate(points):
                    count(f"f{k}_{p}", value(i, x))
                count(f"last{k}", NOISE**2)
        for a, b in product(means, repeat=2):
            count(f"{a}_{b}", means[a] * means[b])
        for kind in beyond:
            for a, b in product(kind, repeat=2):
                count(f"d{a}_d{b}", sum(x * y for x, y in zip(kind[a], kind[b], strict=True)))
        for drawn in combinations(CLIENTS, 2):
            x = START - sum(2 * WEIGHTS[i] * walk[i] for i in drawn)
            count("after", ((x - best) ** 2 + spread) / 6)
            count("next", (whole(x) + curve * spread / 2) / 6)
    gradient = sum(WEIGHTS[i] * slope(i, START) for i in CLIENTS)
    gone = [slope(i, best) if convex else slope(i, START) - gradient for i in CLIENTS]
    zeta = sum(w * h**2 for w, h in zip(WEIGHTS, gone, strict=True))
    given = {"gap": whole(START) - whole(best), "value": whole(START), "slope": gradient**2}
    return found | given | {"zeta": zeta}


def holds(text, numbers):
    exact = NUMBER.sub(lambda found: f"Fraction({found[0]})", text)
    return eval(exact.replace(" = ", " == "), {"Fraction": Fraction}, numbers)


@pytest.mark.parametrize("goal", ["distance", "gap", "gradient"])
def test_a_run_has_what_the_round_assumes_and_concludes(goal) -> None:
    numbers = run(goal)
    claim = certify_rounds(
        fixed_size_of_kinds(counts=[3, 1], weights=[Fraction(1, 4), Fraction(1, 4)], size=2),
        smoothness=[3, 2], strong_convexity=Fraction(9, 10), local_steps=2, step=STEP, rounds=1,
        initial=9, heterogeneity=numbers["zeta"], variance=NOISE**2, goal=goal,
    ).claim  # fmt: skip
    assert [kind.count for kind in claim.setting.kinds] == [3, 1]
    text = rounds_document(claim)
    theorem = text[text.index("Theorem round_0") : text.index("Proof.\n  subst")]
    assumed = re.findall(r"^  \((\w+) : (.*)\)$", theorem, re.MULTILINE)
    assumed = [(name, what) for name, what in assumed if "forall" not in what]
    assert len(assumed) > 15
    false = [name for name, what in assumed if not holds(what, numbers)]
    assert not false
    (concluded,) = re.findall(r"^  : (.*)\.$", theorem, re.MULTILINE)
    assert holds(concluded, numbers)
