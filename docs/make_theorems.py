"""Writes docs/theorems.md and a page, a Rocq file and a figure for every theorem, from them.

Run `python docs/make_theorems.py` after a change to a theorem; the tests compare the pages.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from roundlot.plot.theorems import picture
from roundlot.run.applicability import told_by_training
from roundlot.theory.lower_bounds import INSTANCES, lower_bound
from roundlot.theory.proofs.assumptions import TEMPLATES
from roundlot.theory.proofs.conversions import CONVERSIONS
from roundlot.theory.proofs.domain import Parameter
from roundlot.theory.proofs.named_numbers import NAMED_NUMBERS
from roundlot.theory.proofs.requirements import Subject
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.proofs.units import LEGEND
from roundlot.theory.rocq import document
from roundlot.theory.theorems import CATALOGUE

HERE = Path(__file__).parent
FOLDER = HERE / "theorems"
HEAD = """# Theorems

Every bound comes with its proof, and `check()` checks the proof. It writes the proof as plain data
and gives it to the kernel, a small program with exact fractions, without SymPy and without a
theorem of its own. [A proof as a file](proof-format.md) says what the kernel checks: that no step
cites itself or a later one, that inductions are complete, that cited theorems are cited as they
are, that every identity cancels, and that every multiplier is non-negative over the whole range.

