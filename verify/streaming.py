"""A claim under test while rounds come in: what every check of an audit offers."""

from __future__ import annotations

from abc import ABC, abstractmethod

from roundlot.verify.batches import Batch
from roundlot.verify.verdict import Verdict


class StreamingCheck(ABC):
    """A claim under test while rounds come in.

    Attributes:
        rate, miss: error rates of this check, its pairs together.
        discrepancy: relative error that a supporting verdict must rule out.
        rounds: rounds seen.
    """

    needs_draws = True

    def __init__(self, *, rate: float, miss: float, discrepancy: float) -> None:
        self.rate, self.miss, self.discrepancy = rate, miss, discrepancy
        self.rounds = 0

    @abstractmethod
    def update(self, batch: Batch) -> None:
        """Enter more rounds."""

    @abstractmethod
    def needed(self) -> float:
        """Rounds after which the claim is supported if it is not refuted."""

    @abstractmethod
    def verdict(self) -> Verdict:
        """What can be said now."""

    @property
    @abstractmethod
    def refuted(self) -> bool:
        """Whether the claim has been refused."""
