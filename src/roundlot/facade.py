"""Names of a package that load on first use, each said once: in the stub beside the package.

``__init__.pyi`` says ``from roundlot.theory.problem import Problem as Problem``, a line a name. A
type checker takes it as it is; at run time `on_first_use` reads it, and imports a module when a
name of it is first asked for. The idea is that of SPEC 1 of Scientific Python.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from operator import attrgetter
from types import MappingProxyType
from typing import Any

NONE: Mapping[str, str] = MappingProxyType({})


def on_first_use(
    package: str, *, inner: Collection[str] = (), renamed: Mapping[str, str] = NONE
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """A package's ``__getattr__``, ``__dir__`` and ``__all__``, from its stub.

    Args:
        package: its ``__name__``; what has loaded is kept there.
        inner: names of the stub that are for roundlot's own modules, not in ``__all__``.
        renamed: names of the release before, each with what it is called now; they warn. What now
            stands elsewhere is written ``module:name``, the module relative to ``roundlot``.

    Raises:
        OSError: there is no stub.
    """
    spec: Any = sys.modules[package].__spec__
    stub = spec.loader.get_data(spec.origin.rpartition(".")[0] + ".pyi").decode()
    home, held = _read(stub)

    def load(name: str) -> Any:
        if name in renamed:
            where, _, now = renamed[name].rpartition(":")
            place, called = (f"roundlot.{where}", f"{where}.{now}") if where else (package, now)
            text = (
                f"{package}.{name} is now called {called}; the old name goes with the next release"
            )
            warnings.warn(text, DeprecationWarning, stacklevel=2)
            return attrgetter(now)(import_module(place))
        if name not in home:
            text = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(text, name=name, obj=sys.modules[package])  # for "did you mean"
        if home[name] == package:  # one of its modules
            value = import_module(f"{package}.{name}")
        else:
            value = getattr(import_module(home[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    exported = sorted({*home, *held}.difference(inner), key=_rank)
    return load, lambda: sorted(exported), exported


def _read(stub: str) -> tuple[dict[str, str], list[str]]:
    """Where every name of a stub comes from, and the names that the package holds itself."""
    home, held = {}, []
    one_line = stub.replace("(\n", "").replace(",\n)", "")  # what is too long stands on three
    for line in one_line.splitlines():
        match line.split():
            case ["from", place, "import", name, "as", _]:
                home[name] = place
            case [name, *_] if name.endswith(":"):
                held.append(name[:-1])
    return home, held


def _rank(name: str) -> tuple[bool, bool, str]:
    """Constants come first, then classes, then functions and modules."""
    return not name.isupper(), not name[0].isupper(), name
