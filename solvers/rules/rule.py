"""What every rule is: scores, or what stands for them, and memory in; probabilities out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from roundlot.solvers.rules.information import Information
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray

DesignName = Literal["independent", "turns", "blocks", "clusters", "multinomial", "candidates"]
Known = TypeVar("Known")

_HINTS = {
    "scores": "scores: the norms of the updates",
    "weights": "weights (V, S): give weights= to Problem",
    "losses": "losses: give losses=",
    "last_norms": "the norms when last drawn: give last_norms=",
    "history": "earlier rounds: give history=",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(ABC):
    """A rule for the probabilities of a round, from what a server knows before the draw.

    The same objects propose probabilities in a comparison, in a training method and in a
    federation. A cheap rule treats limits like all others: each available pair first gets its
    floor, and the rule shares what is left of the budget, under what is left of caps and ceilings.
    So availability, floors, ceilings, caps and the budget hold exactly, in real arithmetic on the
    returned numbers. What a rule remembers of earlier rounds is part of the information.

    Attributes:
        name: how the rule is called in a table.
        needs: what has to be known, in words.
        source: where the rule comes from.
        design: how draws depend on each other: "independent" processors; models that take "turns"
            or "blocks" of clients that do (then ``p = q / S``); "clusters" of processors that draw
            one pair each; "multinomial", with replacement; "candidates", of whom losses choose.
        requires: the fields of `Information` it cannot do without.
        formula: the rule in LaTeX, for its page.
    """

    name: str
    needs: str
    source: str
    design: DesignName = "independent"
    requires: tuple[str, ...] = ()
    formula: ClassVar[str] = ""

    @abstractmethod
    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, probabilities within all limits of the problem, read-only.

        Raises:
            InvalidProblemError: the information it requires is missing.
            InfeasibleError: the limits leave no room, or none in this design.
        """

    def groups(self, problem: Problem, information: Information) -> IntArray | None:
        """``(V,)``, each processor's cluster in the design "clusters", or block; else None."""
        return None

    def missing(self, information: Information) -> str | None:
        """Why the rule cannot be used with this information; None when it can."""
        absent = [name for name in self.requires if getattr(information, name) is None]
        if not absent:
            return None
        return "needs " + " and ".join(_HINTS.get(name, name) for name in absent)


def known(values: Known | None, name: str) -> Known:
    """The values, for a rule that cannot do without them.

    Raises:
        InvalidProblemError: they are None.
    """
    if values is None:
        raise InvalidProblemError(f"this rule needs {_HINTS.get(name, name)}")
    return values
