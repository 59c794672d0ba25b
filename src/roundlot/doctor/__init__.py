"""What is installed, what each extra would add, which devices there are, and does it work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from roundlot.doctor.checks import Check, checks
from roundlot.doctor.machine import machine
from roundlot.doctor.packages import Extra, Package, extras, installed, required

__all__ = ["Report", "examine"]


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
