"""Every reader takes damaged files: it loads them, or refuses them in one line. Never a pickle."""

import io
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
from roundlot.report.read import read_result
from roundlot.simulate.array_files import load_array, load_arrays
from roundlot.simulate.training.checkpoint import State, load_checkpoint, save_checkpoint
from roundlot.simulate.training.history import PER_MODEL, PER_ROUND, History
from roundlot.simulate.updates import Updates
from roundlot.stream.parquet import ParquetScores
from roundlot.theory import InvalidProblemError
from roundlot.train.setup import load_train_setup

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


def streamed(path: Path) -> float:
    return ParquetScores.at(path).total(lambda scores: float(scores.sum()))


def refusal(name: str) -> type[ValueError]:
    """What the reader raises; those of arrays leave the last word to who called them."""
    return ValueError if name in ("array.npy", "arrays.npz") else InvalidProblemError


def use(found: History) -> None:
    """A history that loads can be shown."""
    found.to_records(), found.to_round_records(), repr(found)


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
    "run.json": read_result,
}


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
    """What unpickles: NumPy when told to, torch.load, pandas.read_pickle, joblib, shelve."""
    words = r"allow_pickle=True|torch\.load|read_pickle|joblib\.load|import (?:pickle|shelve|dill)"
    for package in ("src", "theory", "solvers", "simulate", "verify"):
        for source in (ROOT / package).rglob("*.py"):
            text = source.read_text("utf-8")
            assert not re.search(words, text), source
            loads = len(re.findall(r"np\.load\(", text))
            assert loads == len(re.findall(r"np\.load\([^)]*allow_pickle=False", text)), source
