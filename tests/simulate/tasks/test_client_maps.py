"""FedScale's maps of clients as partitions, on a made-up map in its format."""

import numpy as np
import pytest

from roundlot.simulate.tasks import load_client_map, tabular
from roundlot.simulate.tasks.client_maps import by_client_map
from roundlot.theory import InvalidProblemError

MAP = """client_id,sample_path,label_name,label_id
7,a/1.png,zero,0
7,a/2.png,two,2
3,a/3.png,zero,0
7,a/4.png,zero,0
11,a/5.png,one,1
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "train.csv"
    file.write_text(MAP, "utf-8")
    return file


def refusal(call):
    with pytest.raises(InvalidProblemError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_clients_are_counted_in_order_of_their_first_rows(path):
    """By hand: client 7 has labels 0, 2, 0; client 3 label 0; client 11 label 1."""
    assert load_client_map(path).tolist() == [[2, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_every_client_gets_what_the_map_gives_it(path):
    labels = np.array([2, 0, 1, 0, 0, 2, 1, 0])
    owner = by_client_map(labels, 3, client_map=path, seed=4)
    held = [np.bincount(labels[owner == client], minlength=3).tolist() for client in range(3)]
    assert held == [[2, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert (owner == -1).sum() == 3
    again = [by_client_map(labels, 3, client_map=path, seed=seed).tolist() for seed in (4, 5, 6, 7)]
    assert again[0] == owner.tolist()
    assert len({*map(tuple, again)}) > 1
    first = by_client_map(labels, 1, client_map=path)
    assert (first == 0).sum() == 3


def test_a_task_is_partitioned_by_a_map(path):
    (task,) = tabular(3, data="iris", partition="client map", client_map=path)
    assert task.train.counts.tolist() == [3, 1, 1]
    assert task.train.of(2)[1].tolist() == [1]


def test_what_does_not_fit_is_named(path, tmp_path):
    assert "has 3 clients, and n_clients is 4" in refusal(
        lambda: by_client_map([0, 1, 2], 4, client_map=path)
    )
    message = refusal(lambda: by_client_map([0, 0, 1, 2], 3, client_map=path))
    assert "gives 3 clients 3 samples of label 0, and the data have 2" in message
    assert message.endswith("there are enough for the first 1")
    assert "label 2, and the data have 0" in refusal(
        lambda: by_client_map([0, 0], 1, client_map=path)
    )
    assert "there is no map of clients" in refusal(lambda: load_client_map(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has the columns none; a map of clients has client_id"),
        ("client,label\n1,2\n", "has the columns client, label; a map of clients has client_id"),
        (MAP.splitlines()[0] + "\n", "has no rows"),
        (MAP + "9,a/6.png,one\n", "line 7: label_id is ''"),
        (MAP + "9,a/6.png,one,-1\n", "line 7: label_id is '-1'"),
        (MAP + "9,a/6.png,one,1.5\n", "line 7: label_id is '1.5'"),
    ],
)
def test_damaged_maps_are_named(tmp_path, text, said):
    file = tmp_path / "damaged.csv"
    file.write_text(text, "utf-8")
    assert said in refusal(lambda: load_client_map(file))
