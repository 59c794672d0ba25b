"""Pictures of draws that depend on each other: two of three clients, every pair enumerated."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.verify.tightness import joint_examples as joint

FIRSTS = np.linspace(0.05, 0.9, 18)
ENUMERATED = "two of three clients are drawn, every pair enumerated"


def _picture(
    theorem: str,
    varied: str,
    numbers: Callable[[float], Mapping[str, float]],
    truth: Callable[[float], float],
) -> Picture:
    rows = [numbers(first) for first in FIRSTS]
    told = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    found = [truth(first) for first in FIRSTS]
    return beside(theorem, varied, told.pop(varied), found, told, ENUMERATED)


def pair() -> Picture:
    return _picture("joint_covariance", "joint_probability", joint.pair_numbers, joint.covariance)


def variance() -> Picture:
    return _picture("joint_variance", "joint_products", joint.variance_numbers, joint.variance)


def difference() -> Picture:
    return _picture("pair_difference", "joint_probability", joint.compared_numbers, joint.compared)


def fixed() -> Picture:
    return _picture("yates_grundy", "pair_differences", joint.differences, joint.variance)
