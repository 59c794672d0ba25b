"""What a reader should know of the laws that were used."""

from __future__ import annotations

import math

from roundlot.solvers.stragglers import BestDeadline, RoundLaw
from roundlot.solvers.stragglers.counts import SampledCounts
from roundlot.straggle.settings import StraggleSettings

RARE = 1e-9


def law_notes(
    laws: tuple[RoundLaw, ...], best: BestDeadline, settings: StraggleSettings
) -> tuple[str, ...]:
    """Seconds of a round, rounds in which nobody finishes, errors of samples and lattices."""
    notes = [f"{law.rule.name}: a round takes {law.seconds}" for law in laws]
    for law in laws:
        if law.counts.chance_of_nobody > RARE:
            chance = float(law.counts.chance_of_nobody)
            notes.append(
                f"{law.rule.name}: nobody finishes anything in {chance:.2g} of the rounds; these "
                "make no step, and that counts as bias and as time"
            )
        if isinstance(law.counts, SampledCounts):
            error = law.counts.error / settings.unit
            notes.append(
                f"{law.rule.name}: from a sample, E[1/N] with a standard error {error:.1g}"
            )
        elif law.counts.error:
            notes.append(
                f"{law.rule.name}: chances from a lattice, each within {law.counts.error:.1g}"
            )
    if math.isinf(best.seconds):
        notes.append("to wait for everybody is best here")
    if settings.model == "empirical":
        notes.append("every worker is a device of the fleet, drawn afresh: all have the same law")
    return tuple(notes)
