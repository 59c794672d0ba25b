"""LEAF's JSON and FedScale's maps as fleets; what is neither is named."""

import json
import os
import socket
from pathlib import Path

import pytest

from roundlot.fleet import check, read_setup, read_table
from roundlot.theory import InvalidProblemError

LEAF = {
    "users": ["f00_1", "HENRY", "E\u0301mile"],
    "num_samples": [3, 1, 0],
    "user_data": {
        "f00_1": {"x": [[0], [1], [2]], "y": [7, 7, 1]},
        "HENRY": {"x": [[5]], "y": [1]},
    },
}


def put(folder: Path, content: object, name: str = "all_data.json") -> Path:
    """A JSON file."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_leaf_with_labels(tmp_path: Path) -> None:
    fleet = read_setup(put(tmp_path, LEAF)).fleet
    assert fleet.clients == ("f00_1", "HENRY", "\u00c9mile")
    assert fleet.samples.tolist() == [[3], [1], [0]]
    assert fleet.label_names == ("7", "1")
    assert fleet.label_counts is not None
    assert fleet.label_counts.tolist() == [[2, 1], [0, 1], [0, 0]]


def test_leaf_without_its_data_has_samples_alone(tmp_path: Path) -> None:
    path = put(tmp_path, LEAF | {"user_data": {"f00_1": {"x": [], "y": []}}, "hierarchies": []})
    fleet = read_setup(path).fleet
    assert (fleet.samples.tolist(), fleet.label_counts) == ([[3], [1], [0]], None)
    assert check(path)


def test_a_folder_of_leaf_files_is_one_fleet(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    put(tmp_path / "train", LEAF, "a.json")
    put(tmp_path / "train", {"users": ["z"], "num_samples": [9]}, "b.json")
    assert read_setup(tmp_path / "train").fleet.samples.tolist() == [[3], [1], [0], [9]]
    put(tmp_path / "train", {"users": ["HENRY"], "num_samples": [9]}, "c.json")
    with pytest.raises(InvalidProblemError, match=r"c.json: user 'HENRY' appears more than once"):
        _ = read_setup(tmp_path / "train").fleet


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", "JSON of another kind; LEAF's has the keys users and num_samples"),
        ({"format": "roundlot.run/5"}, "JSON of another kind"),
        ({"users": ["a"], "num_samples": [1, 2]}, "must be lists of one length"),
        ({"users": ["a"], "num_samples": [1.5]}, "num_samples of user 'a' is 1.5; give a whole"),
        ({"users": ["a"], "num_samples": [-1]}, "num_samples of user 'a' is -1"),
        ({"users": ["a"], "num_samples": [True]}, "is True; give a whole"),
        ({"users": [""], "num_samples": [1]}, "user '' is no name"),
        (LEAF | {"num_samples": [4, 1, 0]}, "user 'f00_1' has 3 labels and num_samples 4"),
        ({"users": ["\u00e9", "e\u0301"], "num_samples": [1, 2]}, "appears more than once"),
    ],
)
def test_json_that_is_no_leaf_is_refused(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said) as error:
        _ = read_setup(put(tmp_path, content)).fleet
    assert "\n" not in str(error.value)


def test_a_map_of_clients_counts_rows(tmp_path: Path) -> None:
    rows = ["client_id,sample_path,label_name,label_id", "0,a.wav,yes,1", "7,b.wav,no,2"]
    path = tmp_path / "train.csv"
    path.write_text("\n".join([*rows, "0,c.wav,yes,1", "0,d.wav,no,2"]) + "\n", "utf-8")
    fleet = read_setup(path).fleet
    assert fleet.clients == ("0", "7")
    assert fleet.samples.tolist() == [[3], [1]]
    assert fleet.label_names == ("yes", "no")
    assert fleet.label_counts is not None
    assert fleet.label_counts.tolist() == [[2, 1], [0, 1]]
    path.write_text("client_id,sample_path,index\n5,a,0\n5,b,1\n", "utf-8")
    assert read_setup(path).fleet.samples.tolist() == [[2]]


def test_a_data_set_in_a_setup_names_its_model(tmp_path: Path) -> None:
    put(tmp_path, LEAF)
    setup = tmp_path / "s.toml"
    setup.write_text(
        '[fleet]\nsamples = "all_data.json"\nmodels = ["letters"]\n'
        '[scores]\nsource = "norms"\npath = "n.csv"\n',
        "utf-8",
    )
    (tmp_path / "n.csv").write_text("client,letters\nf00_1,2\nHENRY,1\nÉmile,\n", "utf-8")
    fleet = read_setup(setup).fleet
    assert (fleet.models, fleet.samples.tolist()) == (("letters",), [[3], [1], [0]])


def test_pipes_devices_and_sockets_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.csv"))
        kinds = {"pipe.csv": "a pipe", "s.csv": "a socket", "/dev/zero": "a device"}
        for name, kind in kinds.items():
            for read in (read_table, read_setup):
                with pytest.raises(InvalidProblemError, match=f"{name} is {kind}; "):
                    read(tmp_path / name)


def test_a_setup_around_a_data_set_without_labels_says_what_to_bring(tmp_path: Path) -> None:
    put(tmp_path, {"users": ["u", "v"], "num_samples": [2, 1]})
    setup = tmp_path / "mine.toml"
    setup.write_text('[fleet]\nsamples = "all_data.json"\nmodels = ["letters"]\n')
    with pytest.raises(InvalidProblemError) as refused:
        check(setup)
    assert "\n" not in str(refused.value)
    assert "data set all_data.json does not say which labels a client has" in str(refused.value)
    assert 'columns client and letters: [scores] source = "norms"' in str(refused.value)
    (tmp_path / "norms.csv").write_text("client,letters\nu,1\nv,2\n")
    setup.write_text(setup.read_text() + '[scores]\nsource = "norms"\npath = "norms.csv"\n')
    assert check(setup) == ()
