"""Draw, test, look: batch after batch until something is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from roundlot.verify.audit_options import AuditOptions
from roundlot.verify.audit_tally import Tally
from roundlot.verify.batches import Batch, blank, cut, joined
from roundlot.verify.claims import Claims
from roundlot.verify.rounds_of import Source
from roundlot.verify.streaming import StreamingCheck

FIRST = 256
_LEAST_ROUNDS = 1_000
_BATCH_ENTRIES = 500_000
_LARGEST_BATCH = 8_192
# A design that is simulated costs something to prepare at every call, and lists no draws.
_SIMULATED = 4_096
Progress = Callable[[int, int], None]


class Rounds:
    """The rounds of an audit: where they come from, and who reads them.

    Attributes:
        listed: whether draws are listed; if not, the design is simulated without.
        done: rounds read so far.
    """

    def __init__(
        self, source: Source, claims: Claims, options: AuditOptions, *, listed: bool
    ) -> None:
        self.source, self.claims, self.options, self.listed = source, claims, options, listed
        self.done = 0
        # Drawn to see what kind of sampler this is; it counts like any other batch.
        self.first = self._first() if listed else blank(0, 0)

    def _first(self) -> Batch:
        """As many rounds as it takes to see somebody drawn."""
        batches = [self.source.take(min(FIRST, self.options.limit))]
        done = batches[0].rounds
        while not self.source.told and self.source.fault is None and done < self.options.limit:
            batches.append(self.source.take(min(done, _LARGEST_BATCH, self.options.limit - done)))
            done += batches[-1].rounds
        return batches[-1] if len(batches) == 1 else joined(batches, self.source.weighted)

    def read_until_known(
        self, planned: Sequence[StreamingCheck], tally: Tally, progress: Progress | None
    ) -> None:
        """Feed the checks until all have what they need, one refuses, or the sampler fails."""
        batch, limit = self.first, self.options.limit
        while True:
            batch = cut(batch, limit - self.done)
            for check in planned:
                check.update(batch)
            tally.update(batch)
            self.done += batch.rounds
            wanted = limit if self.options.rounds != "auto" else _wanted(planned, limit)
            if progress is not None:
                progress(self.done, wanted)
            refused = self.options.stop_early and any(check.refuted for check in planned)
            if self.source.fault or self.done >= wanted or refused:
                return
            batch = self._next(wanted - self.done, tally)

    def _next(self, most: int, tally: Tally) -> Batch:
        if not self.listed:
            return blank(self.done, min(max(self.done, _SIMULATED), most))
        return self.source.take(min(self._size(tally), most))

    def _size(self, tally: Tally) -> int:
        """Batches double, up to what fits in memory."""
        layout = self.claims.layout
        drawn = layout.n_processors if self.source.design is not None else tally.mean_draws
        wide = 1 + math.ceil(drawn) + sum(layout.dims or ())
        return max(64, min(self.done, _LARGEST_BATCH, _BATCH_ENTRIES // wide))


def _wanted(planned: Sequence[StreamingCheck], limit: int) -> int:
    most = max((check.needed() for check in planned), default=float(_LEAST_ROUNDS))
    return limit if not math.isfinite(most) else min(limit, max(_LEAST_ROUNDS, math.ceil(most)))
