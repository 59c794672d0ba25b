import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.simulate import Updates
from roundlot.theory import InvalidProblemError

MakeUpdates = Callable[..., Updates]


def test_scores_steps_and_weights_are_those_of_the_processors(make_updates: MakeUpdates) -> None:
    updates = make_updates()
    assert (updates.n_processors, updates.n_clients, updates.n_models) == (9, 5, 3)
    assert updates.dimensions == (4, 7, 2)
    for s, table in enumerate(updates.directions):
        rows = [updates.weights[v, s] * table[i] for v, i in enumerate(updates.client)]
        np.testing.assert_allclose(updates.processor_updates(s), rows, rtol=1e-15)
        np.testing.assert_allclose(updates.scores[:, s], np.linalg.norm(rows, axis=1), rtol=1e-14)
        np.testing.assert_allclose(updates.full_step(s), np.sum(rows, axis=0), rtol=1e-12)
        assert updates.step_norms[s] == pytest.approx(np.linalg.norm(np.sum(rows, axis=0)))
    np.testing.assert_allclose(updates.norms[updates.client] * updates.weights, updates.scores)
    np.testing.assert_allclose(updates.client_weights.sum(axis=0), 1.0)


def test_norms_neither_overflow_nor_vanish() -> None:
    table = np.array([[3e300, 4e300], [3e-300, 4e-300], [0.0, 0.0]])
    updates = Updates(directions=[table], client=[0, 1, 2], weights=np.ones((3, 1)))
    np.testing.assert_allclose(updates.norms[:, 0], [5e300, 5e-300, 0.0], rtol=1e-15)


def test_many_clients_are_added_up_in_blocks() -> None:
    table = np.random.default_rng(0).standard_normal((9001, 2)).astype(np.float32)
    updates = Updates(
        directions=[table], client=np.arange(9001), weights=np.full((9001, 1), 1 / 9001)
    )
    np.testing.assert_allclose(updates.full_step(0), table.astype(float).mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(updates.norms[:, 0], np.linalg.norm(table.astype(float), axis=1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_file_gives_back_the_same_bits(
    make_updates: MakeUpdates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: type
) -> None:
    # A temporary file on another file system could not replace the target in one step.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    updates = make_updates(dtype=dtype)
    updates.save(tmp_path / "updates.npz")
    again = Updates.load(tmp_path / "updates.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["updates.npz"]
    assert np.array_equal(again.client, updates.client)
    assert np.array_equal(again.weights, updates.weights)
    for one, other in zip(again.directions, updates.directions, strict=True):
        assert one.dtype == dtype
        assert np.array_equal(one, other)


def test_a_failed_save_leaves_the_old_file_alone(
    make_updates: MakeUpdates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "updates.npz"
    make_updates().save(path)
    before = path.read_bytes()

    def interrupted(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_updates(seed=1).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["text", "array", "cut", "other", "pickle"])
def test_a_file_of_something_else_is_refused(
    make_updates: MakeUpdates, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "updates.npz"
    if kind == "text":
        path.write_text("client,weight\n")
    elif kind == "array":
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    elif kind == "cut":
        make_updates().save(path)
        path.write_bytes(path.read_bytes()[:400])
    elif kind == "other":
        np.savez(path, weights=np.ones((2, 2)))
    else:
        np.savez(
            path, weights=np.ones((1, 1)), client=[0], directions_0=np.array([{}], dtype=object)
        )
    with pytest.raises(InvalidProblemError, match=r"updates\.npz does not hold updates"):
        Updates.load(path)


def test_arrays_are_copied_and_read_only() -> None:
    table, weights = np.ones((2, 3)), np.ones((2, 1))
    updates = Updates(directions=[table], client=[0, 1], weights=weights)
    table[0, 0] = weights[0, 0] = 5.0
    assert updates.directions[0][0, 0] == updates.weights[0, 0] == 1.0
    for array in (updates.directions[0], updates.client, updates.weights, updates.scores):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"directions": []}, "directions are empty"),
    ({"directions": [np.ones(3)]}, r"directions\[0\] has shape \(3,\)"),
    ({"directions": [np.ones((2, 3)), np.ones((3, 3))]}, r"directions\[1\] has 3 clients"),
    ({"directions": [np.array([[1, np.nan], [0, 0]])]}, r"directions\[0\]\[0, 1\] is nan"),
    ({"client": [0, 2]}, r"client\[1\] is 2; there are clients 0 to 1"),
    ({"client": [0.0, 1.0]}, "one integer per processor"),
    ({"client": []}, "one integer per processor"),
    ({"weights": np.ones((2, 2))}, r"weights have shape \(2, 2\); give \(2, 1\)"),
    ({"weights": [[-1.0], [0.0]]}, r"weights\[0, 0\] is -1\.0"),
    ({"weights": [[1.0], [np.inf]]}, r"weights\[1, 0\] is inf"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_updates_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "directions": [np.ones((2, 3))],
        "client": [0, 1],
        "weights": np.ones((2, 1)),
    }
    with pytest.raises(InvalidProblemError, match=message):
        Updates(**(good | change))
