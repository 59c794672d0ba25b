"""The devices of clients: speeds of real phones, real links, and who can train what.

Who can train what, and how many models at a time, follows the settings of arXiv 2504.05138.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.shipped import shipped_column
from roundlot.simulate.tasks.streams import generator
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.random_streams import ABLE, PHONE, PHONE_LINK, SeededStream
from roundlot.theory.text import short_repr

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


def _match(n: int, size: int, seed: int, stream: SeededStream) -> IntArray:
    """``(n,)`` rows of a list of ``size`` in random order, each as often as any other."""
    bits = stream.raw(n, seed)
    return np.resize(np.arange(size, dtype=np.int64), n)[np.argsort(bits, kind="stable")]


def trainable_90_10(n_clients: int, n_models: int, seed: int = 0) -> BoolArray:
    """``(N, S)`` bool: 90 % of the clients can train all models, 10 % all but one.

    The tenth is rounded down; the models that its clients miss take turns in random order.

    Raises:
        InvalidProblemError: fewer than two models, where all but one is none.
    """
    check_count(n_clients, "n_clients", 1)
    if n_models < 2:
        raise InvalidProblemError(
            f"n_models is {n_models}; a client that can train all but one needs at least 2"
        )
    rng = generator(seed, ABLE)
    able = np.ones((n_clients, n_models), dtype=bool)
    few = rng.permutation(n_clients)[: n_clients // 10]
    able[few, np.resize(rng.permutation(n_models), few.size)] = False
    return able


def processors_25_50_25(available: npt.ArrayLike, seed: int = 0) -> IntArray:
    """``(N,)``: ``B_i`` is the number of trainable models, half of it, or 1.

    A random 25 % of the clients train all their models in a round, 50 % half of them (rounded up),
    25 % one; a client that can train nothing has one processor, which stays idle.

    Args:
        available: ``(N, S)`` bool, who can train what.
        seed: fixes who is who.

    Raises:
        InvalidProblemError: a table that is not 2-d bool, or a model that nobody can train.
    """
    table = np.asarray(available)
    if table.ndim != 2 or 0 in table.shape or table.dtype != np.bool_:
        raise InvalidProblemError(
            f"available has shape {table.shape} and type {table.dtype}; give clients x models, bool"
        )
    lonely = np.flatnonzero(~table.any(axis=0))
    if lonely.size:
        raise InvalidProblemError(f"nobody can train model {lonely[0]}; let somebody, or drop it")
    n_clients, models = len(table), table.sum(axis=1)
    order = generator(seed, ABLE, 1).permutation(n_clients)
    first, last = round(n_clients / 4), n_clients - round(n_clients / 4)
    processors = np.ones(n_clients, dtype=np.int64)
    processors[order[:first]] = models[order[:first]]
    processors[order[first:last]] = (models[order[first:last]] + 1) // 2
    return np.maximum(processors, 1)
