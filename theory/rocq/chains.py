"""From round to round in a Rocq file: distances, or what falls and the mean that is bounded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from roundlot.theory.certified_rounds.chain import RoundsClaim, at
from roundlot.theory.rocq.inner_products import number


def chain(claim: RoundsClaim) -> str:
    """The theorem that the rounds together give the bound, from what each of them gives."""
    return _of_distances(claim) if claim.goal == "distance" else _of_a_mean(claim)


def conclusion(goal: str, claim: RoundsClaim, t: int) -> Callable[[str, str, str], str]:
    """What round ``t`` gives, of what is bounded and of the potential before and after it."""
    proof, setting = claim.proofs[claim.uses[t]], at(claim.setting, claim.schedule[t])
    added = f"{number(proof.dissimilarity)} * zeta"
    if noise := proof.noise(setting, goal):
        added += f" + {number(noise)}"
    return {
        "distance": lambda _, before, after: (
            f"{after} <= {number(proof.before)} * {before} + {added}"
        ),
        "gap": lambda value, before, after: (
            f"{value} <= {number(proof.before)} * {before} - {number(proof.after)} * {after}"
            f" + {added}"
        ),
        "gradient": lambda value, before, after: (
            f"{value} <= {number(proof.before)} * ({before} - {after}) + {added}"
        ),
    }[goal]


def _assumed(claim: RoundsClaim) -> list[str]:
    return [
        f"  (start : d0 <= {number(claim.initial)})",
        f"  (heterogeneity : zeta <= {number(claim.heterogeneity)})",
    ]


def _of_distances(claim: RoundsClaim) -> str:
    rounds = range(len(claim.uses))
    names = " ".join(f"d{t}" for t in range(len(rounds) + 1))
    lines = ["Theorem chain", f"  ({names} zeta : R)", *_assumed(claim)]
    lines += [
        f"  (R{t} : {conclusion('distance', claim, t)('', f'd{t}', f'd{t + 1}')})" for t in rounds
    ]
    lines.append(f"  : d{len(rounds)} <= {number(claim.bound)}.")
    lines.append("Proof.")
    lines += [
        f"  assert (B{t + 1} : d{t + 1} <= {number(claim.chain[t + 1])}) by lra." for t in rounds
    ]
    return "\n".join([*lines, "  lra.", "Qed.", ""])


def _of_a_mean(claim: RoundsClaim) -> str:
    """``d`` is the squared distance from ``x*``, or ``F − inf F``; ``v`` what a round bounds.

    The mean is that of ``v`` with the rounds' weights: by convexity ``F`` at the mean point is not
    above it, and the least of squared gradients is not either.
    """
    rounds, weights = range(len(claim.uses)), claim.weights
    last = len(rounds)
    names = [f"d{t}" for t in range(last + 1)] + [f"v{t}" for t in rounds]
    lines = ["Theorem chain", f"  ({' '.join(names)} zeta bounded : R)", *_assumed(claim)]
    lines += [f"  (N{t} : 0 <= d{t})" for t in range(last + 1)]
    for t in rounds:
        step = conclusion(claim.goal, claim, t)(f"v{t}", f"d{t}", f"d{t + 1}")
        lines.append(f"  (R{t} : {step})")
    if claim.goal == "gap":
        counted = " + ".join(f"{number(weight)} * v{t}" for t, weight in enumerate(weights))
        total = number(sum(weights, Fraction(0)))
        lines.append(f"  (convexity : {total} * bounded <= {counted})")
    else:
        lines += [f"  (least{t} : bounded <= v{t})" for t in rounds]
    lines += [f"  : bounded <= {number(claim.bound)}.", "Proof."]
    before = ""
    for t in rounds:
        proof = claim.proofs[claim.uses[t]]
        sums = f"s{t}"
        lines.append(f"  pose ({sums} := {before}{number(weights[t])} * v{t}).")
        left = f"{number(claim.chain[t + 1])} - {number(weights[t] * proof.after)} * d{t + 1}"
        known = f"B{t} " if t else "start "
        lines.append(
            f"  assert (B{t + 1} : {sums} <= {left}) by "
            f"(unfold {sums}; clear - {known}R{t} N{t} heterogeneity; lra)."
        )
        before = f"{sums} + "
    sums = ", ".join(f"s{t}" for t in reversed(rounds))
    return "\n".join([*lines, f"  unfold {sums} in *. lra.", "Qed.", ""])
