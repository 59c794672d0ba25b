"""A whole file: words, the cited theorems as lemmas, the theorem, what it rests on."""

from __future__ import annotations

import textwrap
from functools import cache

from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq.building import build
from roundlot.theory.rocq.citations import Built
from roundlot.theory.rocq.identifiers import comment
from roundlot.theory.rocq.prelude import PRELUDE, TOTAL
from roundlot.theory.rocq.proofs import script
from roundlot.theory.rocq.statements import Statement
from roundlot.theory.rocq.terms import counted
from roundlot.theory.rocq.usage import cited_theorems
from roundlot.theory.rocq.witnesses import attained

_WIDTH = 100
_KINDS = {
    "sign": "range",
    "condition": "condition",
    "assumption": "assumed",
    "square": "squared norm",
    "link": "what is bounded",
    "norm": "squared norm",
}


@cache
def document(theorem: Theorem) -> str:
    """The theorem and its proof as a file for Rocq 8.16 or later, by itself."""
    behind = [*cited_theorems(theorem), theorem]
    built = [build(t) for t in behind]
    adds_up = any(c.sums for b in built for c in b.citations.values())
    parts = [_head(theorem), PRELUDE + (TOTAL if adds_up else "")]
    parts += [_theorem(b, "Theorem" if b is built[-1] else "Lemma") for b in built]
    tight = attained(built[-1])
    parts += ["\n".join(tight)] if tight else []
    parts += [f"Print Assumptions {theorem.name}.\n"]
    parts += [f"Print Assumptions {theorem.name}_attained.\n"] if tight else []
    return "\n".join(_wrapped(line) for part in parts for line in part.split("\n"))


def _wrapped(line: str) -> str:
    """A long line over several; between words Rocq does not care."""
    if len(line) <= _WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), _WIDTH, initial_indent=indent, subsequent_indent=indent + "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _head(theorem: Theorem) -> str:
    lines = [f"{theorem.title}.", theorem.setting, f"Reference: {theorem.reference}."]
    return "\n".join(comment(line) for line in lines) + "\n"


def _theorem(built: Built, word: str) -> str:
    lines = [comment(built.statement.theorem.title), *statement_lines(built.statement, word)]
    lines += ["Proof.", *(f"  {line}" for line in script(built)), "Qed.", ""]
    return "\n".join(lines)


def statement_lines(statement: Statement, word: str) -> list[str]:
    """The statement: variables, hypotheses with their kind and reason, conclusion."""
    texts = statement.own_texts
    lines = [f"{word} {statement.name}"]
    lines += [f"  ({v.name} : {v.type}) {comment(v.note)}" for v in statement.variables]
    for hypothesis in statement.hypotheses:
        lines.append(f"  {comment(f'{_KINDS[hypothesis.kind]}: {hypothesis.note}')}")
        lines.append(f"  ({hypothesis.name} : {hypothesis.formula(texts)})")
    return [*lines, f"  : {conclusion(statement)}."]


def conclusion(statement: Statement) -> str:
    """What is claimed."""
    index = statement.index
    if index is None:
        scope = statement.scope(statement.own_texts, None)
        parts = [r.text(scope) for r in (statement.claim(), *statement.further)]
        return " /\\ ".join(f"({p})" for p in parts) if len(parts) > 1 else parts[0]
    name = next(
        n for n in (str(index), "t", "n", "i") if n.isidentifier() and n not in statement.own_texts
    )
    scope = statement.scope(statement.own_texts, counted(name))
    return f"forall {name} : nat, {statement.claim().text(scope)}"
