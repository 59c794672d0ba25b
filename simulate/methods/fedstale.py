"""FedStale and FedVARP: all clients' last updates times one fixed ``β``, corrected by a draw.

The sum of last updates is over all clients of the federation, with their shares of all data: who is
away counts by ``β`` times the last update. ``β = 0`` is random sampling where everybody is there;
FedVARP keeps updates whole, ``β = 1``.

The variants of those present leave out who is away; the papers do not have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_share
from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.stale_memory import LAST_UPDATE, Corrected
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory
from roundlot.solvers.rules import RandomModel
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class FedStale(Composed):
    """Stale updates with one factor for all.

    Attributes:
        beta: the factor, in [0, 1].
        known_availability: whether those drawn weigh over the probability to take part, as
            published, which is that of the draw times that to be online: the step is then unbiased
            for all clients' mean, whatever clients' data have to do with how often they are online.

    Raises:
        InvalidProblemError: a factor out of its range, or a switch that is none.
    """

    rule = RandomModel()
    beta: float = 0.5
    known_availability: bool = False
    name: str = "FedStale"
    source: str = "Rodio and Neglia, ECAI 2024"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{i=1}^N d_{is} \beta h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta h_{vs}\right)"
    )

    def __post_init__(self) -> None:
        check_share(self.beta, "beta")
        if not isinstance(self.known_availability, bool):
            raise InvalidProblemError(
                f"known_availability is {self.known_availability!r}; give true or false"
            )

    @property
    def estimator(self) -> Corrected:
        """Corrected by those drawn."""
        factor = "" if self.beta == 1.0 else f"{self.beta:g} times "
        return Corrected(
            beta=self.beta,
            away=factor + LAST_UPDATE,
            known_availability=self.known_availability,
            over="who is there" if self.known_availability else "",
        )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: the last update of everybody, none yet.

        Raises:
            InvalidProblemError: availability that is not known, or a client that never comes.
        """
        if self.known_availability:
            _check_online(federation)
        return super().init(federation, parameters)


def _check_online(federation: Federation) -> None:
    online = federation.online
    if online is None or online.ndim == 2:
        kind = "always there" if online is None else "there by a record"
        raise InvalidProblemError(
            f"known_availability is set, but clients are {kind}; give each a probability to be "
            "online, or leave it out"
        )
    never = np.flatnonzero(federation.available.any(axis=1) & (online <= 0.0))
    if never.size:
        raise InvalidProblemError(
            f"client {never[0]} is online with probability 0, so no weight makes up for it; "
            "take its data out, or leave known_availability out"
        )


@dataclass(frozen=True, kw_only=True)
class FedStalePresent(Composed):
    """Stale updates of those who are there, with one factor for all.

    Attributes:
        beta: the factor, in [0, 1].

    Raises:
        InvalidProblemError: a factor out of its range.
    """

    rule = RandomModel()
    beta: float = 0.5
    name: str = "FedStale of those present"
    source: str = "a variant of Rodio and Neglia, ECAI 2024"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{i \text{ present}} d_{is} \beta h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta h_{vs}\right)"
    )

    def __post_init__(self) -> None:
        check_share(self.beta, "beta")

    @property
    def estimator(self) -> Corrected:
        """Corrected by those drawn."""
        return Corrected(beta=self.beta)


@dataclass(frozen=True, kw_only=True)
class FedVARP(Composed):
    """Stale updates with the factor 1."""

    rule = RandomModel()
    estimator = Corrected(away=LAST_UPDATE)
    name: str = "FedVARP"
    source: str = "Jhunjhunwala et al., UAI 2022"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{i=1}^N d_{is} h_{is} + \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, "
        r"p_{vs}} \left(G_{vs} - h_{vs}\right)"
    )


@dataclass(frozen=True, kw_only=True)
class FedVARPPresent(Composed):
    """Stale updates of those who are there, with the factor 1."""

    rule = RandomModel()
    estimator = Corrected()
    name: str = "FedVARP of those present"
    source: str = "a variant of Jhunjhunwala et al., UAI 2022"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{i \text{ present}} d_{is} h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - h_{vs}\right)"
    )
