import gzip
import json
import re

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.tasks import (
    cifar10,
    emnist,
    fashion_mnist,
    femnist,
    load_cifar10,
    load_emnist,
    load_fashion_mnist,
    load_femnist,
    load_leaf,
    shakespeare,
)
from roundlot.simulate.tasks.leaf_files import LEAF_ALPHABET
from roundlot.simulate.tasks.pictures import read_idx
from roundlot.theory import InvalidProblemError, RoundlotWarning


def one_line(call):
    """The message of the error that a call raises, which is one line."""
    with pytest.raises(InvalidProblemError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_fashion_mnist_is_read_as_written(fashion_folder):
    folder, arrays = fashion_folder
    data = load_fashion_mnist(folder)
    np.testing.assert_array_equal(data.train[:, 0], arrays["train"][0])
    np.testing.assert_array_equal(data.train_labels, arrays["train"][1])
    np.testing.assert_array_equal(data.test[:, 0], arrays["t10k"][0])
    assert data.classes[9] == "ankle boot"


def test_fashion_mnist_becomes_tasks(fashion_folder):
    folder, arrays = fashion_folder
    tasks = fashion_mnist(
        folder, n_clients=6, n_models=2, network="small cnn", labels_share=(0.3, 0.4), seed=1
    )
    assert [task.name for task in tasks] == ["Fashion-MNIST 1", "Fashion-MNIST 2"]
    assert tasks[0].train.counts.sum() == 30
    assert tasks[0].test[0].shape == (20, 1, 28, 28)
    assert float(tasks[0].test[0][3, 0, 4, 5]) == np.float32(arrays["t10k"][0][3, 4, 5] / 255)
    (some,) = fashion_mnist(
        folder, n_clients=2, samples=25, test_samples=5, partition="iid", network="cnn"
    )
    assert (some.train.counts.sum(), len(some.test[1])) == (25, 5)


def test_emnist_stands_upright_and_letters_start_at_zero(emnist_folder):
    folder, upright, labels = emnist_folder
    data = load_emnist(folder, "letters")
    np.testing.assert_array_equal(data.train[:, 0], upright)
    np.testing.assert_array_equal(data.train_labels, labels - 1)
    assert data.classes[0] == "A"
    (task,) = emnist(folder, split="letters", n_clients=4, network="small cnn")
    assert task.module(task.train.inputs[:2]).shape == (2, 26)


def test_emnist_has_the_published_numbers_of_classes(tmp_path):
    from roundlot.simulate.tasks.pictures import _EMNIST_CLASSES

    sizes = {split: len(set(classes)) for split, classes in _EMNIST_CLASSES.items()}
    assert sizes == {
        "balanced": 47, "byclass": 62, "bymerge": 47, "letters": 26, "digits": 10, "mnist": 10,
    }  # fmt: skip
    assert "choose from 'balanced'" in one_line(lambda: load_emnist(tmp_path, "words"))


def test_cifar_is_read_as_written(cifar_folder):
    folder, records = cifar_folder
    data = load_cifar10(folder)
    third = records["data_batch_3.bin"]
    np.testing.assert_array_equal(data.train_labels[20:30], third[:, 0])
    np.testing.assert_array_equal(data.train[24, 2].ravel(), third[4, 1 + 2048 :])
    np.testing.assert_array_equal(data.test_labels, records["test_batch.bin"][:, 0])
    (task,) = cifar10(folder, n_clients=5, partition="iid", network=lambda seed: flat(3072, seed))
    assert task.train.inputs.shape == (50, 3, 32, 32)


def flat(pixels, seed):
    torch.manual_seed(seed % 1000)
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 10))


def test_missing_files_say_where_to_get_them(fashion_folder, tmp_path):
    folder, _ = fashion_folder
    for file in folder.glob("t10k-labels*"):
        file.unlink()
    message = one_line(lambda: load_fashion_mnist(folder))
    assert re.search(r"no t10k-labels-idx1-ubyte .* get it from https://", message)
    assert "there is no folder" in one_line(lambda: load_fashion_mnist(tmp_path / "nowhere"))
    assert "get it from https://" in one_line(lambda: load_emnist(tmp_path))
    assert "data_batch_1.bin" in one_line(lambda: load_cifar10(tmp_path))
    assert "all_data_*.json" in one_line(lambda: load_leaf(tmp_path))


@pytest.mark.parametrize("cut", [0, 3, 10, 200, -1])
def test_files_cut_short_are_named(fashion_folder, cut):
    folder, _ = fashion_folder
    (path,) = folder.glob("train-images*")
    path.write_bytes(path.read_bytes()[:cut])
    message = one_line(lambda: load_fashion_mnist(folder))
    assert path.name in message
    assert re.search("cut short|is no idx file", message)


