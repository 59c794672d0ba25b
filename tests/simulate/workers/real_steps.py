"""Steps of workers that processes of a test import by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np


def pulled(rank: int, round_: int, parameters):
    """A step of 0.1 towards the worker's rank; half the squared distance is the loss."""
    gradient = parameters - rank
    return parameters - 0.1 * gradient, float(0.5 * np.sum(gradient**2)) + rank * (round_ % 3)


def killed(rank: int, round_: int, parameters):
    """Worker 1 kills itself in round 5."""
    if (rank, round_) == (1, 5):
        os.kill(os.getpid(), signal.SIGKILL)
    return pulled(rank, round_, parameters)


def killed_once(rank: int, round_: int, parameters):
    """Worker 1 kills itself in round 5 of the first run."""
    mark = Path(os.environ["KILLED_ONCE"])
    if (rank, round_) == (1, 5) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return pulled(rank, round_, parameters)


def failing(rank: int, round_: int, parameters):
    """Worker 2 fails in round 3."""
    if (rank, round_) == (2, 3):
        raise ValueError("no such luck")
    return pulled(rank, round_, parameters)


def late(rank: int, round_: int, parameters):
    """Worker 2 sleeps in round 2."""
    if (rank, round_) == (2, 2):
        time.sleep(600.0)
    return pulled(rank, round_, parameters)


def stopped(rank: int, round_: int, parameters):
    """Worker 0 is stopped in round 2, as by a debugger."""
    if (rank, round_) == (0, 2):
        os.kill(os.getpid(), signal.SIGSTOP)
    return pulled(rank, round_, parameters)


def not_finite(rank: int, round_: int, parameters):
    """Worker 1 diverges in round 3, when a checkpoint is kept."""
    return parameters * (np.nan if (rank, round_) == (1, 3) else 1.0), 0.0
