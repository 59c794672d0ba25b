"""Why no round could be proved, in one line, and with which steps one can be."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from roundlot.theory.certified_rounds import Setting

_EXTREME = 1000  # a probability or a distance from 1 that is so small makes proofs fragile
_HALVINGS = 12  # of steps that are too large: to a four-thousandth
_CHEAP = 64  # local steps squared times kinds, up to which some twenty more rounds take seconds
_WHAT = {
    "gap": "the gap of a mean in which every round counts",
    "gradient": "the gradient",
}

Provable = Callable[[Fraction], bool]


def unbounded_line(setting: Setting, goal: str, provable: Provable) -> str:
    """That proofs of this kind bound nothing at these steps, and at which they do.

    ``provable`` says whether a round is proved with all steps times a factor.
    """
    steps = {step for kind in setting.kinds for step in kind.steps}
    one = f"step {float(max(steps)):.6g}"
    at = one if len(steps) == 1 else f"steps of up to {float(max(steps)):.6g}"
    line = f"at {at} no proof of this kind bounds {_WHAT[goal]}; take smaller or fewer local steps"
    factor = largest_factor(provable) if _is_cheap(setting) else None
    if factor is None:
        return line
    found = f"steps {float(factor):.2g} times as large"
    if len(steps) == 1:
        found = f"step {float(max(steps) * factor):.6g}"
    return f"{line} (there is a proof at {found})"


def _is_cheap(setting: Setting) -> bool:
    return len(setting.kinds) * len(setting.kinds[0].steps) ** 2 <= _CHEAP


def largest_factor(provable: Provable) -> Fraction | None:
    """Of two digits and below 1, by halving and bisection; None if a tiny one will not do.

    It is provable itself. That all smaller ones are is not known.
    """
    low, high = Fraction(1), Fraction(1)
    for _ in range(_HALVINGS):
        low = _two_digits(low / 2)
        if provable(low):
            break
        high = low
    else:
        return None
    while low < (middle := _two_digits((low + high) / 2)) < high:
        if provable(middle):
            low = middle
        else:
            high = middle
    return low


def _two_digits(value: Fraction) -> Fraction:
    return Fraction(f"{float(value):.2g}")


def fragile(setting: Setting) -> dict[str, str]:
    """What to change, by what is extreme, so that rounding takes the proofs."""
    found = {}
    for kind in setting.kinds:
        scarce = kind.second_moment / kind.weight**2
        if scarce >= _EXTREME:
            found["rare"] = (
                f"draw the clients of weight {float(kind.weight):g} more often (they take part "
                f"with a probability near {float(1 / scarce):.2g})"
            )
        if (1 - kind.strong_convexity / kind.smoothness) * _EXTREME <= 1:
            found["round"] = (
                f"give a strong_convexity further below the smoothness "
                f"{float(kind.smoothness):g}, which holds as well"
            )
    return found


def advice(setting: Setting) -> str:
    """What to change, by what is extreme, or large."""
    found = list(fragile(setting).values())
    if any(max(kind.steps) * kind.smoothness >= 1 for kind in setting.kinds):
        found.append("take smaller steps")
    general = "take smaller steps, or scale weights and constants nearer to 1"
    return ", and ".join(found) or general
