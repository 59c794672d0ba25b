"""Every reader takes damaged files: it loads them, or refuses them in one line. Never a pickle."""

import io
import json
import pickle
import re
import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from roundlot.cli import main
from roundlot.fleet import load_setup, new_setup
from roundlot.fleet.scores import read_scores
from roundlot.report import read_result
from roundlot.simulate.array_files import load_array, load_arrays
from roundlot.simulate.training.history import PER_MODEL, PER_ROUND, History
from roundlot.simulate.training.run import State, load_checkpoint, save_checkpoint
from roundlot.simulate.updates import Updates
from roundlot.simulate.workers.history import PER_ROUND as PER_WORKER_ROUND
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.simulate.workers.method import Moment
from roundlot.simulate.workers.runner import WorkerState, load_state, save_state
from roundlot.stream.solving import ParquetScores
from roundlot.theory import InvalidProblemError
from roundlot.train.setup import load_train_setup

KINDS = {"seed": int} | dict.fromkeys(("method", "label", "source", "engine", "device"), str)
SETUP = {"made": "by the test"}
ROOT = Path(__file__).parents[2]


def history() -> History:
    whole, real = np.ones(2, dtype=np.int64), np.ones(2)
    return History(
        method="gvr",
        label="unbiased",
        source="a paper",
        design="independent",
        models=("a", "b"),
        seed=0,
        budget=1.0,
        engine="plain",
        device="cpu",
        evaluated=np.array([0, 2]),
        accuracy=np.ones((2, 2)),
        loss=np.ones((2, 2)),
        **{name: real if "second" in name else whole for name in PER_ROUND},
        **{name: np.ones((2, 2)) for name in PER_MODEL},
        figures={"price": real},
        parameters=(np.ones(3, np.float32), np.ones(4, np.float32)),
    )


def state() -> State:
    memory = {"last": torch.ones(2), "seen": np.ones(3)}
    return State(round=2, parameters=(torch.ones(3), torch.ones(4)), memory=memory)


def worker_history() -> WorkerHistory:
    """Two rounds of three workers."""
    whole, real = np.ones(2, dtype=np.int64), np.ones(2)
    columns = {
        name: whole if name in ("bytes", "links", "samples") else real for name in PER_WORKER_ROUND
    }
    return WorkerHistory(
        method="gossip",
        label="unbiased",
        source="a paper",
        task="digits",
        seed=0,
        engine="batched",
        device="cpu",
        evaluated=np.array([0, 2]),
        **dict.fromkeys(("loss", "accuracy", "objective"), real),
        **columns,
        worker_loss=np.ones((2, 3)),
        worker_accuracy=np.ones((2, 3)),
        figures={"weight": real},
        parameters=np.ones((3, 4), np.float32),
    )


def save_worker_state(path: Path) -> None:
    memory = {"last": torch.ones(2), "seen": np.ones(3)}
    moment = Moment(done=np.ones(3), arrivals=np.ones((2, 3)))
    state = WorkerState(round=2, parameters=torch.ones(3, 4), memory=memory, moment=moment)
    save_state(path, worker_history(), state, SETUP)


def streamed(path: Path) -> float:
    return ParquetScores.at(path).total(lambda scores: float(scores.sum()))


def refusal(name: str) -> type[ValueError]:
    """What the reader raises; those of arrays leave the last word to who called them."""
    return ValueError if name in ("array.npy", "arrays.npz") else InvalidProblemError


def use(found: History | WorkerHistory) -> None:
    """A history that loads can be shown and gone on from."""
    found.to_records(), found.to_round_records(), repr(found)
    assert all(isinstance(getattr(found, name), kind) for name, kind in KINDS.items())
    assert all(np.issubdtype(row.dtype, np.floating) for row in found.parameters)


def use_state(path: Path) -> None:
    """What a checkpoint of workers holds goes together."""
    found, state = load_state(path, SETUP, "cpu")
    use(found)
    moment = state.moment
    assert moment.done.shape == moment.arrivals.shape[1:] == (found.n_workers,)
    assert set(state.memory) == {"last", "seen"}


