"""TensorBoard: a folder of event files a run, a point an event."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from socket import gethostname
from typing import Any

from roundlot.files import write_text
from roundlot.folders.growing import flat, plain
from roundlot.loggers.background import FINAL, BackgroundLogger, RunLog, require_package
from roundlot.simulate.runs.callbacks import RunPoint, RunStart
from roundlot.theory.json_text import dumps
from roundlot.theory.plain_files import text_in
from roundlot.user_text import file_name

VERSION = "brain.Event:2"  # of event files; the first event says it
KEY = "roundlot.json"  # beside the event files: which run they are of


class TensorBoardLogger(BackgroundLogger):
    """Writes scalars, hyperparameters and the setup as ``tensorboard --logdir`` shows them.

    Args:
        folder: of all runs; each gets ``folder/group/name``, with a number if that is of another.

    Scalars are float32, as TensorBoard keeps them. Nothing of TensorFlow is needed.

    Raises:
        InvalidProblemError: TensorBoard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str] = "runs") -> None:
        require_package("tensorboard", "TensorBoard")
        self.folder = Path(folder)

    def open(self, run: RunStart) -> RunLog:
        """The event files of a run."""
        place = _place(self.folder / file_name(run.group) / file_name(run.name), run.key)
        return _EventFiles(place=place, run=run)


def _place(wanted: Path, key: str) -> Path:
    """The folder of the run with this key: the one it has, or the first name that is free."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        place = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with suppress(FileExistsError):
            place.mkdir()
            write_text(place / KEY, json.dumps({"key": key}))
            return place
        if _key(place) == key:
            return place
    raise AssertionError("counting ends")  # pragma: no cover


def _key(place: Path) -> str | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(text_in(place / KEY))["key"])
    return None


@dataclass(kw_only=True, eq=False)
class _EventFiles(RunLog):
    place: Path
    run: RunStart
    _last: int = -1
    _is_finished: bool = False
    _writer: Any = field(default=None)

    def __post_init__(self) -> None:
        self._last, self._is_finished = _written(self.place)

    def write(self, points: Sequence[RunPoint]) -> None:
        """One event a point: it is there whole or not at all."""
        for point in points:
            if point.round > self._last:
                self._add(_scalars(point.values), point.round)
                self._last = point.round
        if self._writer is not None:
            self._writer.flush()

    def finish(self, summary: Mapping[str, float]) -> None:
        """The figures as scalars after the last round."""
        if not self._is_finished:
            named = {FINAL + name: value for name, value in summary.items()}
            self._add(_scalars(named), max(self._last, 0))
            self._add(_session_end(failed=False), 0)
        self._close()

    def stop(self, error: BaseException) -> None:
        """The error as a text."""
        if not self._is_finished:
            self._add(_text("stopped", f"{type(error).__name__}: {error}"), max(self._last, 0))
            self._add(_session_end(failed=True), 0)
        self._close()

    def _add(self, summary: Any, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        if self._writer is None:
            self._writer = _new_file(self.place)
            if self._last < 0:
                self._add(_session_start(self.run), 0)
                document = dumps(plain(self.run.settings), indent=1)
                indented = "\n".join(f"    {line}" for line in document.splitlines())
                self._add(_text("setup", indented), 0)
        event = Event(wall_time=time.time(), step=step, summary=summary)
        self._writer.write(event.SerializeToString())

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _new_file(place: Path) -> Any:
    """A new event file, to be written in this thread.

    TensorBoard's own writer has a thread of its own, which prints a traceback when a disk is full.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    stem = f"events.out.tfevents.{int(time.time()):010d}.{gethostname()}.{os.getpid()}"
    for number in count():
        with suppress(FileExistsError):
            writer = RecordWriter((place / f"{stem}.{number}").open("xb"))
            writer.write(Event(wall_time=time.time(), file_version=VERSION).SerializeToString())
            return writer
    raise AssertionError("counting ends")  # pragma: no cover


def _written(place: Path) -> tuple[int, bool]:
    """The last round whose scalars are there, -1 for none, and whether the figures at the end are.

    What a killed process was writing last is cut off, and not read.
    """
    last, finished = -1, False
    for path in sorted(place.glob("*tfevents*")):
        for event in _events(path):
            tags = [value.tag for value in event.summary.value]
            finished |= any(tag.startswith(FINAL) for tag in tags)
            if any(value.HasField("simple_value") for value in event.summary.value):
                last = max(last, event.step)
    return last, finished


def _events(path: Path) -> Iterator[Any]:
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    for record in RawEventFileLoader(str(path)).Load():
        yield Event.FromString(record)


def _scalars(values: Mapping[str, float]) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(
        value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    )


def _text(tag: str, content: str) -> Any:
    """A text as the tab of texts shows it, in Markdown."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.text.metadata import create_summary_metadata

    value = Summary.Value(
        tag=tag,
        metadata=create_summary_metadata(display_name="", description=""),
        tensor=TensorProto(dtype=DT_STRING, string_val=[content.encode("utf-8", "replace")]),
    )
    return Summary(value=[value])


def _session_start(run: RunStart) -> Any:
    """Hyperparameters, as the tab of hyperparameters compares runs by them."""
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    settings = {"method": run.method, "seed": run.seed} | flat(run.settings)
    kinds = (str, bool, int, float)
    named = {
        name: value if isinstance(value, kinds) else str(value) for name, value in settings.items()
    }
    return hparams_pb(named, trial_id=run.key)


def _session_end(*, failed: bool) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_FAILURE if failed else api_pb2.STATUS_SUCCESS
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    described = metadata.create_summary_metadata(
        plugin_data_pb2.HParamsPluginData(session_end_info=info)
    )
    tag = metadata.SESSION_END_INFO_TAG
    return Summary(value=[Summary.Value(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)])
