"""Fashion-MNIST, EMNIST and CIFAR-10 from files on disk, in the data sets' own formats, as tasks.

Partitions and networks are the papers'.
"""

from __future__ import annotations

import gzip
import io
import math
import string
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.pickled_arrays import load_plain_pickle
from roundlot.simulate.tasks.labelled import Labelled, Network, own_network, partitioned
from roundlot.simulate.tasks.networks import cifar_cnn, images_cnn, small_images_cnn
from roundlot.simulate.tasks.streams import generator
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.names import require_choice
from roundlot.theory.plain_files import MOST, NotPlainError, content_of, size
from roundlot.theory.random_streams import RESAMPLE
from roundlot.theory.text import short_repr

_FASHION = "https://github.com/zalandoresearch/fashion-mnist"
_EMNIST = "https://www.nist.gov/itl/products-and-services/emnist-dataset"
_CIFAR = "https://www.cs.toronto.edu/~kriz/cifar.html (CIFAR-10 binary or python version)"
_ARTICLES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
_THINGS = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_DIGITS, _UPPER, _LOWER = string.digits, string.ascii_uppercase, string.ascii_lowercase
_EMNIST_CLASSES = {
    "balanced": _DIGITS + _UPPER + "abdefghnqrt",
    "byclass": _DIGITS + _UPPER + _LOWER,
    "bymerge": _DIGITS + _UPPER + "abdefghnqrt",
    "letters": _UPPER,
    "digits": _DIGITS,
    "mnist": _DIGITS,
}
_CIFAR_RECORD, _CIFAR_SHAPE = 1 + 3 * 32 * 32, (3, 32, 32)


_GZIP, _UNSIGNED_BYTE = b"\x1f\x8b", 8


