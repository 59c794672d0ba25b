"""Writes docs/theorems.md and a page with a figure for every theorem, from the theorems themselves.

Run `python docs/make_theorems.py` after a change to a theorem; the tests compare the pages.
"""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

from roundlot.gallery import picture
from roundlot.theory.assumptions import TEMPLATES
from roundlot.theory.theorem import Theorem
from roundlot.theory.theorems import CATALOGUE

HERE = Path(__file__).parent
FOLDER = HERE / "theorems"
HEAD = """# Theorems

Every bound is an object that carries its proof: facts with their reasons, multipliers that SymPy
solves for, squares. `check()` cancels the identity over exact rationals and proves every multiplier
non-negative over the whole range; a wrong constant is refused, and a number outside the range is
refused by the condition that fails.

```python
from roundlot.theory import AssumptionError, spectral_gap
from roundlot.theory.theorems import named

theorem = named("one_step")
theorem.check().require()
numbers = {"smoothness": 4, "strong_convexity": 0.5, "variance": 2, "squared_distance": 1}
print(theorem.evaluate(step=0.1, **numbers))
try:
    theorem.evaluate(step=0.5, **numbers)
except AssumptionError as error:
    print(error)  # outside the proven range: it needs γ <= 2/(L + μ)
print(spectral_gap([[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]))  # for theorem decentralised
```

```console
$ roundlot bound --list
$ roundlot bound one_step --proof
$ roundlot bound one_step --latex
$ roundlot bound stale_helps --plot stale.svg
$ roundlot bound pooled_batch --with variance=2 --with mean_inverse=0.1
```

`roundlot bound NAME --fleet SETUP --target 1e-3` takes the constants from a fleet and says in how
many rounds the theorem's bound reaches the target, for every method; what the fleet does not tell
is given by `--with`. *tight*: attained by an instance that the check tries. *exact*: an identity.
*upper*: a bound.

| theorem | relation | says |
|---|---|---|
"""


def index() -> str:
    """The page with the table of all theorems."""
    rows = [f"| [{t.name}](theorems/{t.name}.md) | {t.relation} | {t.title} |" for t in CATALOGUE]
    return HEAD + "\n".join(rows) + "\n\n" + assumed()


ASSUMED = """## What is proved, assumed, tested

Proved, every time `check()` runs: that the claim follows from the facts of its steps, over the
whole range. What a step uses is another step, another theorem of this page, or an assumption.
Assumptions are of the kinds below, written from their objects (functions, draws, names) by one
template a kind; there are no others. Tested, with random functions (quadratics, Huber, logistic,
and some that are not convex) and with draws enumerated in fractions: that no instance breaks a
kind, and that a wrong constant in it is seen to break. Tested, too: that the bound of every
theorem holds on an instance computed without it.

"""


def assumed() -> str:
    """What proofs assume: the kinds, then every assumption of every theorem."""
    facts = [(t, f) for t in CATALOGUE for s in t.steps for f in s.facts if f.assumption]
    count = Counter(f.assumption.kind for _, f in facts if f.assumption)
    kinds = [
        f"| {kind.value} | {count[kind]} | {template.says} | {template.source} |"
        for kind, template in TEMPLATES.items()
    ]
    rows = [
        f"| {t.name} | {f.assumption.kind.value} | {f.name} | {f.reason} |"
        for t, f in facts
        if f.assumption
    ]
    return (
        ASSUMED
        + "| kind | facts | says | source |\n|---|---|---|---|\n"
        + "\n".join(kinds)
        + "\n\n| theorem | kind | assumption | because |\n|---|---|---|---|\n"
        + "\n".join(dict.fromkeys(rows))
        + "\n"
    )


def page(theorem: Theorem) -> str:
    """One theorem: its formula, its figure, its proof, how to call it."""
    file = f"theory/theorems/{home(theorem)}"
    return (
        f"# {theorem.title}\n\n"
        f"$$\n{theorem.latex()}\n$$\n\n"
        f"![the bound and an instance]({theorem.name}.png)\n\n"
        f"*{RELATIONS[theorem.relation]}* Source: {theorem.reference}. Code: "
        f"[{file}](../../{file}).\n\n"
        f"## Proof\n\n```text\n{theorem.proof()}\n```\n\n"
        f"## Call it\n\n{call(theorem)}"
    )


RELATIONS = {
    "tight": "A tight bound: an instance attains it, if not the one in the figure.",
    "exact": "An identity.",
    "upper": "A bound.",
}


def home(theorem: Theorem) -> str:
    """The file that states it: the only one that has it without an import from another."""
    holding = {}
    for file in sorted((HERE.parent / "theory" / "theorems").glob("[a-z]*.py")):
        module = import_module(f"roundlot.theory.theorems.{file.stem}")
        if any(value is theorem for value in vars(module).values()):
            holding[file.stem] = file.read_text("utf-8")
    return next(
        f"{stem}.py"
        for stem, text in holding.items()
        if not any(f"theorems.{other} import" in text for other in holding)
    )


def call(theorem: Theorem) -> str:
    """The theorem's numbers, and its bound for those in the middle of its figure."""
    numbers = {name: f"{value:.4g}" for name, value in picture(theorem.name).numbers.items()}
    rows = [f"| `{p.name}` | {p.symbol} | {p.meaning} |\n" for p in theorem.domain.parameters]
    given = "".join(f"    {name}={value},\n" for name, value in numbers.items())
    flags = " ".join(f"--with {name}={value}" for name, value in numbers.items())
    return (
        "| number | symbol | what it is |\n|---|---|---|\n" + "".join(rows) + "\n"
        "```python\nfrom roundlot.theory.theorems import named\n\n"
        f"numbers = dict(\n{given})\n"
        f'print(named("{theorem.name}").evaluate(**numbers))\n```\n\n'
        f"```console\n$ roundlot bound {theorem.name} {flags}\n"
        f"$ roundlot bound {theorem.name} --proof\n```\n"
    )


def pages() -> dict[Path, str]:
    """Every page's text by its place."""
    found = {FOLDER / f"{t.name}.md": page(t) for t in CATALOGUE}
    return {HERE / "theorems.md": index(), **found}


def draw() -> None:
    """Every theorem's figure."""
    from roundlot.gallery import plot_picture
    from roundlot.plot.style import save_figure

    for theorem in CATALOGUE:
        figure = plot_picture(picture(theorem.name)).get_figure()
        assert figure is not None
        save_figure(figure.figure, FOLDER / f"{theorem.name}.png")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for place, text in pages().items():
        place.write_text(text, "utf-8")
    draw()