def test_left_over_bytes_are_named(fashion_folder):
    folder, _ = fashion_folder
    (path,) = folder.glob("train-images*")
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    path.write_bytes(content + b"\0")
    assert "its header asks for" in one_line(lambda: load_fashion_mnist(folder))


def test_other_formats_are_named(fashion_folder, write_idx):
    folder, _ = fashion_folder
    (labels,) = folder.glob("train-labels*")
    (images,) = folder.glob("train-images*")
    images.write_bytes(labels.read_bytes())
    assert "not 00000803" in one_line(lambda: load_fashion_mnist(folder))
    images.write_bytes(b"PK\x03\x04 a zip file")
    assert "starts with 504b0304" in one_line(lambda: load_fashion_mnist(folder))


def test_labels_out_of_range_and_too_few_labels_are_named(fashion_folder, write_idx):
    folder, _ = fashion_folder
    (labels,) = folder.glob("train-labels*")
    write_idx(labels, np.full(30, 10))
    message = one_line(lambda: load_fashion_mnist(folder))
    assert "labels from 10 to 10; they must lie in 0 .. 9" in message
    write_idx(labels, np.zeros(29))
    assert "29 labels for 30 images" in one_line(lambda: load_fashion_mnist(folder))


def test_damaged_cifar_batches_are_named(cifar_folder):
    folder, _ = cifar_folder
    path = folder / "cifar-10-batches-bin" / "data_batch_2.bin"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert "data_batch_2.bin has 30729 bytes" in one_line(lambda: load_cifar10(folder))
    path.write_bytes(b"\x0a" + content[1:])
    assert "they must lie in 0 .. 9" in one_line(lambda: load_cifar10(folder))
    path.write_bytes(b"")
    assert "has 0 bytes" in one_line(lambda: load_cifar10(folder))


def test_images_without_a_network_are_named(cifar_folder, fashion_folder):
    folder, _ = cifar_folder
    message = one_line(lambda: cifar10(folder, n_clients=2, network="small cnn"))
    assert "no network 'small cnn' for images of 3 x 32 x 32" in message
    folder, _ = fashion_folder
    message = one_line(lambda: fashion_mnist(folder, samples=31))
    assert "samples is 31; there are only 30 images" in message


def leaf(users):
    """LEAF's JSON of texts by user, in windows of 5 characters."""
    data = {
        user: {
            "x": [text[i : i + 5] for i in range(len(text) - 5)],
            "y": [text[i + 5] for i in range(len(text) - 5)],
            "raw": text,
        }
        for user, text in users.items()
    }
    counts = [len(samples["y"]) for samples in data.values()]
    return {"users": list(users), "num_samples": counts, "user_data": data}


ROLES = {"PLAY_ANN": "To be, or not to be: that is", "PLAY_BOB": "the question?\n[Exit}"}


def test_leaf_is_read_as_written(tmp_path):
    (tmp_path / "all_data_0.json").write_text(json.dumps(leaf(ROLES)))
    held = load_leaf(tmp_path)
    assert list(held) == ["PLAY_ANN", "PLAY_BOB"]
    inputs, following = held["PLAY_ANN"]
    assert LEAF_ALPHABET.decode(inputs[0]) == "To be"
    assert LEAF_ALPHABET.decode(following) == ROLES["PLAY_ANN"][5:]
    assert len(LEAF_ALPHABET.characters) == 80
    assert (LEAF_ALPHABET.characters[0], LEAF_ALPHABET.characters[-1]) == ("\n", "}")
    (task,) = shakespeare(tmp_path, network="small gru", test_share=0.2)
    assert task.train.counts.tolist() == [18, 12]
    assert len(task.test[1]) == 8
    content = leaf(ROLES | {"PLAY_MUTE": ""})
    (tmp_path / "all_data_0.json").write_text(json.dumps(content))
    with pytest.warns(RoundlotWarning, match="'PLAY_MUTE' among them"):
        shakespeare(tmp_path, network="window")
    (own,) = shakespeare(tmp_path, n_clients=2, test=tmp_path / "all_data_0.json", network="window")
    assert own.train.counts.tolist() == [23, 15]
    assert len(own.test[1]) == 38


