"""A page for every method of training, from its record and its docstrings."""

from __future__ import annotations

import inspect
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from roundlot.simulate.methods import METHODS
from roundlot_site.sources import name_of, page
from roundlot_site.writing import Pages

NOTATION = (
    "``d`` is a client's share of the data, ``B`` its processors, ``p`` the probability of the "
    "draw, ``G`` the update of this round, ``h`` the one remembered, ``f`` the loss, ``a = (d/B) "
    "‖G‖``, ``m`` the budget, ``c`` the cap of a processor, ``S`` the number of models."
)

MEMBERS = "   :members: init, apply\n   :inherited-members:\n"


def record(name: str) -> type[Any]:
    """The class of the method of that name."""
    file, kind = METHODS[name]
    found: type[Any] = getattr(import_module(f"roundlot.simulate.methods.{file}"), kind)
    return found


def example(name: str) -> str:
    """A few lines of Python that train by the method."""
    return f"""\
from roundlot.simulate.methods import method
from roundlot.simulate.tasks import digits
from roundlot.simulate.training import Federation, LocalPlan, train

federation = Federation(tasks=digits(n_clients=12, n_models=2, samples=240, seed=0))
plan = LocalPlan(epochs=1)
history = train(federation, method("{name}"), rounds=2, plan=plan, budget=6)
print(history.mean_accuracy)
"""


def command(name: str) -> str:
    """The same on the command line."""
    return f"roundlot train digits --methods {name} --rounds 2 --seeds 1 --out trained"


def prose(kind: type[object]) -> tuple[str, str]:
    """What a record is, in a sentence, and the docstring of its module, which relatives share."""
    head, _, _ = (inspect.getdoc(kind) or "").partition("\n\n")
    return " ".join(head.split()), inspect.getdoc(import_module(kind.__module__)) or ""


def listing(lines: str, language: str) -> str:
    """A block of code in reStructuredText."""
    body = "\n".join(f"   {line}" if line else "" for line in lines.rstrip().splitlines())
    return f".. code-block:: {language}\n\n{body}\n"


def heading(title: str) -> str:
    """The title of a page."""
    return f"{title}\n{'=' * (2 * len(title))}\n"


def facts(rows: list[tuple[str, str]]) -> str:
    """A list of names and what they are."""
    return "\n".join(f"- **{name}**: {text}" for name, text in rows) + "\n"


def text(name: str) -> str:
    """The page of a method."""
    file, _ = METHODS[name]
    kind, module = record(name), f"roundlot.simulate.methods.{file}"
    made = kind()
    head, rest = prose(kind)
    settings = [f"``{f.name}``" for f in fields(kind) if f.name not in ("name", "source", "label")]
    known = [
        ("in setups", f"``{name}``; in tables and figures *{made.name}*"),
        ("needs", getattr(kind, "needs", "see below")),
        ("the step is", made.label),
        ("source", made.source),
        ("settings", ", ".join(settings) or "none"),
        ("code", f":doc:`simulate/methods/{file}.py </{name_of(f'simulate/methods/{file}.py')}>`"),
    ]
    parts = [heading(name), head + "\n", facts(known)]
    if getattr(kind, "formula", ""):
        parts.append(f".. math::\n\n   {kind.formula}\n")
        parts.append(NOTATION + "\n")
    parts += [
        rest + "\n",
        "Call it\n-------\n",
        listing(example(name), "python"),
        "On the command line:\n",
        listing("$ " + command(name), "console"),
        "Its record\n----------\n",
        f".. autoclass:: {module}.{kind.__name__}\n{MEMBERS}",
    ]
    return "\n".join(parts)


def pages(root: Path) -> Pages:
    """Every method's page, and the page of its source."""
    found = {f"methods/{name}.rst": text(name) for name in METHODS}
    files = [Path("simulate/methods") / f"{file}.py" for file, _ in METHODS.values()]
    return {**found, **{f"{name_of(file)}.rst": page(file) for file in files}}
