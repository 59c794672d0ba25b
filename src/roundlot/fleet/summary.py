"""A fleet in one readable page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.fleet.fleet import Fleet
from roundlot.theory.text import plural
from roundlot.user_text import cells, padded, printable, share_of

Spread = tuple[float, float, float]
_ALIGNED = 24  # columns of a name; what stands behind a longer one is not in line


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetSummary:
    """What a fleet is made of; ``str()`` is a page of text. Spreads are (least, median, most)."""

    name: str
    models: tuple[str, ...]
    n_clients: int
    n_processors: int
    clients_per_model: tuple[int, ...]
    samples_per_model: tuple[int, ...]
    processors_per_client: dict[int, int]
    models_per_client: dict[int, int]
    samples_per_client: Spread
    gini: float
    speed: Spread | None
    link: Spread | None
    assumptions: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.n_clients:,} {plural(self.n_clients, 'client')}, "
            f"{self.n_processors:,} {plural(self.n_processors, 'processor')}, "
            f"{len(self.models)} {plural(len(self.models), 'model')}",
            f"  samples per client   {_spread(self.samples_per_client)}, Gini {self.gini:.3f}",
            f"  models at once       {_shares(self.processors_per_client, 'at once', 'at once')}",
            f"  models with data     {_shares(self.models_per_client, 'model', 'models')}",
        ]
        if self.speed is not None:
            lines.append(f"  speed (samples/s)    {_spread(self.speed)}")
        if self.link is not None:
            lines.append(f"  link (Mbit/s)        {_spread(self.link)}")
        names = [printable(model) for model in self.models]
        width = min(max(map(cells, names)), _ALIGNED)
        per_model = zip(names, self.clients_per_model, self.samples_per_model, strict=True)
        lines += [
            f"  model {padded(model, width)}  {clients:,} {plural(clients, 'client')} "
            f"({share_of(clients, self.n_clients)}) {plural(clients, 'holds', 'hold')} {samples:,} "
            f"{plural(samples, 'sample')}"
            for model, clients, samples in per_model
        ]
        return "\n".join(lines + [f"  assumed: {text}" for text in self.assumptions])


def describe(fleet: Fleet) -> FleetSummary:
    """The figures that tell what ``fleet`` is like."""
    per_client = fleet.samples.sum(axis=1)
    return FleetSummary(
        name=fleet.name,
        models=fleet.models,
        n_clients=fleet.n_clients,
        n_processors=fleet.n_processors,
        clients_per_model=tuple(fleet.available.sum(axis=0).tolist()),
        samples_per_model=tuple(fleet.samples.sum(axis=0).tolist()),
        processors_per_client=_histogram(fleet.processors),
        models_per_client=_histogram(fleet.available.sum(axis=1)),
        samples_per_client=spread(per_client),
        gini=gini(per_client),
        speed=None if fleet.speed is None else spread(fleet.speed),
        link=None if fleet.link is None else spread(fleet.link),
        assumptions=fleet.assumptions,
    )


def gini(values: npt.ArrayLike) -> float:
    """Gini coefficient of non-negative ``values``: 0 if all are equal, towards 1 if one has all.

    Args:
        values: ``(n,)``, at least 0.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    rank = 2.0 * np.arange(1, n + 1) - n - 1
    return float(rank @ ordered / (n * ordered.sum()))


def spread(values: npt.ArrayLike) -> Spread:
    """Least, median and most."""
    array = np.asarray(values, dtype=np.float64)
    return float(array.min()), float(np.median(array)), float(array.max())


def _histogram(values: npt.NDArray[np.int64]) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _spread(values: Spread) -> str:
    least, median, most = values
    return f"{least:,.4g} / {median:,.4g} / {most:,.4g} (least / median / most)"


def _shares(histogram: dict[int, int], one: str, several: str) -> str:
    total = sum(histogram.values())
    return ", ".join(
        f"{k} {plural(k, one, several)}: {n:,} ({share_of(n, total)})" for k, n in histogram.items()
    )
