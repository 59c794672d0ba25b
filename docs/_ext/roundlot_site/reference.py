"""The reference: a page for every package, with an entry for each of its public names."""

from __future__ import annotations

import inspect
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from roundlot_site import tables
from roundlot_site.methods import heading
from roundlot_site.writing import Pages

FOLDER = "reference"

# Its names are shared by the solvers, and nobody else is to call compiled loops.
INTERNAL = frozenset({"roundlot.solvers.kernels"})


def packages(root: Path) -> list[str]:
    """Every package that says what is public in it, roundlot itself first."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    names = [n for n in settings["tool"]["setuptools"]["packages"] if n not in INTERNAL]
    found = [name for name in names if hasattr(import_module(name), "__all__")]
    within = [value.__name__ for name in found for value in public(name).values() if _own(value)]
    return found + [name for name in dict.fromkeys(within) if name not in found]


def _own(value: Any) -> bool:
    return inspect.ismodule(value) and value.__name__.startswith("roundlot.")


def exported(module: ModuleType) -> list[str]:
    """A module's ``__all__``; without one, what is defined in it."""
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if not name.startswith("__")]
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    own = [name for name in own if inspect.isroutine(vars(module)[name])]
    return [name for name in own if not name.startswith("_")]


def public(package: str) -> dict[str, Any]:
    """A package's public names with what they are; what needs an extra that is missing is None."""
    module = import_module(package)
    return {name: _value(module, name) for name in exported(module)}


def _value(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except ImportError:
        return None


def home(package: str, name: str, value: Any, all_packages: list[str]) -> str:
    """The package whose page has the entry: the innermost that exports the same thing."""
    best = package
    for other in all_packages:
        module = import_module(other)
        if value is not None and name in exported(module) and _value(module, name) is value:
            best = max(best, other, key=lambda found: (found.count("."), found == package))
    return best


def places(root: Path) -> dict[str, str]:
    """Every public name's full name in the reference, by itself and with its package."""
    names, found = packages(root), {}
    for package in names:
        for name, value in public(package).items():
            if not inspect.ismodule(value):
                target = f"{home(package, name, value, names)}.{name}"
                found |= {name: target, f"{package}.{name}": target}
    return found


def _entry(package: str, name: str, value: Any) -> str:
    if value is None or inspect.isclass(value):
        error = value is not None and issubclass(value, BaseException)
        options = "" if error else "   :members:\n"
        return f".. {'autoexception' if error else 'autoclass'}:: {package}.{name}\n{options}"
    if inspect.isroutine(value):
        return f".. autofunction:: {package}.{name}\n"
    return tables.entry(package, name, value)


def page(package: str, all_packages: list[str]) -> str:
    """The page of a package: a table of its names, then an entry for each that is at home here."""
    module = import_module(package)
    rows, entries = [], []
    for name, value in public(package).items():
        if inspect.ismodule(value):
            rows.append((f":doc:`{name} </{FOLDER}/{value.__name__}>`", _first(value)))
            continue
        rows.append((f"`{package}.{name}`", _first(value, package, name)))
        if home(package, name, value, all_packages) == package:
            entries.append(_entry(package, name, value))
    parts = [heading(package), f".. py:module:: {package}\n", inspect.getdoc(module) or "", ""]
    return "\n".join([*parts, _table(rows), *entries])


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [f"   * - {name}\n     - {text}" for name, text in rows]
    return ".. list-table::\n   :widths: 30 70\n\n" + "\n".join(lines) + "\n"


def described(value: Any, package: str = "", name: str = "") -> str:
    """What stands in a module, a class or a function, or above anything else."""
    own = inspect.ismodule(value) or inspect.isclass(value) or inspect.isroutine(value)
    return (inspect.getdoc(value) if own else tables.remarks(package).get(name)) or ""


def _first(value: Any, package: str = "", name: str = "") -> str:
    text = described(value, package, name)
    return " ".join(text.partition("\n\n")[0].split())


HEAD = """\
# Reference

Every public name, package by package. Arrays are given with their shapes: `V` processors (a
client may have several), `N` clients, `S` models, `P_s` parameters of model `s`. `(V, S)` is a
table with a row for each processor and a column for each model. Probabilities are per round;
budgets, caps and costs are expected numbers per round; scores and norms are in the units of the
updates, variances in their squares; times are seconds, links megabits a second, speeds samples a
second.

"""


def index(all_packages: list[str]) -> str:
    """The page above all packages."""
    rows = [f"- [{name}]({name}.rst): {_first(import_module(name))}" for name in all_packages]
    tree = "\n".join(["```{toctree}", ":hidden:", "", *all_packages, "```"])
    return HEAD + "\n".join(rows) + "\n\n" + tree + "\n"


def pages(root: Path) -> Pages:
    """The reference, and the list of changes."""
    names = packages(root)
    changes = ".. include:: ../../CHANGELOG.md\n   :parser: myst_parser.sphinx_\n"
    return {
        f"{FOLDER}/index.md": index(names),
        f"{FOLDER}/changelog.rst": changes,
        **{f"{FOLDER}/{name}.rst": page(name, names) for name in names},
    }
