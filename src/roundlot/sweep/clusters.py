"""Clients of a Dask cluster: of workers of this machine, or those of a scheduler somewhere else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from roundlot import __version__ as ours
from roundlot import ram, signals
from roundlot.extras import install_command
from roundlot.private import private_folder
from roundlot.sweep import credentials
from roundlot.theory import InvalidProblemError

SECONDS = 30  # to wait for a scheduler, and for its first worker
#: A cell on a worker that dies is computed once more; after that, alone and once more.
DEATHS = 1
_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://\S+:\d+/?")
_SINGLE = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_LOOPBACK = "127.0.0.1:0"  # any port that is free


@contextmanager
def local_client(workers: int, *, threads: bool = False) -> Iterator[Any]:
    """A client of so many workers on this machine: processes, or ``threads`` of this one.

    Numerics have one thread on each. Processes speak by TLS with credentials made for the occasion;
    threads do not speak by a network at all. Dask puts the workers' folders before all others that
    modules are imported from, so they are in one that no other account may enter.

    Raises:
        InvalidProblemError: Dask is not installed, or not all of what it needs.
        ConnectionError: the workers do not start.
    """
    dask, distributed = _dask()
    settings = {
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(_SINGLE, "1"),
        "distributed.scheduler.allowed-failures": DEATHS,
        # Dask starts a web server with every scheduler and worker: these have nothing to show.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        stack.enter_context(dask.config.set(settings))
        cluster = _started(
            distributed,
            n_workers=workers,
            threads_per_worker=1,
            processes=not threads,
            protocol="inproc://" if threads else "tls://",
            security=None if threads else credentials.temporary(distributed),
            dashboard_address=_LOOPBACK,
            worker_dashboard_address=_LOOPBACK if threads else None,  # None is loopback for TLS
            scheduler_kwargs={"dashboard": False},
            local_directory=str(private_folder()),
            silence_logs=logging.CRITICAL,
            preload=["roundlot.sweep.worker"],
        )
        stack.enter_context(cluster)
        yield stack.enter_context(distributed.Client(cluster))


@contextmanager
def remote_client(
    address: str, paths: Sequence[str] = (), *, tls: credentials.TlsFiles | None = None
) -> Iterator[Any]:
    """A client of a scheduler, whose workers have this roundlot and see these paths.

    Raises:
        InvalidProblemError: Dask is not installed; the address is none; a worker lacks roundlot,
            has another version of it, or does not see a path; TLS files that cannot be used.
        ConnectionError: nobody answers, or the scheduler has no workers.
    """
    security = scheduler_security(address, tls)
    _, distributed = _dask()
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        client = stack.enter_context(_connected(distributed, address, security))
        _require_workers(client, address)
        _require_version(client)
        if paths:
            _require_paths(client, paths)
        yield client


def scheduler_security(address: str, tls: credentials.TlsFiles | None) -> Any:
    """What a scheduler asks for, before anything else is done; warns of one that asks for nothing.

    Raises:
        InvalidProblemError: Dask is not installed; the address is none; TLS files that cannot be
            used, or are missing.
    """
    if not _ADDRESS.fullmatch(address):
        raise InvalidProblemError(
            f"scheduler is {address!r}; give an address such as tls://10.0.0.1:8786"
        )
    return credentials.remote(_dask()[1], address, tls)


def _started(distributed: Any, **options: Any) -> Any:
    """A cluster of this machine.

    Raises:
        ConnectionError: its workers do not start.
    """
    try:
        return distributed.LocalCluster(**options)
    except (RuntimeError, OSError, TimeoutError) as error:
        if ram.is_short(error):
            raise
        raise ConnectionError(
            "the workers did not start: one was killed or took too long; try again, with fewer "
            "--workers, or compute in this process with --workers 0"
        ) from error


def _connected(distributed: Any, address: str, security: Any) -> Any:
    try:
        return distributed.Client(address, timeout=SECONDS, set_as_default=False, security=security)
    except (OSError, TimeoutError, ValueError) as error:
        theirs = " with these TLS files" if security.require_encryption else ""
        raise ConnectionError(
            f"no scheduler answers at {address}{theirs}; start one (dask scheduler) or leave "
            "--scheduler out"
        ) from error


def _require_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError as error:
        raise ConnectionError(
            f"the scheduler at {address} has no workers; start some: dask worker {address}"
        ) from error


def _require_version(client: Any) -> None:
    """The package's own metadata, by a function of the standard library: it is on every worker."""
    for worker, theirs in client.run(version, "roundlot", on_error="return").items():
        if isinstance(theirs, Exception):
            raise InvalidProblemError(
                f"worker {worker} has no roundlot; install {ours} there too, from a clone "
                f"(pip install .) or from its wheel (make wheel, then pip install FILE)"
            )
        if theirs != ours:
            raise InvalidProblemError(
                f"worker {worker} has roundlot {theirs}, this is {ours}; install the same"
            )


def _require_paths(client: Any, paths: Sequence[str]) -> None:
    for worker, missing in client.run(missing_paths, list(paths)).items():
        if missing:
            raise InvalidProblemError(
                f"worker {worker} does not see {missing[0]}, which a setup of training reads; "
                "put it on a shared file system under this name"
            )


def missing_paths(paths: Sequence[str]) -> list[str]:
    """Those that are not there; asked of every worker."""
    return [path for path in paths if not Path(path).exists()]


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError as error:
        raise InvalidProblemError(
            f"workers need Dask: {install_command('dask')}; or compute in this process with "
            "--workers 0"
        ) from error
    return dask, distributed


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing from Dask's loggers: what concerns the sweep, the sweep says."""
    names = ("distributed", "distributed.nanny", "distributed.scheduler", "distributed.client")
    others = ("distributed.core", "tornado", "asyncio")
    loggers = [logging.getLogger(name) for name in (*names, *others)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        if not signals.received():  # what is cut off may speak until the program has ended
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
