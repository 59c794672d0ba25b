"""A page for every approximation of the optimum and for every sampler that learns."""

from __future__ import annotations

import re
from pathlib import Path

from roundlot.solvers.rules import APPROXIMATIONS, SAMPLERS, OnlineSampler, Rule
from roundlot_site.methods import facts, heading, listing, prose
from roundlot_site.sources import name_of, page
from roundlot_site.writing import Pages

FOLDER = "approximations"
TABLE = """\
import numpy as np

import roundlot as rl

scores = np.array([[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]])  # (V, S)
problem = rl.Problem(scores, budget=2, weights=np.full((4, 2), 0.25))
"""
LINES = {
    "losses": "losses=scores + 0.1",
    "last_norms": "last_norms=scores",
}


def slug(name: str) -> str:
    """The name of a rule's page."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def example(rule: Rule) -> str:
    """A few lines of Python that propose probabilities by the rule."""
    known = "".join(f", {LINES[name]}" for name in rule.requires if name in LINES)
    return f"""\
{TABLE}
from roundlot.solvers.rules import APPROXIMATIONS, gather

rule = next(rule for rule in APPROXIMATIONS if rule.name == "{rule.name}")
print(rule.propose(problem, gather(problem{known})))  # (V, S)
print(rl.compare(problem{known}))  # beside all others
"""


def learning(sampler: OnlineSampler) -> str:
    """A few lines of Python that let the sampler learn from one round."""
    return f"""\
{TABLE}
from roundlot.solvers.rules import {type(sampler).__name__}

sampler = {type(sampler).__name__}()
state = sampler.init(problem)  # reads the limits, not the scores
p = sampler.probabilities(state)
norms = np.full((4, 2), np.nan)  # NaN: not drawn
norms[0, 1], norms[2, 0] = 3.0, 0.5
state = sampler.update(state, p, norms)
print(sampler.probabilities(state))  # (V, S), for the next round
"""


def _file(kind: type[object]) -> Path:
    return Path(kind.__module__.removeprefix("roundlot.").replace(".", "/") + ".py")


def _call(lines: str, shell: str) -> str:
    return listing(lines, "python") + "\nOn the command line:\n\n" + listing(shell, "console")


def _page(rule: Rule, known: list[tuple[str, str]], call: str) -> str:
    kind = type(rule)
    head, rest = prose(kind)
    code = f":doc:`{_file(kind).as_posix()} </{name_of(_file(kind))}>`"
    parts = [
        heading(rule.name),
        head + "\n",
        facts([*known, ("source", rule.source), ("code", code)]),
    ]
    if kind.formula:
        parts.append(f".. math::\n\n   {kind.formula}\n")
    parts += [rest + "\n", "Call it\n-------\n", call, "Its record\n----------\n"]
    options = "   :members:\n   :inherited-members:\n   :no-index:\n"
    parts.append(f".. autoclass:: {kind.__module__}.{kind.__name__}\n{options}")
    return "\n".join(parts)


def text(rule: Rule) -> str:
    """The page of an approximation."""
    history = rule.requires == ("history",)
    shell = "$ roundlot compare scores.csv --budget 2" + (" --history 20" if history else "")
    known = [
        ("needs", rule.needs),
        ("draws", rule.design),
    ]
    call = (
        listing(example(rule), "python") + "\nOn the command line:\n\n" + listing(shell, "console")
    )
    return _page(rule, known, call)


def sampler_text(sampler: OnlineSampler) -> str:
    """The page of a sampler that learns."""
    known = [
        ("needs", "the norms of what was drawn in earlier rounds"),
        ("the step is", "unbiased: every available pair keeps a share of the uniform probability"),
    ]
    call = _call(learning(sampler), "$ roundlot compare scores.csv --budget 2 --history 20")
    return _page(sampler, known, call)


def pages(root: Path) -> Pages:
    """Every rule's page, and the page of its source."""
    found = {f"{FOLDER}/{slug(rule.name)}.rst": text(rule) for rule in APPROXIMATIONS}
    found |= {f"{FOLDER}/{slug(s.name)}.rst": sampler_text(s) for s in SAMPLERS}
    files = {_file(type(rule)) for rule in (*APPROXIMATIONS, *SAMPLERS)}
    return {**found, **{f"{name_of(file)}.rst": page(file) for file in files}}
