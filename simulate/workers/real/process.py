"""The program of one worker's process: meet the others, play all rounds, hand in parts."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection

import torch
import torch.distributed as dist

from roundlot.simulate.processes.messages import load_sources, unpacked
from roundlot.simulate.processes.rendezvous import loopback, meet
from roundlot.simulate.workers.real.exchange import (
    BrokenExchangeError,
    kernel_bytes,
    link_seconds,
    partners,
)
from roundlot.simulate.workers.real.lines import Ready, Reporter, Trouble, WorkerOrder
from roundlot.simulate.workers.real.rounds import WorkerRounds
from roundlot.simulate.workers.schedule_file import schedule_of

#: The process that started this one watches; gloo itself never gives up.
_PATIENCE = timedelta(days=3650).total_seconds()


def main(folder: str, rank: int, size: int, line: int, first: int) -> None:
    """Work. An interrupt is for the process that started this one, which ends all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    reporter = Reporter(line=Connection(line), parent=first)
    reporter.start()
    try:
        order: WorkerOrder = unpacked(reporter.line.recv_bytes())
        _work(order, folder, rank, size, reporter)
    except BrokenExchangeError as error:
        _tell(reporter, Trouble(what=str(error), own=False))
    except EOFError:
        pass  # the process that started this one has gone
    except Exception as error:  # whatever it is, it is told
        said = " ".join(str(error).split())
        _tell(reporter, Trouble(what=f"failed ({type(error).__name__}: {said:.400})", own=True))
    else:
        with suppress(EOFError, OSError):
            reporter.line.recv_bytes()  # until all have their parts
    os._exit(0)


def _tell(reporter: Reporter, trouble: Trouble) -> None:
    """Say it, if the process that started this one is still there; else end without gloo's own."""
    with suppress(OSError):
        reporter.say(trouble)


def _nothing() -> None:
    """For a step that has nothing to prepare."""


def _work(order: WorkerOrder, folder: str, rank: int, size: int, reporter: Reporter) -> None:
    schedule = schedule_of(order.schedule)
    step = None
    if order.step:
        load_sources(order.sources)
        step = unpacked(order.step)
        getattr(step, "prepare", _nothing)()
    with loopback():
        meet(f"file://{folder}/store", rank, size, _PATIENCE, nccl=False)
    parameters = torch.from_numpy(order.start)
    small, whole = link_seconds(partners(schedule, order.first, rank, every=True), parameters)
    dist.barrier()
    before = kernel_bytes()
    reporter.say(Ready(began=time.monotonic(), small=small, whole=whole))
    rounds = WorkerRounds(
        rank=rank,
        schedule=schedule,
        step=step,
        learning_rate=order.learning_rate,
        parameters=parameters,
        report=reporter.say,
    )
    rounds.play(order.first, order.last, order.keep_every)
    after = kernel_bytes()
    reporter.say(None if before is None or after is None else after - before)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]))
