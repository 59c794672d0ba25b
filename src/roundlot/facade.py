"""Names of a package that load on first use."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from operator import attrgetter
from types import MappingProxyType
from typing import Any

NONE: Mapping[str, str] = MappingProxyType({})


def on_first_use(
    package: str,
    home: Mapping[str, str],
    exported: Sequence[str],
    renamed: Mapping[str, str] = NONE,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's ``__getattr__`` and ``__dir__``.

    Args:
        package: its ``__name__``; what has loaded is kept there.
        home: the module of every name, relative to ``roundlot``; a module's own name stands for
            the module.
        exported: its ``__all__``.
        renamed: names of the release before, each with what it is called now; they warn. What now
            stands elsewhere is written ``module:name``, the module relative to ``roundlot``.
    """

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
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"roundlot.{home[name]}")
        own = f"{package}.{name}" == module.__name__
        value = module if own else getattr(module, name)
        setattr(import_module(package), name, value)
        return value

    return load, lambda: sorted(exported)
