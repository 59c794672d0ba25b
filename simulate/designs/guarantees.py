"""What a design promises beyond its probabilities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Guarantees:
    """What holds in every round of a design.

    Attributes:
        fixed_total: the number of draws is ``Σ p`` rounded down or up; ``Σ p`` if an integer.
        fixed_models: the same for every model's number of draws.
        negative_association: what is known of the dependence between draws, and from whom.
        joint_inclusion: how the probabilities of pairs are known, or why they are not.
        joint_known: whether `Design.joint_inclusion` answers; for some only on small fleets.
    """

    fixed_total: bool
    fixed_models: bool
    negative_association: str
    joint_inclusion: str
    joint_known: bool

    def __str__(self) -> str:
        fixed = "every model's count" if self.fixed_models else "total" if self.fixed_total else "-"
        return (
            f"fixes: {fixed}; negative association: {self.negative_association}; "
            f"joint inclusion: {self.joint_inclusion}"
        )
