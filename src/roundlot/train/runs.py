"""One run of a training: read from the folder that keeps it, or trained and kept there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from roundlot.simulate.runs.history import RunHistory
from roundlot.train.folder import checkpoint_path, run_path

AnyHistory = TypeVar("AnyHistory", bound=RunHistory)


def kept_or_trained(
    folder: Path | None,
    method: str,
    seed: int,
    *,
    load: Callable[[Path], AnyHistory],
    train: Callable[[Path | None], AnyHistory],
) -> AnyHistory:
    """The run of a method with a seed.

    Args:
        folder: where completed runs are kept; None trains and keeps nothing.
        method: its name in the setup.
        seed: of the run.
        load: reads a run, and refuses one that does not fit.
        train: trains, with a checkpoint at the path it is given.
    """
    if folder is None:
        return train(None)
    kept = run_path(folder, method, seed)
    if kept.exists():
        return load(kept)
    resumable = checkpoint_path(folder, method, seed)
    history = train(resumable)
    history.save(kept)
    with suppress(FileNotFoundError):
        resumable.unlink()
    return history