def read_idx(path: Path, dimensions: int) -> Bytes:
    """An array of unsigned bytes with so many dimensions from an idx file.

    Two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a
    big-endian 32-bit number, then the data; from http://yann.lecun.com/exdb/mnist.

    Raises:
        InvalidProblemError: another format, another number of dimensions, a file cut short or
            with bytes left over; names the file.
    """
    content = unpacked(path)
    magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if content[:4] != magic:
        raise InvalidProblemError(
            f"{path} starts with {content[:4].hex() or 'nothing'}, not {magic.hex()}; it is no idx "
            f"file of bytes in {dimensions} dimensions: is it another file, or still packed?"
        )
    start = 4 + 4 * dimensions
    header = content[4:start].ljust(4 * dimensions, b"\0")
    shape = tuple(int(n) for n in np.frombuffer(header, dtype=">u4"))
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise InvalidProblemError(
            f"{path} has {len(content)} bytes where its header asks for {expected}; it was cut "
            "short or damaged: fetch it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def unpacked(path: Path) -> bytes:
    """The bytes of a file, out of gzip if they are packed.

    Raises:
        InvalidProblemError: a pipe or another file that is not plain, one beyond the size that is
            read, or a damaged one; names the file.
    """
    try:
        content = content_of(path)
        if content[:2] != _GZIP:
            return content
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(MOST + 1)
        if len(unpacked) > MOST:
            raise InvalidProblemError(f"{path} unpacks to more than {size(MOST)}; fetch it again")
        return unpacked
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except (EOFError, OSError, zlib.error):
        raise InvalidProblemError(
            f"{path} is a gzip file that was cut short or damaged; fetch it again"
        ) from None


def find_file(folder: Path, name: str, where: str) -> Path:
    """``folder/name`` or its gzipped form, whichever there is.

    Raises:
        InvalidProblemError: neither is there; says where to get it.
    """
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise InvalidProblemError(f"there is no {name} (or {name}.gz) in {folder}; get it from {where}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
    """A data set of images.

    Attributes:
        train: ``(n, channels, height, width)`` bytes.
        train_labels: ``(n,)`` below ``len(classes)``.
        test: as ``train``.
        test_labels: as ``train_labels``.
        classes: names of the classes.
    """

    train: Bytes
    train_labels: IntArray
    test: Bytes
    test_labels: IntArray
    classes: tuple[str, ...]

    __repr__ = short_repr


def load_fashion_mnist(folder: str | Path) -> Images:
    """Fashion-MNIST from ``train-images-idx3-ubyte`` and its three fellows, ``.gz`` or unpacked.

    Plain MNIST has files of the same names and loads as well, with these articles for names.

    Raises:
        InvalidProblemError: a file that is missing, damaged or of another format, or a label out
            of range; one line that names the file.
    """
    root = _folder(folder, _FASHION)
    parts = [
        _idx_pair(root, f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte", 10, _FASHION)
        for part in ("train", "t10k")
    ]
    return _images(parts, _ARTICLES)


def load_emnist(folder: str | Path, split: str = "balanced") -> Images:
    """EMNIST from ``emnist-<split>-train-images-idx3-ubyte`` and its fellows, ``.gz`` or unpacked.

    The files hold the images transposed; here they stand upright. Letters are numbered from 0.

    Args:
        folder: where the files are, or the ``gzip`` folder inside it.
        split: "balanced" (47 classes), "byclass" (62), "bymerge" (47), "letters" (26), "digits"
            or "mnist" (10).

    Raises:
        InvalidProblemError: an unknown split, or as ``load_fashion_mnist``.
    """
    require_choice(split, "split", _EMNIST_CLASSES)
    root = _folder(folder, _EMNIST)
    root = root / "gzip" if (root / "gzip").is_dir() else root
    classes = tuple(_EMNIST_CLASSES[split])
    parts = []
    for part in ("train", "test"):
        stem = f"emnist-{split}-{part}"
        names = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
        images, labels = _idx_pair(
            root, *names, len(classes), _EMNIST, first=1 if split == "letters" else 0
        )
        parts.append((np.ascontiguousarray(images.transpose(0, 1, 3, 2)), labels))
    return _images(parts, classes)


def load_cifar10(folder: str | Path) -> Images:
    """CIFAR-10 from the binary version, ``data_batch_1.bin`` to ``_5.bin`` and ``test_batch.bin``,
    or from the Python version, the same names without ``.bin``.

    The Python version is pickled, which as such could run code. Only dictionaries, lists, text and
    arrays of bytes are read from it, and nothing is imported or called; see
    `roundlot.simulate.pickled_arrays`. Where both are there the binary one is read.

    Args:
        folder: where the files are, or the folder that holds ``cifar-10-batches-bin`` or
            ``cifar-10-batches-py``.

    Raises:
        InvalidProblemError: a pickle of anything but plain data, or as ``load_fashion_mnist``.
    """
    root = _folder(folder, _CIFAR)
    inner = [root / f"cifar-10-batches-{version}" for version in ("bin", "py")]
    root = next((place for place in inner if place.is_dir()), root)
    stems = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    if (root / stems[0]).is_file() and not (root / f"{stems[0]}.bin").is_file():
        batches = [_pickled_batch(find_file(root, name, _CIFAR)) for name in stems]
    else:
        batches = [_cifar_batch(find_file(root, f"{name}.bin", _CIFAR)) for name in stems]
    train = tuple(np.concatenate(part) for part in zip(*batches[:-1], strict=True))
    return _images([(train[0], train[1]), batches[-1]], _THINGS)


def _pickled_batch(path: Path) -> tuple[Bytes, IntArray]:
    """``data``, ``(n, 3072)`` bytes, colour after colour, and a list of ``labels``."""
    found = {_latin(key): value for key, value in load_plain_pickle(path).items()}
    data, labels = found.get("data"), found.get("labels")
    numbers = isinstance(labels, list) and all(type(n) is int and 0 <= n < 256 for n in labels)
    if not isinstance(data, np.ndarray) or data.shape[1:] != (_CIFAR_RECORD - 1,) or not numbers:
        raise InvalidProblemError(
            f"{path} holds {', '.join(map(repr, found)) or 'nothing'}, without 'data' of n x "
            f"{_CIFAR_RECORD - 1} bytes and 'labels' from 0 to 9; it is another file: fetch it"
            " again"
        )
    assert isinstance(labels, list)
    if not len(data) or len(labels) != len(data):
        raise InvalidProblemError(
            f"{path} has {len(labels)} labels for {len(data)} images; fetch it again"
        )
    return data.reshape(-1, *_CIFAR_SHAPE), _labels(np.array(labels, dtype=np.uint8), 10, path)


def _latin(key: Any) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


def _cifar_batch(path: Path) -> tuple[Bytes, IntArray]:
    if path.suffix == ".gz":
        raise InvalidProblemError(f"{path} is still packed; unpack it first")
    content = np.fromfile(path, dtype=np.uint8)
    if not content.size or content.size % _CIFAR_RECORD:
        raise InvalidProblemError(
            f"{path} has {content.size} bytes, no multiple of {_CIFAR_RECORD}, a label and an "
            "image of 3 x 32 x 32; it was cut short or is another file: fetch it again"
        )
    records = content.reshape(-1, _CIFAR_RECORD)
    return records[:, 1:].reshape(-1, *_CIFAR_SHAPE), _labels(records[:, 0], 10, path)


def _idx_pair(
    root: Path, images_name: str, labels_name: str, classes: int, where: str, first: int = 0
) -> tuple[Bytes, IntArray]:
    images = read_idx(find_file(root, images_name, where), 3)
    path = find_file(root, labels_name, where)
    labels = read_idx(path, 1)
    if len(images) != len(labels):
        raise InvalidProblemError(
            f"{path} has {len(labels)} labels for {len(images)} images; the files do not belong "
            "together: fetch both again"
        )
    return images[:, None], _labels(labels, classes, path, first)


def _labels(labels: Bytes, classes: int, path: Path, first: int = 0) -> IntArray:
    numbers = labels.astype(np.int64) - first
    if numbers.size and (numbers.min() < 0 or numbers.max() >= classes):
        raise InvalidProblemError(
            f"{path} has labels from {labels.min()} to {labels.max()}; they must lie in {first} .. "
            f"{first + classes - 1}: is it another data set?"
        )
    return numbers


def _images(parts: list[tuple[Bytes, IntArray]], classes: tuple[str, ...]) -> Images:
    (train, train_labels), (test, test_labels) = parts
    if train.shape[1:] != test.shape[1:]:
        raise InvalidProblemError(
            f"images to train on are {_shape(train)} and those to test on {_shape(test)}; the files"
            " do not belong together: fetch all again"
        )
    return Images(
        train=train,
        train_labels=train_labels,
        test=test,
        test_labels=test_labels,
        classes=classes,
    )


def _shape(images: Bytes) -> str:
    return " x ".join(map(str, images.shape[1:]))


def _folder(folder: str | Path, where: str) -> Path:
    root = Path(folder)
    if not root.is_dir():
        raise InvalidProblemError(f"there is no folder {root}; put there the files from {where}")
    return root


def image_tasks(
    data: Images,
    name: str,
    *,
    n_clients: int = 120,
    n_models: int = 1,
    partition: str = "label share",
    network: str | Network = "cnn",
    samples: int | None = None,
    test_samples: int | None = None,
    seed: int = 0,
    **options: Any,
) -> tuple[Task, ...]:
    """Tasks from a data set of images; models differ in partition and initial weights.

    Pixels lie between 0 and 1.

    Args:
        data: from one of the loaders, or your own.
        name: of the tasks.
        n_clients: ``N``.
        n_models: ``S``.
        partition: "label share", "dirichlet", "iid" or "client map" (with ``client_map``, a file).
        network: "cnn" (the papers'), "small cnn" (28 x 28 only), or a function seed -> module.
        samples: split only so many training images, drawn at random; all by default.
        test_samples: test on so many, drawn at random; on all by default.
        seed: fixes everything.
        **options: of the partition, such as ``labels_share=(0.3, 0.4)`` or ``alpha=0.1``.

    Raises:
        InvalidProblemError: a value out of range, more samples than there are, or an unknown
            network, partition or option.

    Warns:
        RoundlotWarning: a class that nobody holds.
    """
    check_count(n_models, "n_models", 1)
    train = _some(len(data.train), samples, "samples", seed, 0)
    test = _some(len(data.test), test_samples, "test_samples", seed, 1)
    labelled = Labelled(
        inputs=_pixels(data.train[train]),
        labels=data.train_labels[train],
        test_inputs=_pixels(data.test[test]),
        test_labels=data.test_labels[test],
        classes=data.classes,
    )
    build = image_network(network, data.train.shape[1:], len(data.classes))
    return tuple(
        partitioned(
            labelled,
            f"{name} {model + 1}" if n_models > 1 else name,
            build,
            n_clients=n_clients,
            model=model,
            seed=seed,
            partition=partition,
            options=options,
        )
        for model in range(n_models)
    )


def fashion_mnist(folder: str | Path, **options: Any) -> tuple[Task, ...]:
    """Fashion-MNIST from a folder (``load_fashion_mnist``); options as ``image_tasks``.

    The poster's setting is ``n_clients=120, n_models=5, labels_share=(0.3, 0.4)``.
    """
    return image_tasks(load_fashion_mnist(folder), "Fashion-MNIST", **options)


def emnist(folder: str | Path, *, split: str = "balanced", **options: Any) -> tuple[Task, ...]:
    """EMNIST from a folder (``load_emnist``); options as ``image_tasks``."""
    return image_tasks(load_emnist(folder, split), f"EMNIST {split}", **options)


def cifar10(folder: str | Path, **options: Any) -> tuple[Task, ...]:
    """CIFAR-10 from a folder (``load_cifar10``); options as ``image_tasks``."""
    return image_tasks(load_cifar10(folder), "CIFAR-10", **options)


def _pixels(images: Bytes) -> Tensor:
    return torch.as_tensor(images.astype(np.float32) / np.float32(255.0))


def _some(there: int, wanted: int | None, name: str, seed: int, part: int) -> Any:
    """Indices of as many as wanted, all by default."""
    if wanted is None:
        return slice(None)
    check_count(wanted, name, 1)
    if wanted > there:
        raise InvalidProblemError(f"{name} is {wanted}; there are only {there} images")
    return np.sort(generator(seed, RESAMPLE, part).permutation(there)[:wanted])


def image_network(network: str | Network, shape: tuple[int, ...], classes: int) -> Network:
    """A function seed -> module for images of a shape (channels, height, width), by name.

    Raises:
        InvalidProblemError: a name that is none for this shape.
    """
    if not isinstance(network, str):
        return own_network(network)
    if network == "cnn" and shape == (3, 32, 32):
        return lambda seed: cifar_cnn(classes, seed=seed)
    if network in ("cnn", "small cnn") and shape == (1, 28, 28):
        kind = images_cnn if network == "cnn" else small_images_cnn
        return lambda seed: kind(classes, seed=seed)
    raise InvalidProblemError(
        f"there is no network {network!r} for images of {' x '.join(map(str, shape))}; choose "
        "'cnn' (28 x 28, or 3 x 32 x 32), 'small cnn' (28 x 28), or give a function seed -> module"
    )


Bytes = npt.NDArray[np.uint8]