def test_leaf_files_are_joined_and_users_are_not_mixed(tmp_path):
    for number, user in enumerate(ROLES):
        content = leaf({user: ROLES[user]})
        (tmp_path / f"all_data_{number}.json").write_text(json.dumps(content))
    assert list(load_leaf(tmp_path)) == list(ROLES)
    (tmp_path / "all_data_2.json").write_text(json.dumps(leaf(ROLES)))
    assert "has user 'PLAY_ANN' again" in one_line(lambda: load_leaf(tmp_path))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:-5], "is no JSON, or was cut short"),
        (lambda text: text.replace('"users"', '"people"'), "it is not LEAF's JSON"),
        (lambda text: text.replace('"To be"', '"To b"'), "user 'PLAY_ANN': 'x' must hold windows"),
        (lambda text: text.replace('"To be"', '"To bé"'), "user 'PLAY_ANN': 'é' is not among"),
        (lambda text: text.replace('"y"', '"z"'), "'y' one character for each"),
        (lambda text: "[]", "it is not LEAF's JSON"),
    ],
)
def test_damaged_leaf_files_are_named(tmp_path, damage, message):
    path = tmp_path / "all_data.json"
    path.write_text(damage(json.dumps(leaf(ROLES), ensure_ascii=False)), "utf-8")
    assert message in one_line(lambda: load_leaf(path))


def test_idx_bytes_as_the_format_says(tmp_path):
    # One image of 2 x 3, then one label: magic number, sizes as big-endian 32-bit numbers, bytes.
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(bytes.fromhex("00000803 00000001 00000002 00000003 00 01 02 7f 80 ff"))
    labels.write_bytes(bytes.fromhex("00000801 00000001 09"))
    assert read_idx(images, 3).tolist() == [[[0, 1, 2], [127, 128, 255]]]
    assert read_idx(labels, 1).tolist() == [9]
    images.write_bytes(bytes.fromhex("00000d03 00000001 00000001 00000001 00000000"))  # float32
    assert "starts with 00000d03, not 00000803" in one_line(lambda: read_idx(images, 3))


@pytest.mark.parametrize(
    ("split", "codes"),
    [  # lines of the data set's emnist-<split>-mapping.txt: label, code of the character
        ("byclass", {0: 48, 9: 57, 10: 65, 35: 90, 36: 97, 61: 122}),
        ("bymerge", {9: 57, 10: 65, 35: 90, 36: 97, 38: 100, 43: 110, 46: 116}),
        ("balanced", {9: 57, 10: 65, 35: 90, 36: 97, 38: 100, 43: 110, 46: 116}),
        ("digits", {0: 48, 9: 57}),
    ],
)
def test_emnist_classes_are_the_published_characters(tmp_path, write_idx, split, codes):
    labels = np.array(list(codes))
    for part in ("train", "test"):
        stem = tmp_path / f"emnist-{split}-{part}"
        write_idx(stem.with_name(f"{stem.name}-images-idx3-ubyte"), np.zeros((len(codes), 28, 28)))
        write_idx(stem.with_name(f"{stem.name}-labels-idx1-ubyte"), labels)
    data = load_emnist(tmp_path, split)
    assert [ord(data.classes[label]) for label in data.test_labels] == list(codes.values())


def test_cifar_record_is_a_label_and_planes_of_red_green_and_blue(cifar_folder):
    folder, _ = cifar_folder
    planes = [bytes([7]) * 1024, bytes(33) + b"\x05" + bytes(990), bytes([9]) * 1024]
    for path in (folder / "cifar-10-batches-bin").glob("*.bin"):
        path.write_bytes(b"\x03" + b"".join(planes))
    data = load_cifar10(folder)
    assert data.train.shape == (5, 3, 32, 32)
    assert data.classes[data.train_labels[4]] == "cat"
    red, green, blue = data.train[4]
    assert (red == 7).all()
    assert (blue == 9).all()
    # By rows: byte 33 of a plane is the second pixel of the second row.
    assert np.argwhere(green).tolist() == [[1, 1]]


def test_leaf_files_have_windows_of_80_and_may_have_hierarchies(tmp_path):
    # What preprocess.sh writes: hierarchies between users and counts, no raw text.
    text = "Oh, wherefore art thou Romeo? Deny thy father and refuse thy name; or if thou wilt not,"
    user = "THE_TRAGEDY_OF_ROMEO_AND_JULIET_JULIET"
    held = {"x": [text[:80], text[1:81]], "y": [text[80], text[81]]}
    record = {
        "users": [user],
        "hierarchies": ["THE_TRAGEDY_OF_ROMEO_AND_JULIET"],
        "num_samples": [2],
        "user_data": {user: held},
    }
    name = "all_data_niid_0_keep_0_train_9.json"
    (tmp_path / name).write_text(json.dumps(record), "utf-8")
    ((inputs, following),) = load_leaf(tmp_path).values()
    assert inputs.shape == (2, 80)
    # Places in LEAF's list: "\n" 0, " " 1, six signs, the comma 8, ..., A 25, ..., O 39.
    assert inputs[0, :4].tolist() == [39, 60, 8, 1]
    assert LEAF_ALPHABET.decode(following) == text[80:82]


