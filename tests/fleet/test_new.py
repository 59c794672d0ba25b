"""A new setup loads, passes its check, says the truth about defaults and overwrites nothing."""

import re
import tomllib
from pathlib import Path

import pytest

from roundlot.data import data_bytes
from roundlot.fleet import check, describe, load_setup, new_setup, read_fleet
from roundlot.theory import InvalidProblemError


@pytest.mark.parametrize("name", ["setup", 'o"dd \\ näme'])
def test_a_new_setup_passes_its_check(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.toml"
    files = new_setup(path)
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert check(path) == ()
    setup = load_setup(path)
    assert setup.name == name
    assert "8 clients, 12 processors, 2 models" in str(describe(setup.fleet))


def test_a_setup_around_a_table_reads_it_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    table = tmp_path / "data" / 'my "scores".csv'
    table.write_text('client,a,"b ""x"""\nann,1,2\nbob,3,\n')
    for target in (tmp_path / "in.toml", tmp_path / "data" / "beside.toml"):
        assert new_setup(target, table) == (target,)
        setup = load_setup(target)
        assert setup.source.models == ("a", 'b "x"')
        assert setup.table_scores is not None
        assert setup.table_scores.tolist() == [[1, 2], [3, 0]]
        assert check(target) == ()
        assert "or budget = 0.2\n" in target.read_text()  # a tenth of two processors
        assert tomllib.loads(target.read_text())["bound"] == {"target": 1e-4}


def test_a_setup_around_a_data_set_names_it(tmp_path: Path) -> None:
    leaf = tmp_path / "leaf.json"
    leaf.write_text(
        '{"users": ["u", "v"], "num_samples": [2, 1], "user_data": {"u": {"y": [0, 1]}, '
        '"v": {"y": [1]}}}'
    )
    new_setup(tmp_path / "s.toml", leaf)
    setup = load_setup(tmp_path / "s.toml")
    assert setup.fleet.clients == read_fleet(leaf).clients == ("u", "v")
    assert setup.fleet.samples.tolist() == [[2], [1]]
    assert check(tmp_path / "s.toml") == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [("no.csv", "does not exist"), ("bad.csv", "'lots'"), ("s.toml", "is a setup")],
)
def test_a_source_that_is_none_leaves_nothing(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "bad.csv").write_text("client,a\nann,lots\n")
    (tmp_path / "s.toml").write_text("")
    with pytest.raises(InvalidProblemError, match=message):
        new_setup(tmp_path / "new.toml", tmp_path / source)
    assert not (tmp_path / "new.toml").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    files = new_setup(tmp_path / "setup.toml")
    for keep in files:
        for path in files:
            path.unlink(missing_ok=True)
        keep.write_text("mine")
        with pytest.raises(InvalidProblemError, match="is not overwritten"):
            new_setup(tmp_path / "setup.toml")
        assert [item.name for item in tmp_path.iterdir()] == [keep.name]
        assert keep.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("setup.csv", "call it setup.toml"),
        ("no/a.toml", "create it first"),
        ("a\tb.toml", "that prints"),
    ],
)
def test_places_that_cannot_be(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidProblemError, match=re.escape(message)):
        new_setup(tmp_path / name)


@pytest.mark.parametrize("shipped", ["new.toml", "default.toml"])
def test_the_values_shown_are_the_defaults(tmp_path: Path, shipped: str) -> None:
    """Each key in the file either is a default or is said not to be."""
    (tmp_path / "empty.toml").write_text("# nothing\n")
    plain = load_setup(tmp_path / "empty.toml")
    document = tomllib.loads(data_bytes(shipped).decode())
    if shipped == "new.toml":  # Its comments say what these would be.
        assert document["scores"].pop("source") == "norms"
        del document["scores"]["path"], document["bound"]["smoothness"]
        del document["bound"]["strong_convexity"], document["bound"]["initial_distance"]
    for section in ("scores", "train", "simulate", "verify", "bound"):
        for key, value in document.get(section, {}).items():
            assert getattr(getattr(plain, section), key) == value, (section, key)
    assert plain.limits.floor == document["problem"].get("floor", 0.0)
    assert plain.limits.budget_fraction == 0.1
