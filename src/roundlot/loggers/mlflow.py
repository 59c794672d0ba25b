"""MLflow: a run of an experiment, in whatever store a tracking address names."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from roundlot.folders.checks import check_file
from roundlot.folders.growing import flat
from roundlot.loggers.background import FINAL, BackgroundLogger, RunLog, require_package
from roundlot.simulate.runs.callbacks import RunPoint, RunStart

KEY = "roundlot.key"
# What MLflow takes in one call, and in one text.
MOST_METRICS, MOST_SETTINGS, MOST_NAME, MOST_TEXT = 1000, 100, 250, 5000


class MLflowLogger(BackgroundLogger):
    """Logs metrics and parameters to MLflow's tracking.

    Args:
        where: the tracking address, such as "sqlite:///mlflow.db" or "http://127.0.0.1:5000"; that
            of MLflow's own settings (MLFLOW_TRACKING_URI) by default.
        experiment: its name; the setup's name by default.

    MLflow takes letters, digits and ``_-. /`` in names: others become ``_``. Values are float64.

    Raises:
        InvalidProblemError: MLflow is not installed.
    """

    def __init__(self, where: str | None = None, *, experiment: str | None = None) -> None:
        require_package("mlflow", "MLflow")
        self.where, self.experiment = where, experiment

    def open(self, run: RunStart) -> RunLog:
        """The run in the store, new or as it is there."""
        from mlflow import MlflowClient

        for name in ("mlflow", "alembic"):  # which tell of every table that they make
            logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # it raises the same
        _require_place(self.where)
        client = MlflowClient(self.where)
        key = sha256(run.key.encode()).hexdigest()  # whatever a key has in it, a filter takes this
        experiment = _experiment(client, self.experiment or run.group)
        there = client.search_runs(
            [experiment], filter_string=f"tags.`{KEY}` = '{key}'", max_results=1
        )
        if not there:
            tags = {KEY: key, "mlflow.source.name": "roundlot"}
            made = client.create_run(experiment, run_name=run.name, tags=tags)
            log = _TrackedRun(client=client, run_id=made.info.run_id)
            log.configure({"method": run.method, "seed": run.seed} | flat(run.settings))
            return log
        log = _TrackedRun(client=client, run_id=there[0].info.run_id)
        log.go_on(there[0].data.metrics)
        return log


def _require_place(where: str | None) -> None:
    """Refuse now a database that cannot be written: MLflow would try for minutes.

    Raises:
        OSError: names the place, with the cure.
    """
    import mlflow

    address = mlflow.get_tracking_uri() if where is None else where
    kind, found, path = address.partition("sqlite:///")
    if found and not kind:
        check_file(path.partition("?")[0])


def _experiment(client: Any, name: str) -> str:
    there = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if there is None else there.experiment_id)


@dataclass(kw_only=True, eq=False)
class _TrackedRun(RunLog):
    client: Any
    run_id: str
    _last: dict[str, int] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _round: int = 0

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Log the parameters of a new run."""
        from mlflow.entities import Param

        names: dict[str, str] = {}
        listed = [
            Param(_named(name, names), str(value)[:MOST_TEXT]) for name, value in settings.items()
        ]
        for first in range(0, len(listed), MOST_SETTINGS):
            some = listed[first : first + MOST_SETTINGS]
            self.client.log_batch(self.run_id, params=some)

    def go_on(self, metrics: Mapping[str, float]) -> None:
        """Look how far each metric of the run got."""
        for name in metrics:
            history = self.client.get_metric_history(self.run_id, name)
            self._last[name] = max(one.step for one in history)
        self.client.update_run(self.run_id, status="RUNNING")

    def write(self, points: Sequence[RunPoint]) -> None:
        """Log what no metric has yet."""
        self._log([(point.round, point.values) for point in points])
        self._round = points[-1].round

    def finish(self, summary: Mapping[str, float]) -> None:
        """Log the figures at the end."""
        named = {FINAL + name: value for name, value in summary.items()}
        self._log([(self._round, named)])
        self.client.set_terminated(self.run_id, status="FINISHED")

    def stop(self, error: BaseException) -> None:
        """Keep the error as a tag."""
        said = f"{type(error).__name__}: {error}"[:MOST_TEXT]
        self.client.set_tag(self.run_id, "roundlot.error", said)
        status = "FAILED" if isinstance(error, Exception) else "KILLED"
        self.client.set_terminated(self.run_id, status=status)

    def _log(self, rows: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        import time

        from mlflow.entities import Metric

        now, metrics = int(time.time() * 1000), []
        for step, values in rows:
            for name, value in values.items():
                named = _named(name, self._names)
                if step > self._last.get(named, -1):
                    metrics.append(Metric(named, value, now, step))
                    self._last[named] = step
        for first in range(0, len(metrics), MOST_METRICS):
            self.client.log_batch(self.run_id, metrics=metrics[first : first + MOST_METRICS])


def _named(name: str, known: dict[str, str]) -> str:
    """A name that MLflow takes; two that become alike get a number."""
    if name not in known:
        parts = [re.sub(r"[^\w .-]", "_", part, flags=re.ASCII) for part in name.split("/", 1)]
        safe = "/".join(part if part.strip(". ") else f"_{part}" for part in parts)[:MOST_NAME]
        taken = {other.casefold() for other in known.values()}
        free = (safe if k == 1 else f"{safe[: MOST_NAME - 6]} {k}" for k in count(1))
        known[name] = next(one for one in free if one.casefold() not in taken)
    return known[name]
