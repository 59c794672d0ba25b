"""What a certified round of local steps claims of a fleet, and whether it is so, in fractions."""

from roundlot.theory.rounds.chain import RoundsClaim
from roundlot.theory.rounds.document import claim_in, document_of
from roundlot.theory.rounds.proof import GOALS
from roundlot.theory.rounds.setting import Coupling, Kind, Setting

__all__ = ["GOALS", "Coupling", "Kind", "RoundsClaim", "Setting", "claim_in", "document_of"]
