"""545 young men over eight years, each of them a client, from the installed wheel of linearmodels.

Vella and Verbeek (1998), "Whose wages do unions raise?", Journal of Applied Econometrics 13: the
National Longitudinal Survey of Youth, 1980 to 1987. The data are natural for federated learning:
every person has a few rows, of one person alone, and persons differ.
"""

from __future__ import annotations

import bz2
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from roundlot.extras import install_command
from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.labelled import Network
from roundlot.simulate.tasks.networks import mlp
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.streams import torch_seed
from roundlot.simulate.tasks.tables import standard_units
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.names import require_choice
from roundlot.theory.plain_files import NotPlainError, content_of
from roundlot.theory.random_streams import WEIGHTS

_PACKAGE, _FILE = "linearmodels", ("datasets", "wage_panel", "wage_panel.csv.bz2")
_COLUMNS = (
    *("nr", "year", "black", "exper", "hisp", "hours"),
    *("married", "educ", "union", "lwage", "expersq", "occupation"),
)
PEOPLE, YEARS, _OCCUPATIONS = 545, 8, 9
_COMMAND = "python -m pip install --force-reinstall --no-deps linearmodels"
# SHA-256 of the text: the same in linearmodels 5.4, 6.1 and 7.1.
_SHA256 = "127141ccb0025051a2d59c9cf25f00e3c927406ee95535c1d764faa24d69f21a"
_MOST = 1 << 24  # bytes of the text, which has 175,000
_HIDDEN = 16  # units of the network "mlp"


@dataclass(frozen=True)
class _Target:
    """What a model is to tell: a column, and how many classes it has; 0 of a number."""

    column: str
    classes: int = 0


TARGETS = {
    "wage": _Target("lwage"),
    "hours": _Target("hours"),
    "union": _Target("union", 2),
    "married": _Target("married", 2),
}


def load_wage_panel() -> tuple[FloatArray, IntArray]:
    """What the file of linearmodels' wheel holds; linearmodels is found, not imported.

    Returns:
        ``(4360, 12)``, person by person and year by year, in columns nr, year, black, exper, hisp,
        hours, married, educ, union, lwage, expersq, occupation; and ``(4360,)``, the person of
        every row, 0 to 544.

    Raises:
        InvalidProblemError: linearmodels is not installed, or without the file, or the file is not
            the one that is known; one line with what to install.
    """
    spec = find_spec(_PACKAGE)
    places = () if spec is None else spec.submodule_search_locations or ()
    paths = [Path(place, *_FILE) for place in places]
    if not paths:
        raise InvalidProblemError(
            "the wage panel is read from the wheel of linearmodels, which is not installed: "
            f"{install_command('panel')}"
        )
    for path in paths:
        if path.is_file():
            return _read(path)
    raise InvalidProblemError(
        f"linearmodels is installed without {paths[0]}; install it again: {_COMMAND}"
    )


def panel(
    n_clients: int = PEOPLE,
    targets: str | Sequence[str] = tuple(TARGETS),
    *,
    network: str | Network = "linear",
    test_years: int = 1,
    seed: int = 0,
) -> tuple[Task, ...]:
    """The wage panel as tasks, a model for each target; a client is a person.

    A model tells its target from all other columns but the person's number; the occupation is one
    column for each of nine. Columns, and targets that are numbers, are in standard units of the
    rows to train on.

    Args:
        n_clients: ``N``, at most 545: the first so many persons of the file.
        targets: of "wage" (the logarithm of the hourly wage), "hours" (of work in the year),
            "union" and "married" (two classes each), in the order of the models.
        network: "linear", "mlp" (16 hidden units), or a function seed -> module.
        test_years: the last so many of every person's eight are held out, 1 to 7.
        seed: of the initial weights; the persons are what they are.

    Raises:
        InvalidProblemError: a value out of range, an unknown target or network, a target twice, or
            as `load_wage_panel`.
    """
    names = (targets,) if isinstance(targets, str) else tuple(targets)
    for name in names:
        require_choice(name, "targets", TARGETS)
    if not names or len(set(names)) < len(names):
        raise InvalidProblemError(f"targets are {list(names)}; name each model's once")
    check_count(n_clients, "n_clients", 1)
    check_count(test_years, "test_years", 1)
    if n_clients > PEOPLE or test_years >= YEARS:
        raise InvalidProblemError(
            f"n_clients is {n_clients} and test_years {test_years}; there are {PEOPLE} persons of "
            f"{YEARS} years, and one year at least is to train on"
        )
    rows, person = load_wage_panel()
    mine = person < n_clients
    rows, person = rows[mine], person[mine]
    late = np.arange(len(rows)) % YEARS >= YEARS - test_years
    return tuple(
        _task(name, rows, person, late, network, torch_seed(seed, WEIGHTS, model))
        for model, name in enumerate(names)
    )


def _task(
    name: str,
    rows: FloatArray,
    person: IntArray,
    late: BoolArray,
    network: str | Network,
    seed: int,
) -> Task:
    target = TARGETS[name]
    at = _COLUMNS.index(target.column)
    inputs = torch.as_tensor(standard_units(_inputs(rows, at), late), dtype=torch.float32)
    values = rows[:, at]
    told = torch.as_tensor(values.astype(np.int64))
    if not target.classes:
        told = torch.as_tensor(standard_units(values[:, None], late), dtype=torch.float32)
    sizes = {
        "linear": (inputs.shape[1], target.classes or 1),
        "mlp": (inputs.shape[1], _HIDDEN, target.classes or 1),
    }
    if isinstance(network, str):
        module: nn.Module = mlp(sizes[require_choice(network, "network", sizes)], seed=seed)
    else:
        module = network(seed)
    held = torch.as_tensor(late)
    people = int(person[-1]) + 1
    train = Samples.by_owner(inputs[~held], told[~held], person[~late], people)
    test = (inputs[held], told[held])
    if target.classes:
        return Task(name=name, module=module, train=train, test=test)
    return Task(
        name=name,
        module=module,
        train=train,
        test=test,
        loss="squared error",
        metrics=("mean squared error",),
    )


def _inputs(rows: FloatArray, target: int) -> FloatArray:
    """All columns but the person's number and the target, the occupation as one of nine."""
    kept = [at for at, name in enumerate(_COLUMNS[:-1]) if name != "nr" and at != target]
    jobs = rows[:, -1:] == np.arange(1, _OCCUPATIONS + 1)
    return np.column_stack([rows[:, kept], jobs.astype(np.float64)])


@cache
def _read(path: Path) -> tuple[FloatArray, IntArray]:
    text = _text(path)
    if hashlib.sha256(text).hexdigest() != _SHA256:
        raise _damaged(path, "other numbers than are known")
    rows = np.loadtxt(io.BytesIO(text), delimiter=",", skiprows=1, ndmin=2)
    person = np.unique(rows[:, 0], return_inverse=True)[1].reshape(-1).astype(np.int64)
    return read_only(rows), read_only(person)


def _text(path: Path) -> bytes:
    try:
        with bz2.BZ2File(io.BytesIO(content_of(path))) as packed:
            return packed.read(_MOST)
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except (EOFError, OSError):
        raise _damaged(path, "no whole bzip2 file") from None


def _damaged(path: Path, what: str) -> InvalidProblemError:
    return InvalidProblemError(f"{path} holds {what}; install it again: {_COMMAND}")
