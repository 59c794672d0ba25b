"""``[tasks]`` and ``[[methods]]``: which models on whose data, and by which methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.setup import Whole
from roundlot.setup.fields import text
from roundlot.setup.reading import closest
from roundlot.simulate import methods, training
from roundlot.simulate import tasks as shipped
from roundlot.theory import InvalidProblemError
from roundlot.train.users_code import loaded, split, users_code
from roundlot.user_text import file_name

if TYPE_CHECKING:
    from roundlot.simulate.training import Method, Task

_FIXED = ("name", "source", "label")
_PATHS = ("folder", "path", "text", "test", "client_map")
_RENAMED = {"models": "n_models", "clients": "n_clients"}


@dataclass(frozen=True, kw_only=True)
class TaskSource:
    """One kind of task.

    Attributes:
        kind: a name in ``roundlot.simulate.tasks.TASKS``, or "module".
        module: "file.py:function" of the user's own, beside the setup.
        seed: of the data's split; None to split anew with every seed of the run.
        options: what the kind's function takes, by name.
        place: where the setup says so, for errors.
    """

    kind: str
    module: str | None
    seed: int | None
    options: Mapping[str, Any]
    place: str

    def make(self, seed: int, folder: Path, data: Path | None = None) -> tuple[Task, ...]:
        """The tasks of a run's seed; paths are relative to ``folder``, those of data to ``data``.

        Raises:
            InvalidProblemError: an unknown kind or option, a value that the kind refuses.
        """
        function = self._function(folder)
        options = {
            name: _plain(value, name, data or folder) for name, value in self.options.items()
        }
        self._check_options(function)
        options["seed"] = seed if self.seed is None else self.seed
        if self.module is None:
            try:
                made = function(**options)
            except TypeError as error:
                raise InvalidProblemError(
                    f"{self.place}: {self.kind!r} does not take these values ({error}); see what"
                    " its function in roundlot.simulate.tasks takes"
                ) from error
        else:
            what = f"{self.place}: {self.module}"
            with shipped.torch_seeded(options["seed"]), users_code(what, self.files(folder)):
                made = function(**options)
        tasks = tuple(made) if isinstance(made, list | tuple) else (made,)
        return self._checked(tasks)

    def files(self, folder: Path) -> tuple[Path, ...]:
        """The user's own, if there is one."""
        return _files(self.module, folder, f"{self.place}.module")

    def _function(self, folder: Path) -> Callable[..., Any]:
        if self.module is not None:
            return loaded(self.module, folder, f"{self.place}.module")
        if self.kind not in shipped.TASKS:
            known = [*shipped.TASKS, "module"]
            raise InvalidProblemError(
                f"{self.place}.kind is {self.kind!r}; {closest(self.kind, known)}"
            )
        return shipped.TASKS[self.kind]

    def _check_options(self, function: Callable[..., Any]) -> None:
        parameters = _parameters(function)
        if parameters is None:
            return
        shown = {long: short for short, long in _RENAMED.items()}
        valid = [shown.get(name, name) for name in parameters if name != "seed"]
        for name in self.options:
            if name not in parameters:
                given = shown.get(name, name)
                raise InvalidProblemError(
                    f"{self.place} has no key {given!r} for {self.kind!r}; {closest(given, valid)}"
                )

    def _checked(self, tasks: tuple[Any, ...]) -> tuple[Task, ...]:
        if not tasks or not all(isinstance(task, training.Task) for task in tasks):
            raise InvalidProblemError(
                f"{self.place}: {self.module} gave no roundlot.simulate.training.Task; "
                "return one, or several in a tuple"
            )
        return tasks


def read_tasks(values: Any) -> tuple[TaskSource, ...]:
    """``[tasks]``, or several ``[[tasks]]`` whose models are trained side by side.

    Raises:
        InvalidProblemError: no section, no kind, a key that does not fit.
    """
    if isinstance(values, Mapping):
        return (_read(values, "tasks"),)
    if isinstance(values, list | tuple) and values:
        return tuple(_read(one, f"tasks[{index}]") for index, one in enumerate(values))
    raise InvalidProblemError('[tasks] is missing or empty; give kind = "digits", say')


def _read(values: Any, place: str) -> TaskSource:
    if not isinstance(values, Mapping):
        raise InvalidProblemError(f"{place} is {values!r:.40}; give a section of keys")
    rest = dict(values)
    module = rest.pop("module", None)
    kind = text(rest.pop("kind", "module" if module is not None else ""), f"{place}.kind")
    if (kind == "module") != (module is not None):
        raise InvalidProblemError(f'{place}.module and kind = "module" need each other')
    if module is not None:
        text(module, f"{place}.module")
    seed = rest.pop("seed", None)
    if seed is not None:
        Whole(low=0)(seed, f"{place}.seed")
    for short in _RENAMED:
        if short in rest:
            Whole(low=1)(rest[short], f"{place}.{short}")
    options = {_RENAMED.get(name, name): value for name, value in rest.items()}
    return TaskSource(kind=kind, module=module, seed=seed, options=options, place=place)


def _parameters(function: Callable[..., Any]) -> list[str] | None:
    """Names that the function takes; None if it takes any."""
    inner = inspect.unwrap(function)
    parameters = inspect.signature(inner).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters]


