"""Tables of clients in a setup of training: headers decide; misfits are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.theory import InvalidProblemError
from roundlot.train import TrainSetup
from roundlot.train.client_tables import read_able, read_online

MODELS = ("a", "b")


def write(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, "utf-8")
    return path


def test_able_by_headers_whatever_their_order(tmp_path: Path) -> None:
    expected = [[True, False], [False, True], [True, True]]
    rows = "b,client,a\n1,2,1\nno,0,yes\ntrue,1,FALSE\n"
    assert read_able(write(tmp_path, rows), 3, MODELS).tolist() == expected
    place = tmp_path / "t.parquet"
    frame = {"client": [2, 0, 1], "a": [True, True, False], "b": [True, False, True]}
    pl.DataFrame(frame).write_parquet(place)
    assert read_able(place, 3, MODELS).tolist() == expected


def test_three_forms_of_online(tmp_path: Path) -> None:
    chances = read_online(write(tmp_path, "online,client\n0.5,1\n1,0\n"), 2)
    assert chances.tolist() == [1.0, 0.5]
    record = [[True, False], [True, True], [False, True]]
    wide = "1,round,0\n1,1,1\n0,0,1\n1,2,0\n"
    assert read_online(write(tmp_path, wide), 2).tolist() == record
    rows = [f"{t},{c},{int(record[t][c])}" for t in (2, 0, 1) for c in (1, 0)]
    long = "\n".join(["round,client,online", *rows])
    assert read_online(write(tmp_path, long), 2).tolist() == record


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_able, "client,a\n0,1\n1,1\n", "has no column 'b'"),
        (read_able, "client,a,b,c\n0,1,1,1\n1,1,1,1\n", "has a column 'c', which is no model"),
        (read_able, "client,a,b\n0,1,1\n", "has no row for client 1; clients are 0 to 1"),
        (read_able, "client,a,b\n0,1,1\n0,1,1\n", "has client 0 twice"),
        (read_able, "client,a,b\n0,1,1\n2,1,1\n", "has client 2; clients are 0 to 1"),
        (read_able, "client,a,b\n0,1,1\nann,1,1\n", "is 'ann'; give whole numbers from 0"),
        (read_able, "client,a,b\n0,1,1\n-1,1,1\n", "is '-1'; give whole numbers from 0"),
        (read_able, "client,a,b\n0,1,1\n1,2,1\n", "is '2'; give 1 or 0"),
        (read_able, "client,a,b\n0,1,1\n1,,1\n", "'a'"),
        (read_able, "client,a,b\n", "rows"),
        (read_online, "client,online\n0,1\n1,1.5\n", "is 1.5; give a chance from 0 to 1"),
        (read_online, "client,online\n0,1\n1,nan\n", "nan"),
        (read_online, "round,0,2\n0,1,1\n", "has columns round, 0, 2; give client, online"),
        (read_online, "round,0,1\n0,1,1\n2,1,1\n", "has round 2; rounds are 0, 1, 2 and so on"),
        (read_online, "round,client,online\n0,0,1\n", "1 rows for 1 rounds of 2 clients"),
        (read_online, "round,client,online\n0,0,1\n0,0,1\n", "give every pair once"),
        (read_online, "round,client,online\n999999999,0,1\n", "has round 999999999"),
    ],
)
def test_hostile_tables_are_refused_in_a_line(
    tmp_path: Path, read: Callable[..., object], text: str, said: str
) -> None:
    given = (2, MODELS) if read is read_able else (2,)
    with pytest.raises(InvalidProblemError) as error:
        read(write(tmp_path, text), *given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_setup_reads_them_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "able.csv").write_text("client,digits 1,digits 2\n0,1,0\n1,1,1\n2,0,1\n", "utf-8")
    (tmp_path / "online.csv").write_text("round,0,1,2\n0,1,0,1\n1,0,1,1\n", "utf-8")
    document = {
        "methods": ["random"],
        "tasks": {"kind": "digits", "models": 2, "clients": 3, "partition": "iid"},
        "federation": {"able": "able.csv", "online": "online.csv", "devices": "none"},
    }
    setup = TrainSetup.of(document, folder=tmp_path)
    federation = setup.new_federation(0)
    able = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
    np.testing.assert_array_equal(federation.available, able)
    np.testing.assert_array_equal(federation.present(3, 0), able & [[False], [True], [True]])
    for key, value in (("able", "90-20"), ("online", "often")):
        wrong = {**document, "federation": {key: value}}
        with pytest.raises(InvalidProblemError, match=f"federation.{key} is '{value}'"):
            TrainSetup.of(wrong, folder=tmp_path)
