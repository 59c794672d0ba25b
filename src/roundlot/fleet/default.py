"""The default fleet: real speakers, real phones, real links, joined by a declared random match."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.data import data_bytes
from roundlot.fleet.fleet import Fleet
from roundlot.theory.random_streams import PHONE, PHONE_LINK, SeededStream

if TYPE_CHECKING:
    import polars as pl

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COMMANDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
MODELS = ("digits", "commands", "words")
MEDIAN_SPEED = 100.0

_ASSUMPTIONS = (
    "which speaker owns which phone on which link is a random match with seed {seed}: every phone "
    "and every trace of the lists is used as often as any other",
    "a phone trains 1 model per round below 4 GB of memory, 2 below 8 GB, 3 from 8 GB on, and "
    "never more than its owner holds data for",
    "a phone's training speed is proportional to its AI-Benchmark CPU float score; the median "
    "phone of the list trains 100 samples per second",
    "a link is as fast as the mean of its trace, at all times",
)


def speech_commands_fleet(*, seed: int = 0) -> Fleet:
    """The 2,187 speakers of Speech Commands with three models: digits, commands and other words.

    ``seed`` decides who owns which phone on which link, and nothing else; the choices made are in
    ``assumptions``. Sources and licences: ``roundlot/data/README.md``.
    """
    counts, labels, clients = _recordings()
    model = np.array([_model_of(word) for word in labels], dtype=np.int64)
    samples = np.stack([counts[:, model == s].sum(axis=1) for s in range(len(MODELS))], axis=1)
    memory, score = _phones()
    phone = _match(len(clients), memory.size, seed, stream=PHONE)
    mbps = _links()
    return Fleet(
        name="speech-commands",
        clients=clients,
        models=MODELS,
        samples=samples,
        processors=np.minimum(models_at_once(memory[phone]), (samples > 0).sum(axis=1)),
        speed=MEDIAN_SPEED * score[phone] / np.median(score),
        link=mbps[_match(len(clients), mbps.size, seed, stream=PHONE_LINK)],
        label_counts=counts,
        label_names=labels,
        label_model=model,
        assumptions=tuple(text.format(seed=seed) for text in _ASSUMPTIONS),
    )


def models_at_once(memory_gb: npt.ArrayLike) -> IntArray:
    """How many models a phone with this much memory trains in one round: 1, 2 or 3."""
    memory = np.asarray(memory_gb)
    return 1 + (memory >= 4).astype(np.int64) + (memory >= 8)


def _model_of(word: str) -> int:
    return 0 if word in DIGITS else 1 if word in COMMANDS else 2


def _match(n: int, size: int, seed: int, *, stream: SeededStream) -> IntArray:
    """``(n,)`` rows of a list of ``size``, in random order, each as often as any other.

    Raw generator output, because NumPy promises that it never changes between versions.
    """
    bits = stream.raw(n, seed)
    return np.resize(np.arange(size, dtype=np.int64), n)[np.argsort(bits, kind="stable")]


@cache
def _recordings() -> tuple[IntArray, tuple[str, ...], tuple[str, ...]]:
    frame = _frame("speech_commands_clients.csv")
    clients = tuple(map(str, frame["client"].to_list()))
    words = frame.drop("client")
    return words.to_numpy().astype(np.int64), tuple(words.columns), clients


@cache
def _phones() -> tuple[FloatArray, FloatArray]:
    frame = _frame("phones.csv")
    memory = frame["ram_gb"].to_numpy().astype(np.float64)
    return memory, frame["cpu_float_score"].to_numpy().astype(np.float64)


@cache
def _links() -> FloatArray:
    return np.asarray(_frame("bandwidth_traces.csv")["mean_mbps"].to_numpy(), dtype=np.float64)


def _frame(name: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_csv(BytesIO(data_bytes(name)))
