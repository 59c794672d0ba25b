"""The folder that training writes: completed runs are kept, and read instead of trained again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from roundlot.folders.growing import LOCK, GrowingFolder, flat, plain
from roundlot.simulate import training
from roundlot.simulate.engines.timed_choice import Choice
from roundlot.simulate.runs.archive import read_archive
from roundlot.simulate.runs.callbacks import new_key
from roundlot.simulate.training.engine_choices import kept_choices
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.train.sources import read_methods
from roundlot.user_text import file_name

if TYPE_CHECKING:
    from roundlot.simulate.runs.history import RunHistory
    from roundlot.simulate.training import Bench

SETUP, RESULT, PAGE, RUNS = "setup.json", "result.json", "index.html", "runs"
STATES = "states"  # where runs ended, to go on from
_ROUNDS = "run.rounds"
MOST_ROUNDS = 2**53  # of a run that more rounds would not change
_SEED, _BEGUN = r"-seed(\d+)\.npz", r"-seed\d+\.checkpoint\.npz"
#: What a resumed training may change beside more rounds: more seeds and other methods.
_FREE = ("run.seeds", "run.baseline", "run.confidence", "run.checkpoint_every", "about", "log.to")

#: Of every method: its formula and its settings, those by default, too, in words.
Steps = Mapping[str, Mapping[str, str]]

AnyHistory = TypeVar("AnyHistory", bound="RunHistory")


def training_folder(path: str | Path) -> GrowingFolder:
    """A place for a training."""
    return GrowingFolder(
        path=Path(path),
        noun="training",
        verb="trains",
        head_name=SETUP,
        formats=("roundlot.train/1",),
        started=_is_started,
    )


@contextmanager
def opened(
    folder: Path,
    document: Mapping[str, Any],
    *,
    resume: bool,
    steps: Steps | None = None,
    files: Mapping[str, str] | None = None,
) -> Iterator[Path]:
    """The folder, new or of an earlier training of the same setup, for this process alone.

    Args:
        folder: of the training.
        document: the setup.
        resume: whether an earlier training goes on.
        steps: how methods step, by their names in the setup; kept runs must have stepped so.
        files: marks of the files that the setup names; they must say what they said.

    Raises:
        FileExistsError: an earlier training without ``resume``; something else is in the way;
            another process trains into the folder now.
        InvalidProblemError: an earlier training of another setup, by other steps or from other
            files; names what differs.
        OSError: the place cannot be written.
    """
    place, new = training_folder(folder), not folder.exists()
    with place.owned(resume=resume) as earlier, _emptied_if_nothing_is_kept(folder, new=new):
        (folder / RUNS).mkdir(exist_ok=True)
        setup: Mapping[str, Any] = document
        known = {} if steps is None else dict(steps)
        marks = {} if files is None else dict(files)
        if earlier is not None:
            before = earlier.get("steps", {})
            _require_current(earlier, document, folder, plain(known), marks)
            marks = {**earlier.get("files", {}), **marks}
            setup, known = _with_methods_of(earlier["setup"], document), {**before, **known}
        place.write_head(setup=setup, steps=known, files=marks, key=_key(place, document))
        yield folder


def require_kept(
    folder: Path, document: Mapping[str, Any], *, steps: Steps, files: Mapping[str, str]
) -> None:
    """Refuse what `opened` would refuse to go on with, without opening the folder.

    Raises:
        FileExistsError: the folder is of something else.
        InvalidProblemError: an earlier training of another setup, by other steps or from other
            files; names what differs.
    """
    head = training_folder(folder).head()
    _require_current(head, document, folder, plain(dict(steps)), files)


def _require_current(
    head: Mapping[str, Any],
    document: Mapping[str, Any],
    folder: Path,
    steps: Steps,
    files: Mapping[str, str],
) -> None:
    _require_same(head["setup"], document, folder)
    _require_files(head.get("files", {}), files, folder)
    _require_steps(head.get("steps", {}), steps, folder)


def training_key(folder: Path) -> str:
    """What a training is known by to those who log it, wherever its folder lies."""
    return str(training_folder(folder).head()["key"])


def run_path(folder: Path, method: str, seed: int) -> Path:
    """Where the history of one run is kept."""
    return folder / RUNS / f"{file_name(method)}-seed{seed}.npz"


def checkpoint_path(folder: Path, method: str, seed: int) -> Path:
    """Where one run goes on from, until it is complete."""
    return run_path(folder, method, seed).with_suffix(".checkpoint.npz")


def rounds_kept(folder: Path | None, method: str, seed: int) -> int:
    """How many rounds the kept run of a method with a seed has; 0 if there is none.

    One all of whose models have stopped is complete however many rounds are asked for.

    Raises:
        InvalidProblemError: a file that is no history.
    """
    if folder is None or not (kept := run_path(folder, method, seed)).exists():
        return 0
    arrays = read_archive(kept, "a history")
    seconds, stopped = arrays.get("seconds"), arrays.get("stopped")
    if stopped is not None and (stopped >= 0).all():
        return MOST_ROUNDS
    return 0 if seconds is None else len(seconds)


def kept_engines(folder: Path, models: int) -> tuple[Choice, ...] | None:
    """The models' engines in the first kept run, which later ones are to have, too.

    Runs with one engine differ by what they compare alone, and a training that goes on goes on to
    the same bits. None if no run is kept, or all are of a version that did not say.

    Raises:
        InvalidProblemError: a file that is no run.
    """
    for path in sorted((folder / RUNS).glob("[!.]*.npz")):
        chosen = kept_choices(path)
        if chosen is not None and len(chosen) == models:
            return tuple(replace(one, why="as the other runs of the folder") for one in chosen)
    return None


def kept_or_trained(
    folder: Path | None,
    method: str,
    seed: int,
    *,
    rounds: int,
    load: Callable[[Path], AnyHistory],
    train: Callable[[Path | None], AnyHistory],
    kept_before: Callable[[RunHistory], None],
) -> AnyHistory:
    """The run of a method with a seed.

    Args:
        folder: where completed runs are kept; None trains and keeps nothing.
        method: its name in the setup.
        seed: of the run.
        rounds: that it is to have; a kept one with fewer goes on from where it ended.
        load: reads a run, and refuses one that does not fit.
        train: trains, with a checkpoint at the path it is given.
        kept_before: is told of a run that was read.
    """
    if folder is None:
        return train(None)
    kept = run_path(folder, method, seed)
    checkpoint, state = checkpoint_path(folder, method, seed), folder / STATES / kept.name
    if kept.exists():
        if rounds_kept(folder, method, seed) >= rounds:
            history = load(kept)
            kept_before(history)
            return history
        _take_state(checkpoint, state, kept)
    history = train(checkpoint)
    history.save(kept)
    state.parent.mkdir(exist_ok=True)
    checkpoint.replace(state)
    return history


def _take_state(checkpoint: Path, state: Path, kept: Path) -> None:
    """The state in which a complete run ended, as the checkpoint that it goes on from."""
    if state.exists() and not checkpoint.exists():
        state.replace(checkpoint)
    if not checkpoint.exists():
        raise InvalidProblemError(
            f"{kept} is complete, and {state}, from which it could go on, is not there; choose"
            " another folder or as many rounds as it has"
        )


def load_bench(folder: str | Path, *, confidence: float = 0.95) -> Bench:
    """The histories that ``roundlot train --out folder`` kept, for comparisons of any two methods.

    Methods are those of whom all seeds are there, under their names in the setup.

    Raises:
        FileExistsError: the folder is of something else.
        InvalidProblemError: no run is complete, or a file is no history.
    """
    place = Path(folder)
    names = [
        method.name
        for method in read_methods(training_folder(place).head()["setup"].get("methods"))
    ]
    kept = {name: _seeds(place / RUNS, name) for name in names}
    seeds = tuple(sorted(set().union(*kept.values())))
    whole = [name for name in names if kept[name] == set(seeds)]
    if not seeds or not whole:
        raise InvalidProblemError(f"{place} has no method with every seed; go on with --resume")
    histories = {
        name: tuple(training.History.load(run_path(place, name, k)) for k in seeds)
        for name in whole
    }
    return training.Bench(histories=histories, seeds=seeds, confidence=confidence)


def _key(place: GrowingFolder, document: Mapping[str, Any]) -> str:
    """The key of the training that is gone on with; a new one for any other.

    Nothing is kept of a training that was killed before its first checkpoint, but what it logged.
    """
    with suppress(FileExistsError, KeyError):
        head = place.head()
        if place.started(place.path) or head["setup"] == plain(document):
            return str(head["key"])
    return new_key()


def _seeds(runs: Path, name: str) -> set[int]:
    stem = re.escape(file_name(name))
    found = (re.fullmatch(stem + _SEED, path.name) for path in runs.glob("*.npz"))
    return {int(match[1]) for match in found if match}


def _is_started(folder: Path) -> bool:
    """Whether any run or result is kept; a training that failed before leaves nothing to keep."""
    return (folder / RESULT).exists() or any((folder / RUNS).glob("[!.]*"))


@contextmanager
def _emptied_if_nothing_is_kept(folder: Path, *, new: bool) -> Iterator[None]:
    """A training that fails before its first run leaves the place as it found it."""
    try:
        yield
    except BaseException:
        if not _is_started(folder):
            with suppress(OSError):
                for name in (SETUP, LOCK):
                    (folder / name).unlink(missing_ok=True)
                (folder / RUNS).rmdir()
                if new:
                    folder.rmdir()
        raise


def _require_same(there: Mapping[str, Any], here: Mapping[str, Any], folder: Path) -> None:
    old, new = flat(there), flat(plain(here))
    _require_methods(old.pop("methods", []), new.pop("methods", []), folder)
    for name in {**old, **new}:
        if name in _FREE or name.startswith("full."):
            continue
        if name == _ROUNDS and _more(old.get(name), new.get(name)):
            continue
        if old.get(name) != new.get(name):
            raise InvalidProblemError(
                f"{folder} is of another setup: {name} was {old.get(name, 'not set')}, is "
                f"{new.get(name, 'not set')}; choose another folder"
                + (" or at least as many rounds" if name == _ROUNDS else "")
            )


def _require_steps(before: Any, now: Steps, folder: Path) -> None:
    """A name may stand for another step than when the runs were trained that are kept.

    Raises:
        InvalidProblemError: it does, or nobody knows; names the method and what differs.
    """
    for name, step in now.items():
        old = before.get(name)
        kept, begun = _seeds(folder / RUNS, name), _has_begun(folder / RUNS, name)
        if old == step or not (kept or begun):
            continue
        what = "by an earlier version, which may have stepped otherwise"
        if old is not None:
            keys = [key for key in {**step, **old} if step.get(key) != old.get(key)]
            if not kept and all(key.endswith(".py") for key in keys):
                warn(
                    f"{name!r} goes on from a checkpoint of before its file was changed: rounds"
                    f" until then were played by other code; without {folder / RUNS}/"
                    f"{file_name(name)}-seed* it starts again"
                )
                continue
            key = keys[0]
            what = f"whose {key} was {old.get(key, 'not there')}, is {step.get(key, 'not there')}"
        raise InvalidProblemError(
            f"{folder} has runs of {name!r} {what}; remove {folder / RUNS}/{file_name(name)}-seed*"
            " to train them again, or choose another folder"
        )


def _has_begun(runs: Path, name: str) -> bool:
    """Whether a run was cut off, and would go on from its checkpoint."""
    stem = re.escape(file_name(name))
    found = (re.fullmatch(stem + _BEGUN, path.name) for path in runs.glob("*.npz"))
    return any(found)


def _require_files(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """A file that a setup names may say something else than when runs were trained that are kept.

    Raises:
        InvalidProblemError: names the file.
    """
    for name, mark in now.items():
        if before.get(name, mark) != mark:
            raise InvalidProblemError(
                f"{folder} has runs that were trained when {name} said something else; restore it,"
                f" remove {folder / RUNS} to train them again, or choose another folder"
            )


def _more(old: Any, new: Any) -> bool:
    """Whether both are given, the later at least as many."""
    return isinstance(old, int) and isinstance(new, int) and new >= old


def _with_methods_of(earlier: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The setup, with earlier methods that it leaves out: their runs are still in the folder."""
    names = {_name(one) for one in document["methods"]}
    left_out = [one for one in earlier.get("methods", []) if _name(one) not in names]
    return {**document, "methods": [*document["methods"], *left_out]}


def _require_methods(old: Any, new: Any, folder: Path) -> None:
    before = {_name(one): one for one in old}
    for one in new:
        name = _name(one)
        if name in before and _settings(before[name]) != _settings(one):
            raise InvalidProblemError(
                f"{folder} is of another setup: method {name!r} was {_settings(before[name])}, is "
                f"{_settings(one)}; give it another name or choose another folder"
            )


def _name(method: Any) -> str:
    if isinstance(method, str):
        return method
    given = method.get("name") or method.get("method") or str(method["module"]).rpartition(":")[2]
    return str(given)


def _settings(method: Any) -> dict[str, Any]:
    table = {"method": method} if isinstance(method, str) else dict(method)
    return {key: value for key, value in table.items() if key != "name"}
