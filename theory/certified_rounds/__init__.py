"""What a certified round of local steps claims of a fleet, and whether it is so, in fractions."""

from roundlot.theory.certified_rounds.chain import RoundsClaim
from roundlot.theory.certified_rounds.document import claim_in, document_of
from roundlot.theory.certified_rounds.proof import GOALS
from roundlot.theory.certified_rounds.setting import Coupling, Kind, Setting
from roundlot.theory.certified_rounds.steps import Participant, StepsClaim
from roundlot.theory.certified_rounds.steps_document import steps_document, steps_in

__all__ = [
    "GOALS",
    "Coupling",
    "Kind",
    "Participant",
    "RoundsClaim",
    "Setting",
    "StepsClaim",
    "claim_in",
    "document_of",
    "steps_document",
    "steps_in",
]