- Under *Assume* a theorem lists all that the kernel finds it to assume.
- A number outside the range is refused, with the condition that fails.
- Tests break every proof in one place at a time: each part is dropped, doubled, reordered or
  changed. The kernel refuses the result, or it is listed (`tests/theory/proofs/survivors.json`)
  with the reason why it is still true.

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
$ roundlot bound one_step --proof one_step.json
$ roundlot check one_step.json
$ roundlot bound one_step --latex
$ roundlot bound one_step --rocq one_step.v
$ roundlot bound stale_helps --plot stale.svg
$ roundlot bound pooled_batch --with variance=2 --with mean_inverse=0.1
```

*tight*: a bound that an instance attains; the check tries it. *exact*: an identity. *upper*: a
bound. Every rate has a lower bound beside it, with the function or fleet that attains it: under
*From below* on its page, and from `theory.lower_bound`. [How tight the bounds are](tightness.md).

| theorem | relation | says |
|---|---|---|
"""

JOINING = """
## On a fleet

`roundlot bound NAME --fleet SETUP --target 1e-3` takes numbers from a fleet. It says, for every
method, in how many rounds the theorem's bound reaches the target. A number is used only where it
means what the theorem requires (`theorem.requirements`); the same name is not enough:

- The smoothness of `F` is not that of every client's `f_i` (`client_smoothness`), nor a worker's.
- The variance of a server's step is not the gradient noise of a worker or of one sample.
- A biased method is refused by name. So is a design whose processors do not draw independently,
  where the theorem needs independence.
- A target is a share of the initial squared distance only where the bound is on a squared distance.
  Otherwise it is absolute, in the unit below.
- Where a theorem counts local steps, the number of rounds is printed too.
- What must hold in every round is not taken from the first round. Give it by `--with`; it is
  refused if it is less than in the first round. Probabilities are those for the gradients at the
  start, the same in all rounds.
- What the fleet measures (distance, value, gradient, variances) cannot be replaced by a better
  number. A constant that you give (a smoothness, say) is printed as assumed, beside the fleet's
  own.
- A bound that grows with the rounds meets no target.

A number that is missing is named at once, before anything is trained. A theorem that is not about
rounds of a server says what it is about.

| theorem | takes from a fleet | by hand | smooth | sampling | counts | bounds | in every round |
|---|---|---|---|---|---|---|---|
"""


def index() -> str:
    """The page with the table of all theorems, and what those about rounds require."""
    rows = [f"| [{t.name}](theorems/{t.name}.md) | {t.relation} | {t.title} |" for t in CATALOGUE]
    return (
        HEAD
        + "\n".join(rows)
        + "\n"
        + below()
        + joining()
        + numbers()
        + "\n"
        + REPLAYED
        + assumed()
    )


BELOW = """
## From below

For every rate: a function or a fleet that meets all of its assumptions, and the exact value that
the bounded quantity has there, for the same steps and rounds. No proof can improve the theorem
below it. The numbers are those of the middle of the theorem's figure; the gap is the bound over
what is attained, 1 is tight. It depends on the numbers: `roundlot bound NAME --with ...` gives it
for yours, `roundlot.theory.lower_bound` in Python. These are lower bounds for this method at these
steps. Beyond 200,000 rounds of steps that decrease, theorem lower_rounds takes their place, for any
step sizes fixed in advance. Tests enumerate the instances and compare them with the theorems in
fractions.

| theorem | at most | attained | gap | attained by |
|---|---|---|---|---|
"""


@cache
def numbers_of(name: str) -> Mapping[str, float]:
    """Those in the middle of the theorem's figure."""
    return picture(name).numbers


def below() -> str:
    """What is attained of every rate."""
    found = [lower_bound(name, **numbers_of(name)) for name in INSTANCES]
    rows = [
        f"| [{one.theorem}](theorems/{one.theorem}.md) | {one.upper:.4g} | {one.value:.4g} "
        f"| {one.gap:.4g} | {one.attained_by} |"
        for one in found
    ]
    return BELOW + "\n".join(rows) + "\n"


NUMBERS = f"""
## The numbers and their units

One name is one kind of number, in every theorem. {LEGEND}.
A number may be given with its unit: `--with 'step=0.1 x²/F'`, in Python
`Quantity(number=0.1, unit="x²/F")`; another unit is refused.
Tests do the dimensional analysis of every theorem and every sum of its proof.

| number | what it is | unit | in words |
|---|---|---|---|
"""
OTHER_NAMES = """
Some may be given under another name, where the relation is exact; `convert` in
`roundlot.theory.proofs.conversions` goes both ways. What does not tell the number is refused:
`λ₂` of the mean graph, or `‖E W − J‖` of a random `W`, which can be far below `√ρ`.

| name | for | what it is |
|---|---|---|
"""


def numbers() -> str:
    """Every number by name, and the other names of some."""
    rows = [
        f"| `{name}` | {one.meaning} | {one.unit} | {one.words} |"
        for name, one in sorted(NAMED_NUMBERS.items())
    ]
    taken = {form: p.name for t in CATALOGUE for p in t.domain.numbers for form in p.forms}
    forms = [f"| `{form}` | `{taken[form]}` | {one.meaning} |" for form, one in CONVERSIONS.items()]
    return NUMBERS + "\n".join(rows) + "\n" + OTHER_NAMES + "\n".join(forms) + "\n"


REPLAYED = """## Who says so?

You need not trust this project's own kernel. Every theorem is also a file for the proof assistant
[Rocq](https://rocq-prover.org), formerly Coq: 8.16 or later, with the standard library only. The
theorem's page links to it, and `roundlot bound NAME --rocq FILE.v` writes it.

```text
sudo apt-get install coq    # or from rocq-prover.org
coqc one_step.v             # some seconds; prints what the proof rests on
```

What a file holds:

- Parameters are real numbers. Their range, the conditions and every assumption are hypotheses, each
  named in a comment: *range*, *condition*, *assumed*, *squared norm* (a squared norm, written in
  inner products, is not negative), *what is bounded* (which quantity of a cited theorem a number
  is).
- What changes from round to round, or from one processor to the next, is a sequence, and hypotheses
  about it hold at every index. Cited theorems are lemmas of the same file, inductions are
  inductions over `nat`, and sums over clients may have any length.
- A tight theorem has a second one, `NAME_attained`: numbers that meet every fact of the proof, the
  conclusions of cited theorems among them, and the bound with equality. Five have none, because
  their instance is a list of summands: `pooled_batch`, `varying_batch`, `expected_batch_variance`,
  `water_filling_priced` and `water_filling`. For these, only the kernel checks that the bound is
  attained.
- The last lines print what the proof rests on: axioms of Rocq's real numbers and of functions
  (`sig_forall_dec`, `sig_not_dec`, functional extensionality, sometimes `classic`), nothing else.

No file proves that the inner products come from vectors and the means from a draw: these are
hypotheses.

Proved by hand in Rocq, for any number of clients, processors and limits:

- [estimator.v](../theory/rocq/general/estimator.v): mean, second moment and variance of the
  Horvitz-Thompson estimator, the covariance of two models, the participation variance.
- [lower_bound.v](../theory/rocq/general/lower_bound.v): the lower bound of every certificate, for
  any prices; water-filling's optimality.

"""
ASSUMED = """## What is proved, assumed, tested

- **Proved**, every time `check()` runs: the claim follows from the facts of its proof steps, over
  the whole range. A proof step uses another step, another theorem of this page, or an assumption.
- **Assumed**: the kinds of facts below, and no others. Each kind has one template, which writes the
  fact from its objects (functions, draws, names).
- **Tested**: no instance breaks a kind, and a wrong constant in it is noticed. Instances are random
  functions (quadratics, Huber, logistic, and some that are not convex) and draws enumerated in
  fractions. The bound of every theorem holds on an instance that is computed without it. Sixteen
  theorems hold on random instances that were written from their words alone, with every outcome
  enumerated.

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


def joining() -> str:
    """What theorems about rounds take from a fleet, and what they require."""
    server = [t for t in CATALOGUE if t.requirements.subject is Subject.SERVER]
    rows = [f"| [{t.name}](theorems/{t.name}.md) | {_requires(t)} |" for t in server]
    return JOINING + "\n".join(rows) + "\n"


def _requires(theorem: Theorem) -> str:
    """The cells of a theorem's row: what joins, what does not, and the rest of the requirements."""
    rules = theorem.requirements
    names = [p.name for p in theorem.domain.numbers]
    told = [name for name in names if told_by_training(theorem, name)]
    by_hand = [name for name in names if name not in told]
    unit = f" ({rules.left.unit})" if rules.left.unit else ""
    cells = (
        _codes(told),
        _codes(by_hand),
        rules.smooth,
        rules.sampling,
        rules.index,
        f"{rules.left.quantity}{unit}",
        _codes(name for name in names if name in rules.held),
    )
    return " | ".join(cells)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


def requirements(theorem: Theorem) -> str:
    """What the theorem is about and asks for, as a table."""
    rules = theorem.requirements
    unit = f", in {rules.left.unit}" if rules.left.unit else ""
    lines = {
        "it is about": rules.subject,
        "its left side": f"{rules.left.quantity}{unit}",
        "smooth": rules.smooth,
        "sampling": rules.sampling,
        "probabilities fixed before": rules.fixed,
        "it counts": rules.index,
        "must hold in every round": _codes(sorted(rules.held)),
    }
    rows = "".join(f"| {name} | {text} |\n" for name, text in lines.items())
    return f"| requirement | |\n|---|---|\n{rows}"


def page(theorem: Theorem) -> str:
    """One theorem: its formula, its figure, its proof, how to call it."""
    file = f"theory/theorems/{home(theorem)}"
    return (
        f"# {theorem.title}\n\n"
        f"$$\n{theorem.latex()}\n$$\n\n"
        f"![the bound and an instance]({theorem.name}.png)\n\n"
        f"*{RELATIONS[theorem.relation]}* Source: {theorem.reference}. Code: "
        f"[{file}](../../{file}).{replayed(theorem)}\n\n"
        f"## Proof\n\n```text\n{theorem.proof()}\n```\n\n"
        f"## What it requires\n\n{requirements(theorem)}\n"
        f"## Call it\n\n{call(theorem)}"
        f"{from_below(theorem)}"
    )


def from_below(theorem: Theorem) -> str:
    """What an instance of a rate's class attains for the numbers of its call."""
    if theorem.name not in INSTANCES:
        return ""
    found = lower_bound(theorem, **numbers_of(theorem.name))
    return (
        "\n## From below\n\n"
        "With the numbers above (those of the middle of the figure):\n\n"
        "| at most | attained | gap |\n|---|---|---|\n"
        f"| {found.upper:.4g} | {found.value:.4g} | {found.gap:.4g} |\n\n"
        f"*Attained by*: {found.attained_by}. It is a lower bound for {found.scope}: no proof can "
        f"improve the theorem below it. See [how tight the bounds are](../tightness.md).\n"
    )


def replayed(theorem: Theorem) -> str:
    """Where its Rocq file is."""
    name = f"{theorem.name}.v"
    return f" For Rocq: [{name}]({name}) ([who says so?](../theorems.md#who-says-so))."


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
    numbers = {name: f"{value:.4g}" for name, value in numbers_of(theorem.name).items()}
    rows = [
        f"| `{p.name}` | {p.symbol} | {_meaning(theorem, p)} | {_unit(p)} |\n"
        for p in theorem.domain.numbers
    ]
    given = "".join(f"    {name}={value},\n" for name, value in numbers.items())
    flags = " ".join(f"--with {name}={value}" for name, value in numbers.items())
    return (
        "| number | symbol | what it is | unit |\n|---|---|---|---|\n" + "".join(rows) + "\n"
        "```python\nfrom roundlot.theory.theorems import named\n\n"
        f"numbers = dict(\n{given})\n"
        f'print(named("{theorem.name}").evaluate(**numbers))\n```\n\n'
        f"```console\n$ roundlot bound {theorem.name} {flags}\n"
        f"$ roundlot bound {theorem.name} --proof\n```\n"
    )


