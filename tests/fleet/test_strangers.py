"""A client that the fleet does not have is named, in scores, costs and groups alike."""

from pathlib import Path

import pytest

from roundlot.fleet import load_setup
from roundlot.theory import InvalidProblemError

SAMPLES = "client,a\nann,4\nbob,2\ncy,3\n"
KEYS = {
    "norms": '[scores]\nsource = "norms"\npath = "norms.csv"\n[problem]\nbudget = 1\n',
    "costs": '[scores]\nsource = "norms"\npath = "norms.csv"\n[problem]\nbudget = 1\n'
    'costs = { energy = "costs.csv" }\ncost_budgets = { energy = 2 }\n',
    "groups": '[scores]\nsource = "norms"\npath = "norms.csv"\n[problem]\nbudget = 1\n'
    'groups = "groups.csv"\ngroup_caps = { north = 1 }\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "samples.csv").write_text(SAMPLES)
    for name in ("norms", "costs"):
        (tmp_path / f"{name}.csv").write_text("client,a\ncy,1\nann,2\nbob,3\n")
    (tmp_path / "groups.csv").write_text("client,group\ncy,north\nann,south\nbob,north\n")
    return tmp_path


def pose(folder: Path, table: str, fleet: str = "") -> None:
    content = f'[fleet]\nsamples = "samples.csv"\n{fleet}{KEYS[table]}'
    (folder / "setup.toml").write_text(content)
    setup = load_setup(folder / "setup.toml")
    assert setup.table_scores is not None
    setup.problem(setup.table_scores)


@pytest.mark.parametrize("table", KEYS)
def test_unknown_and_missing_clients_are_named(folder: Path, table: str) -> None:
    pose(folder, table)
    pose(folder, table, "first_clients = 2\n")  # rows of the third are known, though left out
    place = folder / f"{table}.csv"
    known = place.read_text()
    cell = "north" if table == "groups" else "1"
    place.write_text(known + f"zoe,{cell}\nyan,{cell}\n")
    with pytest.raises(InvalidProblemError, match="names client 'yan' and 1 more, which the fleet"):
        pose(folder, table)
    place.write_text(known.replace("bob", "bop"))
    with pytest.raises(InvalidProblemError, match=r"bo[bp]"):
        pose(folder, table)
