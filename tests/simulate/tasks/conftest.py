"""Small files in the data sets' own formats, written byte by byte."""

import gzip
import struct

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Threads would wait for one another more than they compute on tensors this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def idx(array):
    """The idx format of an array of bytes."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    return header + struct.pack(f">{array.ndim}I", *array.shape) + array.astype("u1").tobytes()


def _pair(folder, images_name, labels_name, images, labels, packed):
    for name, array in ((images_name, images), (labels_name, labels)):
        content = idx(array)
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


@pytest.fixture
def write_idx():
    """Writes bytes in the idx format."""
    return lambda path, array: path.write_bytes(idx(array))


@pytest.fixture(params=[False, True], ids=["raw", "gz"])
def fashion_folder(tmp_path, request):
    """30 training and 20 test images of 28 x 28 in Fashion-MNIST's files, and the arrays."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 30), ("t10k", 20)):
        images = rng.integers(0, 256, (n, 28, 28))
        labels = np.arange(n) % 10
        names = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
        _pair(tmp_path, *names, images, labels, request.param)
        arrays[part] = images, labels
    return tmp_path, arrays


@pytest.fixture
def emnist_folder(tmp_path):
    """EMNIST letters in a folder ``gzip``: 52 training images, transposed, labels 1 to 26."""
    rng = np.random.default_rng(1)
    (tmp_path / "gzip").mkdir()
    upright = rng.integers(0, 256, (52, 28, 28))
    labels = np.arange(52) % 26 + 1
    for part in ("train", "test"):
        stem = f"emnist-letters-{part}"
        names = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
        _pair(tmp_path / "gzip", *names, upright.transpose(0, 2, 1), labels, True)
    return tmp_path, upright, labels


@pytest.fixture
def cifar_folder(tmp_path):
    """CIFAR-10's binary batches of 10 images, and the records."""
    rng = np.random.default_rng(2)
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    records = {}
    for name in [*(f"data_batch_{b}.bin" for b in range(1, 6)), "test_batch.bin"]:
        records[name] = rng.integers(0, 256, (10, 3073))
        records[name][:, 0] = rng.permutation(10)
        (folder / name).write_bytes(records[name].astype("u1").tobytes())
    return tmp_path, records
