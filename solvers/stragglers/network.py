"""Seconds that a round spends on communication, by topology.

- ``ring-all-reduce``: every worker sends ``2 (n − 1)/n`` of the model over its link.
- ``d-psgd``: every worker sends the model to its neighbours, one after the other; the busiest one,
  of the largest degree, sets the pace (Lian et al. 2017).
- ``matcha``: matchings are used one after the other, each with its probability; inside one, all
  pairs exchange at once: the expected number of matchings is what counts (Wang et al. 2019).

Links are full duplex, and the slowest link of a collective sets its pace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

#: Ways to exchange models, each with its time on the slowest link.
TOPOLOGIES = ("ring-all-reduce", "d-psgd", "matcha")
RING_DEGREE = 2  # neighbours on a ring
RING_MATCHINGS = (0.5, 0.5)  # An even ring is two matchings.


@dataclass(frozen=True, kw_only=True, eq=False)
class Communication:
    """Expected ``seconds`` of a round's communication: ``models`` models sent in sequence."""

    topology: str
    models: float
    seconds: float


def communication(
    topology: str,
    workers: int,
    *,
    model_bytes: float,
    link: npt.ArrayLike,
    degree: int = RING_DEGREE,
    matchings: npt.ArrayLike = RING_MATCHINGS,
    latency: float = 0.0,
) -> Communication:
    """Expected seconds of communication in a round.

    Args:
        topology: one of `TOPOLOGIES`.
        workers: ``n >= 1``; one worker alone sends nothing.
        model_bytes: size of the model, at least 0.
        link: Mbit/s, one for all or one for each worker.
        degree: largest number of neighbours, for ``d-psgd``; a ring's by default.
        matchings: ``(M,)``, probability of every matching, for ``matcha``; half of a ring's by
            default.
        latency: seconds before every transfer.

    Raises:
        InvalidProblemError: an unknown topology, a value out of range.
    """
    require_choice(topology, "topology", TOPOLOGIES)
    links = np.array(link, dtype=np.float64).reshape(-1)
    if links.size not in (1, workers) or not np.all(links > 0.0):
        raise InvalidProblemError(f"link must be above 0, one number or {workers} of them")
    for name, value in (("model_bytes", model_bytes), ("latency", latency)):
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidProblemError(f"{name} is {value}; give a finite number of at least 0")
    if workers <= 1:
        return Communication(topology=topology, models=0.0, seconds=0.0)
    models, transfers = _transfers(topology, workers, degree, matchings)
    seconds = 8e-6 * model_bytes * models / float(links.min()) + latency * transfers
    return Communication(topology=topology, models=models, seconds=seconds)


def _transfers(
    topology: str, workers: int, degree: int, matchings: npt.ArrayLike
) -> tuple[float, float]:
    """Sizes of the model sent in sequence, and how many transfers that is."""
    if topology == "ring-all-reduce":
        steps = 2 * (workers - 1)
        return steps / workers, steps
    if topology == "d-psgd":
        if not 1 <= degree <= workers - 1 and not (workers == 2 and degree == RING_DEGREE):
            raise InvalidProblemError(f"degree is {degree}; give 1 to {workers - 1} neighbours")
        neighbours = min(degree, workers - 1)
        return float(neighbours), neighbours
    chances = np.array(matchings, dtype=np.float64).reshape(-1)
    if not chances.size or not np.all((chances >= 0.0) & (chances <= 1.0)):
        raise InvalidProblemError("matchings must be probabilities in [0, 1], at least one")
    expected = float(chances.sum())
    return expected, expected
