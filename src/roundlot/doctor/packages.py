"""The packages that roundlot requires, each extra's too, held against what is installed.

Names and ranges come from the metadata of the installed distribution, never from a list here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from roundlot.theory.errors import InvalidProblemError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

#: What an extra is for; one that is not named here is listed by its packages alone.
PURPOSE = {
    "stream": "scores in Parquet that do not fit into memory: roundlot solve --stream",
    "dask": "sweeps on several workers or machines, and such scores on a Dask cluster",
    "flower": "roundlot's sampling and methods inside Flower",
    "pepit": "worst cases of the theorems by performance estimation",
    "test": "what the tests run on",
    "dev": "linter, type checker and import rule, for contributors",
}


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
            f"{name} runs from its sources and is not installed; pip install it first"
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
            install=f"python -m pip install '{name}[{extra}]'",
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