def _unit(parameter: Parameter) -> str:
    """The unit, and in words; of a count what is counted."""
    words = parameter.unit_in_words
    return words if parameter.unit == "1" else f"{parameter.unit} ({words})"


def _meaning(theorem: Theorem, parameter: Parameter) -> str:
    """Its words, and the role by which numbers join it."""
    role = theorem.requirements.roles.get(parameter.name)
    return parameter.meaning if role is None else f"{parameter.meaning}: {role}"


def pages() -> dict[Path, str]:
    """Every page's text by its place."""
    found = {FOLDER / f"{t.name}.md": page(t) for t in CATALOGUE}
    proofs = {FOLDER / f"{t.name}.v": document(t) for t in CATALOGUE}
    return {HERE / "theorems.md": index(), **found, **proofs}


def draw(names: Sequence[str] = ()) -> None:
    """Every theorem's figure, or those of some."""
    from roundlot.plot.style import save_figure
    from roundlot.plot.theorems import plot_theorem

    for theorem in [t for t in CATALOGUE if not names or t.name in names]:
        figure = plot_theorem(picture(theorem.name)).get_figure()
        assert figure is not None
        save_figure(figure.figure, FOLDER / f"{theorem.name}.png")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for place, text in pages().items():
        place.write_text(text, "utf-8")
    draw(sys.argv[1:])