READERS = {
    "setup.toml": load_setup,
    "train.toml": load_train_setup,
    "scores.csv": read_scores,
    "scores.parquet": read_scores,
    "stream.parquet": streamed,
    "scores.npy": read_scores,
    "array.npy": load_array,
    "arrays.npz": load_arrays,
    "updates.npz": Updates.load,
    "history.npz": lambda path: use(History.load(path)),
    "checkpoint.npz": lambda path: use(load_checkpoint(path, SETUP, "cpu")[1]),
    "workers.npz": lambda path: use(WorkerHistory.load(path)),
    "workers-checkpoint.npz": use_state,
    "run.json": read_result,
}
RUNS = ["history.npz", "checkpoint.npz", "workers.npz", "workers-checkpoint.npz"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One sound file for every reader; the JSON one only says that it is a run."""
    place = tmp_path_factory.mktemp("sound")
    new_setup(place / "setup.toml")
    shipped = files("roundlot.data") / "train" / "digits.toml"
    (place / "train.toml").write_bytes(shipped.read_bytes())
    (place / "scores.csv").write_text('client,digits,wörds\nann,1.0,0.2\n"b, c",2.0,\n', "utf-8")
    table = pl.DataFrame({"client": ["a", "b", "c"], "x": [1.0, 2.0, None], "y": [1, 2, 3]})
    for name in ("scores.parquet", "stream.parquet"):
        table.write_parquet(place / name)
    for name in ("scores.npy", "array.npy"):
        np.save(place / name, np.arange(6.0).reshape(3, 2))
    np.savez(place / "arrays.npz", one=np.ones(3), two=np.zeros((2, 2)))
    Updates(
        directions=(np.ones((3, 2)), np.ones((3, 4))), client=np.arange(3), weights=np.ones((3, 2))
    ).save(place / "updates.npz")
    history().save(place / "history.npz")
    save_checkpoint(place / "checkpoint.npz", state(), history(), SETUP)
    worker_history().save(place / "workers.npz")
    save_worker_state(place / "workers-checkpoint.npz")
    (place / "run.json").write_text('{"schema": "roundlot.run/1", "seed": [1, {}]}', "utf-8")
    return place


@pytest.mark.parametrize("name", [name for name in READERS if name != "run.json"])
def test_sound_files_load(folder: Path, name: str) -> None:
    READERS[name](folder / name)


@pytest.mark.parametrize("name", list(READERS))
def test_damaged_files_load_or_are_refused_in_one_line(folder: Path, name: str, damage) -> None:
    content = (folder / name).read_bytes()
    place = folder / f"damaged-{name}"

    refused: list[str] = []

    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        place.write_bytes(damage(content, seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                READERS[name](place)
            except refusal(name) as error:
                refused.append(str(error))

    check()
    assert not [line for line in refused if "\n" in line or len(line) > 1000]


def altered(array: np.ndarray) -> list[np.ndarray | None]:
    """What may stand for an array in a file: another shape, type or content, or nothing."""
    row = array.ravel()
    shapes = [array[None], row[:0], row[:1], np.concatenate([row, row])]
    kinds = [array.astype("U4"), array.astype(complex), np.full(array.shape, 0.5)]
    values = [np.full(array.shape, -1), np.full(array.shape, 99)]
    return [None, *shapes, *kinds, *values, *(other_text(array) if array.dtype == "u1" else [])]


def other_text(array: np.ndarray) -> list[np.ndarray]:
    """JSON with one entry changed or left out, and JSON of another kind."""
    whole = json.loads(array.tobytes())
    entries = list(whole) if isinstance(whole, dict) else []
    others = [None, 5, "a\nb", [], [[]], {}, {"a": 1}, 1e400]
    changed = [whole | {name: other} for name in entries for other in others]
    lacking = [{key: whole[key] for key in entries if key != name} for name in entries]
    texts = [json.dumps(one).encode() for one in (*others, *changed, *lacking)]
    return [np.frombuffer(text, dtype=np.uint8) for text in texts]


@pytest.mark.parametrize("name", RUNS)
def test_runs_with_another_array_load_or_are_refused_in_one_line(folder: Path, name: str) -> None:
    """Every array in turn is replaced, in files that are sound to NumPy."""
    arrays = load_arrays(folder / name)
    place = folder / f"altered-{name}"
    refused: list[str] = []
    for member in arrays:
        for other in altered(arrays[member]):
            rest = {key: value for key, value in arrays.items() if key != member}
            np.savez(place, **rest | ({} if other is None else {member: other}))
            try:
                READERS[name](place)
            except InvalidProblemError as error:
                refused.append(str(error))
    assert not [line for line in refused if "\n" in line or len(line) > 1000]
    assert len(refused) > 5 * len(arrays)


@pytest.mark.parametrize(
    ("kind", "axis"), [(History, "E"), (WorkerHistory, "E"), (WorkerHistory, "n")]
)
def test_histories_of_nothing_are_refused(kind, axis: str) -> None:
    whole = (history() if kind is History else worker_history()).to_arrays()
    cut = {
        name: np.take(whole[name], [], axis=letters.index(axis)).astype(whole[name].dtype)
        for name, letters in kind.axes.items()
        if axis in letters
    }
    kind.from_arrays(whole)
    with pytest.raises(InvalidProblemError, match=f"it has no {axis}"):
        kind.from_arrays(whole | cut)


@pytest.mark.parametrize("name", list(READERS))
@pytest.mark.parametrize(
    "content",
    [b"\x00" * 64, b"[" * 100_000, b"PK\x03\x04", b"{" * 9, b"\x93NUMPY"],
    ids=["zeros", "nested", "zip", "braces", "numpy"],
)
def test_files_of_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(refusal(name), match=r"^.+$"):
        READERS[name](tmp_path / name)


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


def planted() -> dict[str, bytes]:
    """A trap as a bare pickle, as an npy, and as the member of an npz."""
    trapped = np.array([[Trap(), 1]], dtype=object)
    one, many = io.BytesIO(), io.BytesIO()
    np.save(one, trapped, allow_pickle=True)
    np.savez(many, client=trapped, weights=trapped, head=trapped, texts=trapped, one=trapped)
    bare = pickle.dumps(Trap())
    return {"bare": bare, "npy": one.getvalue(), "npz": many.getvalue()}


def test_the_trap_works() -> None:
    with pytest.raises(pytest.fail.Exception):
        pickle.loads(planted()["bare"])
    with pytest.raises(pytest.fail.Exception):
        np.load(io.BytesIO(planted()["npy"]), allow_pickle=True)


@pytest.mark.parametrize("kind", ["bare", "npy", "npz"])
@pytest.mark.parametrize("name", [name for name in READERS if name[-3:] in ("npy", "npz")])
def test_planted_pickles_are_refused_unread(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(planted()[kind])
    with pytest.raises(ValueError, match=r"pickle|not (one|a plain|hold|an archive)|is one array"):
        READERS[name](tmp_path / name)


def test_audit_refuses_a_planted_pickle(tmp_path: Path, capsys) -> None:
    (tmp_path / "p.npy").write_bytes(planted()["npy"])
    code = main(["audit", "math:sqrt", "--probabilities", str(tmp_path / "p.npy")])
    err = capsys.readouterr().err
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "p.npy" in err


def test_no_source_can_read_a_pickle() -> None:
    """What unpickles: NumPy when told to, torch.load, pandas.read_pickle, joblib, shelve.

    The processes of one training pickle what they tell each other; that comes from no file.
    """
    between_processes = ROOT / "simulate" / "processes" / "messages.py"
    calls = r"allow_pickle=True|torch\.load|read_pickle|joblib\.load"
    words = rf"{calls}|import (?:pickle|shelve|dill)\b"
    for package in ("src", "theory", "solvers", "simulate", "verify"):
        for source in (ROOT / package).rglob("*.py"):
            text = source.read_text("utf-8")
            assert source == between_processes or not re.search(words, text), source
            loads = len(re.findall(r"np\.load\(", text))
            assert loads == len(re.findall(r"np\.load\([^)]*allow_pickle=False", text)), source