def changed(record, **keys):
    return json.dumps(record | keys)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(leaf(ROLES), num_samples=[23, 14]), "'PLAY_BOB' has 14 samples, and holds 15"),
        (changed(leaf(ROLES), num_samples=[23]), "'PLAY_BOB' has None samples, and holds 15"),
        (changed(leaf(ROLES), users=["PLAY_ANN"] * 2, num_samples=[23, 23]), "'PLAY_ANN' again"),
        (changed(leaf(ROLES), users=[], num_samples=[]), "has no users"),
        (changed(leaf(ROLES), user_data=[]), "it is not LEAF's JSON"),
    ],
)
def test_leaf_files_that_do_not_hold_what_they_say_are_named(tmp_path, content, message):
    path = tmp_path / "all_data.json"
    path.write_text(content, "utf-8")
    assert message in one_line(lambda: load_leaf(path))


def test_a_test_part_without_samples_is_named(tmp_path):
    for name, roles in (("train", ROLES), ("test", {"PLAY_MUTE": ""})):
        (tmp_path / f"{name}.json").write_text(json.dumps(leaf(roles)), "utf-8")
    whole, empty = tmp_path / "train.json", tmp_path / "test.json"
    assert "holds no samples to test on" in one_line(lambda: shakespeare(whole, test=empty))


def test_images_to_test_on_are_of_the_same_shape(fashion_folder, write_idx):
    folder, _ = fashion_folder
    (images,) = folder.glob("t10k-images*")
    write_idx(images, np.zeros((20, 32, 32)))
    message = one_line(lambda: load_fashion_mnist(folder))
    assert "train on are 1 x 28 x 28 and those to test on 1 x 32 x 32" in message


def writers(**changes):
    """FEMNIST as LEAF writes it: a row of 784 numbers an image, 1 is paper; two writers."""
    ink = [1.0] * 784
    ink[28 * 3 + 5] = 0.0  # the fourth row, the sixth column
    first = {"x": [ink, [1.0] * 784, [0.5] * 784], "y": [10, 61, 0]} | changes
    second = {"x": [[1.0] * 784] * 10, "y": list(range(10))}
    held = {"f0000_14": first, "f0001_41": second}
    counts = [len(one["y"]) for one in held.values()]
    return json.dumps({"users": list(held), "num_samples": counts, "user_data": held})


def test_femnist_is_read_as_written(tmp_path):
    path = tmp_path / "all_data_0_niid_0_keep_0_train_9.json"
    path.write_text(writers(), "utf-8")
    pixels, labels = load_femnist(tmp_path)["f0000_14"]
    assert labels.tolist() == [10, 61, 0]
    assert np.argwhere(pixels[0].reshape(28, 28) == 0.0).tolist() == [[3, 5]]
    (task,) = femnist(path, network="small cnn", test_share=0.4)
    assert task.train.counts.tolist() == [2, 6]  # 0.4 of 3 and of 10, rounded down, are held out
    assert task.test[0].shape == (5, 1, 28, 28)
    assert task.module(task.train.inputs[:1]).shape == (1, 62)
    (all_,) = femnist(path, test=path, network="small cnn", n_clients=1)
    assert all_.train.counts.tolist() == [10]
    assert len(all_.test[1]) == 13
    assert "there are 2 writers" in one_line(lambda: femnist(path, n_clients=3))
    assert "test_share is 1.0" in one_line(lambda: femnist(path, test_share=1.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": [10, 62, 0]}, "classes from 0 to 62; they must lie in 0 .. 61"),
        ({"y": [10, -1, 0]}, "classes from -1 to 10"),
        ({"y": [10, 1.5, 0]}, "a whole number for each"),
        ({"x": [[1.0] * 783] * 3}, "images of 784 numbers"),
        ({"x": [[1.0] * 784] * 2}, "a whole number for each"),
        ({"x": [[1.0] * 784] * 2 + [[1.0]]}, "images of 784 numbers"),
        ({"x": [[255] * 784] * 3}, "pixels from 255 to 255; FEMNIST's are from 0 to 1"),
        ({"x": [[float("nan")] * 784] * 3}, "pixels from nan to nan"),
        ({"x": ["To be, or"] * 3}, "images of 784 numbers"),
    ],
)
def test_damaged_femnist_is_named(tmp_path, changes, message):
    path = tmp_path / "all_data.json"
    path.write_text(writers(**changes), "utf-8")
    assert message in one_line(lambda: load_femnist(path))
