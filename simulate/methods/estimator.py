"""Whether a method's step is unbiased: told from how it weighs, whom it draws, what it remembers.

A step is unbiased for the full one if everybody with data can be drawn, those drawn weigh their
data over the chance to be drawn (or nobody is drawn at all), and what is remembered was fixed
before the draw and is corrected by those drawn. Each way out of that is a bias with a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """How a step is put together.

    Attributes:
        weighs: data over "probability" (Horvitz-Thompson), over the expected number of "draws"
            (with replacement), as it is because "everybody" is heard, over the data of "those
            drawn", or over their "number".
        tilt: what moves weight from data to something else, in words; "" if nothing does.
        never: who has something to say and is never drawn, in words; "" if nobody.
        memory: updates of earlier rounds: "none"; "corrected", fixed before the draw and replaced
            by the news of those drawn; or "instead" of what this round would bring.
        over: what the mean is taken over besides the draw; "" for the draw alone.
    """

    weighs: Literal["probability", "draws", "everybody", "those drawn", "number"] = "probability"
    tilt: str = ""
    never: str = ""
    memory: Literal["none", "corrected", "instead"] = "none"
    over: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """Why its mean is not the full step; none if it is."""
        weighs = {
            "those drawn": "divides by the data of those drawn",
            "number": "a plain mean over those drawn",
        }
        memory = {"instead": "updates of earlier rounds stand for this round's"}
        found = (memory.get(self.memory, ""), self.never, self.tilt, weighs.get(self.weighs, ""))
        return tuple(fault for fault in found if fault)

    @property
    def label(self) -> str:
        """ "unbiased", over what if over more than the draw, or "biased: " and the first fault."""
        if self.faults:
            return f"biased: {self.faults[0]}"
        return f"unbiased over {self.over}" if self.over else "unbiased"


#: Data over the chance to be drawn, everybody can be, nothing is remembered.
HORVITZ_THOMPSON = Estimator()
#: The same for the part of the update that was not remembered.
CORRECTED = Estimator(memory="corrected")


class Labelled:
    """A method whose label follows from its estimator."""

    estimator: ClassVar[Estimator] = HORVITZ_THOMPSON

    def put_together(self) -> Estimator:
        """The estimator with these settings."""
        return self.estimator

    @property
    def label(self) -> str:
        """ "unbiased", or "biased: " and why, of the step against the full one, on average."""
        return self.put_together().label
