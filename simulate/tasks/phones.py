"""What the clients train on and send over: speeds of real phones, real links, a random match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, read_only
from roundlot.simulate.tasks.shipped import shipped_column
from roundlot.theory.random_streams import PHONE, PHONE_LINK, SeededStream
from roundlot.theory.record_text import short_repr

FloatArray = npt.NDArray[np.float64]

MEDIAN_SPEED = 100.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Devices:
    """Speeds and links of ``N`` clients.

    Attributes:
        speed: ``(N,)``, samples per second.
        link: ``(N,)``, Mbit/s.
    """

    speed: FloatArray
    link: FloatArray

    __repr__ = short_repr


def devices(n_clients: int, seed: int = 0) -> Devices:
    """A phone and a link for every client, as the default fleet gives them to its speakers.

    A phone's speed is proportional to its AI-Benchmark CPU float score, 100 samples per second
    for the median phone; a link is as fast as the mean of its trace, at all times. Who owns which
    phone on which link is a random match: every row of the tables is used as often as any other.

    Raises:
        InvalidProblemError: no client, or a seed below 0.
    """
    check_count(n_clients, "n_clients", 1)
    check_count(seed, "seed", 0)
    score = shipped_column("phones.csv", "cpu_float_score")
    mbps = shipped_column("bandwidth_traces.csv", "mean_mbps")
    phone = _match(n_clients, score.size, seed, PHONE)
    link = _match(n_clients, mbps.size, seed, PHONE_LINK)
    return Devices(
        speed=read_only(MEDIAN_SPEED * score[phone] / np.median(score)),
        link=read_only(mbps[link]),
    )


def _match(n: int, size: int, seed: int, stream: SeededStream) -> npt.NDArray[np.int64]:
    """``(n,)`` rows of a list of ``size`` in random order, each as often as any other."""
    bits = stream.raw(n, seed)
    return np.resize(np.arange(size, dtype=np.int64), n)[np.argsort(bits, kind="stable")]
