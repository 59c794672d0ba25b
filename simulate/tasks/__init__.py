"""Tasks to train: shipped ones, loaders for data on disk, partitions, networks, devices.

Everything loads on first use. ``TASKS`` lists the tasks by name.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "TASKS": "catalogue",
    "Alphabet": "windows",
    "Devices": "phones",
    "Images": "image_files",
    "QuadraticConstants": "quadratic_constants",
    "Quadratics": "least_squares",
    "by_label_share": "partitions",
    "by_owner": "partitions",
    "character_recurrent": "networks",
    "character_window": "networks",
    "characters": "next_character",
    "cifar10": "pictures",
    "cifar_cnn": "networks",
    "devices": "phones",
    "digits": "digit_images",
    "digits_cnn": "networks",
    "dirichlet": "partitions",
    "emnist": "pictures",
    "fashion_mnist": "pictures",
    "iid": "partitions",
    "image_tasks": "pictures",
    "images_cnn": "networks",
    "load_cifar10": "image_files",
    "load_emnist": "image_files",
    "load_fashion_mnist": "image_files",
    "load_leaf": "leaf_files",
    "make_tasks": "catalogue",
    "mlp": "networks",
    "processors_25_50_25": "trainable",
    "quadratics": "least_squares",
    "read_speeches": "plays",
    "shakespeare": "leaf_files",
    "small_images_cnn": "networks",
    "trainable_90_10": "trainable",
    "words": "spoken_words",
}
__all__ = [
    "TASKS",
    "Alphabet",
    "Devices",
    "Images",
    "QuadraticConstants",
    "Quadratics",
    "by_label_share",
    "by_owner",
    "character_recurrent",
    "character_window",
    "characters",
    "cifar10",
    "cifar_cnn",
    "devices",
    "digits",
    "digits_cnn",
    "dirichlet",
    "emnist",
    "fashion_mnist",
    "iid",
    "image_tasks",
    "images_cnn",
    "load_cifar10",
    "load_emnist",
    "load_fashion_mnist",
    "load_leaf",
    "make_tasks",
    "mlp",
    "processors_25_50_25",
    "quadratics",
    "read_speeches",
    "shakespeare",
    "small_images_cnn",
    "trainable_90_10",
    "words",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.simulate.tasks' has no attribute {name!r}")
    value = getattr(import_module(f"roundlot.simulate.tasks.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.simulate.tasks.catalogue import TASKS, make_tasks
    from roundlot.simulate.tasks.digit_images import digits
    from roundlot.simulate.tasks.image_files import (
        Images,
        load_cifar10,
        load_emnist,
        load_fashion_mnist,
    )
    from roundlot.simulate.tasks.leaf_files import load_leaf, shakespeare
    from roundlot.simulate.tasks.least_squares import Quadratics, quadratics
    from roundlot.simulate.tasks.networks import (
        character_recurrent,
        character_window,
        cifar_cnn,
        digits_cnn,
        images_cnn,
        mlp,
        small_images_cnn,
    )
    from roundlot.simulate.tasks.next_character import characters
    from roundlot.simulate.tasks.partitions import by_label_share, by_owner, dirichlet, iid
    from roundlot.simulate.tasks.phones import Devices, devices
    from roundlot.simulate.tasks.pictures import cifar10, emnist, fashion_mnist, image_tasks
    from roundlot.simulate.tasks.plays import read_speeches
    from roundlot.simulate.tasks.quadratic_constants import QuadraticConstants
    from roundlot.simulate.tasks.spoken_words import words
    from roundlot.simulate.tasks.trainable import processors_25_50_25, trainable_90_10
    from roundlot.simulate.tasks.windows import Alphabet
