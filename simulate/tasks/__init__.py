"""Tasks to train: shipped ones, loaders for data on disk, partitions, networks, devices.

Everything loads on first use. ``TASKS`` lists the tasks by name.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "TASKS": "simulate.tasks.catalogue",
    "Alphabet": "simulate.tasks.next_character",
    "Devices": "simulate.tasks.client_devices",
    "Images": "simulate.tasks.pictures",
    "QuadraticConstants": "simulate.tasks.least_squares",
    "Quadratics": "simulate.tasks.least_squares",
    "by_label_share": "simulate.tasks.partitions",
    "by_owner": "simulate.tasks.partitions",
    "character_recurrent": "simulate.tasks.networks",
    "character_window": "simulate.tasks.networks",
    "characters": "simulate.tasks.next_character",
    "cifar10": "simulate.tasks.pictures",
    "cifar_cnn": "simulate.tasks.networks",
    "devices": "simulate.tasks.client_devices",
    "digits": "simulate.tasks.digit_images",
    "digits_cnn": "simulate.tasks.networks",
    "dirichlet": "simulate.tasks.partitions",
    "emnist": "simulate.tasks.pictures",
    "fashion_mnist": "simulate.tasks.pictures",
    "iid": "simulate.tasks.partitions",
    "image_tasks": "simulate.tasks.pictures",
    "images_cnn": "simulate.tasks.networks",
    "load_cifar10": "simulate.tasks.pictures",
    "load_emnist": "simulate.tasks.pictures",
    "load_fashion_mnist": "simulate.tasks.pictures",
    "load_leaf": "simulate.tasks.leaf_files",
    "make_tasks": "simulate.tasks.catalogue",
    "mlp": "simulate.tasks.networks",
    "processors_25_50_25": "simulate.tasks.client_devices",
    "quadratics": "simulate.tasks.least_squares",
    "read_speeches": "simulate.tasks.next_character",
    "shakespeare": "simulate.tasks.leaf_files",
    "small_images_cnn": "simulate.tasks.networks",
    "trainable_90_10": "simulate.tasks.client_devices",
    "words": "simulate.tasks.spoken_words",
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


__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.simulate.tasks.catalogue import TASKS, make_tasks
    from roundlot.simulate.tasks.client_devices import (
        Devices,
        devices,
        processors_25_50_25,
        trainable_90_10,
    )
    from roundlot.simulate.tasks.digit_images import digits
    from roundlot.simulate.tasks.leaf_files import load_leaf, shakespeare
    from roundlot.simulate.tasks.least_squares import QuadraticConstants, Quadratics, quadratics
    from roundlot.simulate.tasks.networks import (
        character_recurrent,
        character_window,
        cifar_cnn,
        digits_cnn,
        images_cnn,
        mlp,
        small_images_cnn,
    )
    from roundlot.simulate.tasks.next_character import Alphabet, characters, read_speeches
    from roundlot.simulate.tasks.partitions import by_label_share, by_owner, dirichlet, iid
    from roundlot.simulate.tasks.pictures import (
        Images,
        cifar10,
        emnist,
        fashion_mnist,
        image_tasks,
        load_cifar10,
        load_emnist,
        load_fashion_mnist,
    )
    from roundlot.simulate.tasks.spoken_words import words