def _plain(value: Any, name: str, folder: Path) -> Any:
    if name in _PATHS and isinstance(value, str) and "\n" not in value:
        return folder / value
    return tuple(value) if isinstance(value, list) else value


def _files(module: str | None, folder: Path, place: str) -> tuple[Path, ...]:
    return () if module is None else (folder / split(module, place)[0],)


@dataclass(frozen=True, kw_only=True)
class MethodSource:
    """A method and its settings.

    Attributes:
        name: in tables and files.
        method: a name in ``roundlot.simulate.methods.METHODS``, or that of the class in ``module``.
        settings: of the method.
        module: "file.py:Class" of the user's own, beside the setup; else None.
    """

    name: str
    method: str
    settings: Mapping[str, Any]
    module: str | None = None

    def make(self, folder: Path = Path()) -> Method:
        """The method's record; a file of the user's own is in ``folder``.

        Raises:
            InvalidProblemError: an unknown method or setting, or a value that it refuses.
        """
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in self.settings.items()}
        if self.module is not None:
            return self._users_own(plain, folder)
        kind = method_class(self.method)
        known = [item.name for item in fields(kind) if item.name not in _FIXED]
        for given in self.settings:
            if given not in known:
                raise InvalidProblemError(
                    f"method {self.method!r} has no setting {given!r}; {closest(given, known)}"
                )
        try:
            made = kind(**plain)
        except TypeError as error:
            raise InvalidProblemError(f"method {self.method!r}: {error}; set it") from error
        return made  # type: ignore[no-any-return]

    def files(self, folder: Path) -> tuple[Path, ...]:
        """The user's own, if there is one."""
        return _files(self.module, folder, f"method {self.name!r}")

    def to_table(self) -> dict[str, Any]:
        """As a setup says it."""
        kind = {"method": self.method} if self.module is None else {"module": self.module}
        return {**kind, "name": self.name, **self.settings}

    def _users_own(self, settings: Mapping[str, Any], folder: Path) -> Method:
        assert self.module is not None
        place = f"module of method {self.name!r}"
        kind = loaded(self.module, folder, place, "class")
        with users_code(f"{place}: {self.module}", self.files(folder)):
            made = kind(**settings)
        for part in ("init", "apply", "name", "source", "label"):
            if not hasattr(made, part):
                raise InvalidProblemError(
                    f"{place}: {self.module} has no {part!r}; a method has init, apply, name,"
                    " source and label"
                )
        return made  # type: ignore[no-any-return]


def method_class(name: str) -> type[Any]:
    """The class of a method in ``METHODS``.

    Raises:
        InvalidProblemError: an unknown name.
    """
    if name in methods.FORMER:
        methods.require_method(name)
    if ".py" in name:
        raise InvalidProblemError(
            f"no method is called {name!r}; a class in a file of your own is "
            f"{{ module = {name!r} }}"
        )
    if name not in methods.METHODS:
        raise InvalidProblemError(f"no method is called {name!r}; {closest(name, methods.METHODS)}")
    home, kind = methods.METHODS[name]
    found: type[Any] = getattr(import_module(f"roundlot.simulate.methods.{home}"), kind)
    return found


def read_methods(values: Any) -> tuple[MethodSource, ...]:
    """A list of names, and of tables with ``method`` or ``module``, perhaps ``name``, and settings.

    Raises:
        InvalidProblemError: no methods, an entry without ``method``, two of one name.
    """
    if not isinstance(values, list | tuple) or not values:
        raise InvalidProblemError('methods are missing; give methods = ["random", "gvr"], say')
    sources = tuple(_method(one, f"methods[{index}]") for index, one in enumerate(values))
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InvalidProblemError(
                f"two methods are called {name!r}; give one of them another name"
            )
    files = [file_name(name) for name in names]
    for name, file in zip(names, files, strict=True):
        if files.count(file) > 1:
            raise InvalidProblemError(
                f"method {name!r} would share the file {file!r} with another; rename one of them"
            )
    return sources


def chosen(sources: Sequence[MethodSource], wanted: Sequence[str]) -> tuple[MethodSource, ...]:
    """Those of these names; a name of ``METHODS`` that is not among them comes with its defaults.

    Raises:
        InvalidProblemError: an unknown name.
    """
    by_name = {source.name: source for source in sources}
    for name in wanted:
        if name not in by_name:
            method_class(name)
            by_name[name] = MethodSource(name=name, method=name, settings={})
    return tuple(by_name[name] for name in dict.fromkeys(wanted))


def _method(values: Any, place: str) -> MethodSource:
    if isinstance(values, str):
        return MethodSource(name=values, method=values, settings={})
    if not isinstance(values, Mapping) or ("method" in values) == ("module" in values):
        raise InvalidProblemError(
            f'{place} is {values!r:.60}; give a name, method = "gvr", or module = "file.py:Class"'
        )
    rest, module = dict(values), None
    if "module" in values:
        module = text(rest.pop("module"), f"{place}.module")
        method = split(module, f"{place}.module", "Class")[2]
    else:
        method = text(rest.pop("method"), f"{place}.method")
    name = text(rest.pop("name", method), f"{place}.name")
    return MethodSource(name=name, method=method, settings=rest, module=module)
