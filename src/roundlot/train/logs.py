"""What the callbacks of a training are told of each of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roundlot.folders.growing import flat, plain
from roundlot.simulate.runs.callbacks import (
    Callback,
    Described,
    Guarded,
    RunStart,
    guarded,
    tell_again,
)
from roundlot.simulate.runs.history import RunHistory
from roundlot.train.setup import MethodsSetup

#: Sections that say which runs there are; a run's own settings are what is left.
_OF_SEVERAL = ("methods", "full", "log")


@dataclass(frozen=True, kw_only=True)
class TrainingLogs:
    """The callbacks of all runs of a training.

    Attributes:
        setup: of the training.
        key: of the training, kept in its folder.
        guards: its callbacks; one that fails is left out of the runs after it, too.
    """

    setup: MethodsSetup[Any, Any]
    key: str
    guards: Sequence[Guarded]

    def callbacks(self, method: Any, seed: int) -> tuple[Described, ...]:
        """Those of one run of a method, named by its source."""
        run = self._start(method, seed)
        return tuple(Described(guard=guard, run=run) for guard in self.guards)

    def tell_again(self, method: Any, seed: int, history: RunHistory) -> None:
        """Tell of a run that was completed before."""
        tell_again(self.guards, self._start(method, seed), history)

    def _start(self, method: Any, seed: int) -> RunStart:
        document = self.setup.document
        settings = {name: value for name, value in document.items() if name not in _OF_SEVERAL}
        own = {f"method.{name}": value for name, value in method.settings.items()}
        return RunStart(
            key=f"{self.key}/{method.name}/{seed}",
            name=f"{method.name}-seed{seed}",
            group=self.setup.name or "roundlot",
            method=method.name,
            seed=seed,
            settings=flat(plain(settings)) | {"method.kind": method.method} | plain(own),
        )


def opened_logs(
    setup: MethodsSetup[Any, Any], callbacks: Sequence[Callback]
) -> tuple[Guarded, ...]:
    """The callbacks, with the loggers that the setup names.

    Raises:
        InvalidProblemError: a logger's package is not installed.
    """
    return guarded((*callbacks, *setup.log.loggers()))
