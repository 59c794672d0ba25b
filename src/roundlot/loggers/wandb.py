"""Weights & Biases: a run of a project, online, or offline to be synchronised later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from roundlot.files import write_text
from roundlot.folders.growing import plain
from roundlot.loggers.background import FINAL, BackgroundLogger, RunLog, require_package
from roundlot.loggers.wandb_files import written
from roundlot.simulate.runs.callbacks import RunPoint, RunStart
from roundlot.theory.plain_files import text_in


class WandbLogger(BackgroundLogger):
    """Logs history, config and summary to Weights & Biases.

    Args:
        where: "project" or "entity/project"; the setup's name is the project by default.
        folder: in which ``wandb/`` is made; that of WANDB_DIR, or the current one, by default.

    Whether runs are sent is for Weights & Biases' own settings to say: with ``WANDB_MODE=offline``
    they stay in the folder until ``wandb sync``.

    Raises:
        InvalidProblemError: wandb is not installed.
    """

    def __init__(
        self, where: str | None = None, *, folder: str | os.PathLike[str] | None = None
    ) -> None:
        require_package("wandb", "Weights & Biases")
        self.where = where
        self.folder = Path(os.environ.get("WANDB_DIR", ".") if folder is None else folder)

    def open(self, run: RunStart) -> RunLog:
        """The run, new or gone on with."""
        entity, _, project = (self.where or "").rpartition("/")
        identity = sha256(run.key.encode()).hexdigest()[:16]
        mark = self.folder / "wandb" / f"roundlot-{identity}.json"
        mark.parent.mkdir(parents=True, exist_ok=True)
        settings = {
            "dir": str(self.folder),
            "entity": entity or None,
            "project": project or _project(run.group),
            "id": identity,
            "name": run.name,
            "group": run.group[:128],
            "config": {"method": run.method, "seed": run.seed, **plain(run.settings)},
        }
        return _WandbRun(settings=settings, mark=mark)


def _project(name: str) -> str:
    """A name that a project may have."""
    return "".join("-" if char in "/\\#?%:" else char for char in name)[:128]


@dataclass(kw_only=True, eq=False)
class _WandbRun(RunLog):
    settings: Mapping[str, Any]
    mark: Path
    _run: Any = None
    _last: int = -1
    _is_finished: bool = False
    _opened_before: int = 0  # how often it was opened offline: so many folders it has

    def __post_init__(self) -> None:
        """Look how far it got: offline, nobody else could say.

        A mark is written after a row, so a process that is killed may have written one row more, or
        its machine one less: the files themselves know, unless somebody took them away.
        """
        is_closed = False
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(text_in(self.mark))
            self._last, self._is_finished = int(kept["round"]), bool(kept["finished"])
            self._opened_before, is_closed = int(kept["opened"]), bool(kept["closed"])
        name = self.settings["id"]
        files = sorted(self.mark.parent.glob(f"offline-run-*-{name}/run-{name}.wandb"))
        if files and len(files) >= self._opened_before and not (is_closed or self._is_finished):
            found = written(files)
            self._last, self._is_finished = found.last, found.is_finished

    def write(self, points: Sequence[RunPoint]) -> None:
        """A row of the run's history for every point that it does not have."""
        for point in points:
            if point.round > self._last:
                run = self._opened()  # which may know of later rounds
            if point.round > self._last:
                run.log(dict(point.values), step=point.round, commit=True)
                self._last = point.round
                self._keep()

    def finish(self, summary: Mapping[str, float]) -> None:
        """The figures at the end, in the run's summary."""
        if self._is_finished:
            return
        named = {FINAL + name: value for name, value in summary.items()}
        self._opened().summary.update(named)
        self._run.finish()
        self._is_finished = True
        self._keep()

    def stop(self, error: BaseException) -> None:
        """The error, in the run's summary."""
        if self._is_finished:
            return
        self._opened().summary["error"] = f"{type(error).__name__}: {error}"
        self._run.finish(exit_code=1)
        self._keep(is_closed=True)

    def _opened(self) -> Any:
        if self._run is None:
            import wandb

            self._run = wandb.init(
                **self.settings,
                resume="allow",
                reinit="create_new",  # whatever run of the user's is open
                settings=wandb.Settings(
                    console="off", silent=True, disable_git=True, disable_code=True
                ),
            )
            if self._run.offline:
                self._opened_before += 1
                self._keep()
            else:  # then the server knows better
                self._last = max(self._last, self._run.starting_step - 1)
        return self._run

    def _keep(self, *, is_closed: bool = False) -> None:
        kept = {
            "round": self._last,
            "finished": self._is_finished,
            "opened": self._opened_before,
            "closed": is_closed,
        }
        write_text(self.mark, json.dumps(kept))
