"""FedStale and FedVARP: everybody's last update times one fixed ``β``, corrected by a random draw.

``β = 0`` is random sampling; FedVARP keeps updates whole, ``β = 1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roundlot.simulate.argument_checks import check_share
from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.stale_memory import Corrected
from roundlot.solvers.rules import RandomModel


@dataclass(frozen=True, kw_only=True)
class FedStale(Composed):
    """Stale updates with one factor for all.

    Attributes:
        beta: the factor, in [0, 1].

    Raises:
        InvalidProblemError: a factor out of its range.
    """

    rule = RandomModel()
    beta: float = 0.5
    name: str = "FedStale"
    source: str = "Rodio and Neglia, ECAI 2024"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \beta h_{is} + \sum_{v \text{ drew } s} "
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
    estimator = Corrected()
    name: str = "FedVARP"
    source: str = "Jhunjhunwala et al., UAI 2022"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} h_{is} + \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, "
        r"p_{vs}} \left(G_{vs} - h_{vs}\right)"
    )
