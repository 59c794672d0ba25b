"""A whole file: its own lemmas, the cited theorems as lemmas, the theorem, what it rests on."""

from __future__ import annotations

import textwrap
from functools import cache

from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq.building import build
from roundlot.theory.rocq.proofs import script
from roundlot.theory.rocq.statements import Statement
from roundlot.theory.rocq.terms import comment, counted
from roundlot.theory.rocq.usage import Built, cited_theorems
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
    lines += ["Proof.", *_proof(built.statement.theorem), "Qed.", ""]
    return "\n".join(lines)


@cache
def _proof(theorem: Theorem) -> tuple[str, ...]:
    """The lines of its proof, the same in every file that cites it."""
    return tuple(f"  {line}" for line in script(build(theorem)))


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


PRELUDE = """\
Require Import Reals Psatz.
Open Scope R_scope.

Lemma room a b : a <= b -> 0 <= b - a.
Proof. lra. Qed.
Lemma at_most a b : 0 <= b - a -> a <= b.
Proof. lra. Qed.
Lemma less a b : 0 < b - a -> a < b.
Proof. lra. Qed.
Lemma linked x a b : x = a -> a <= b -> 0 <= b - x.
Proof. lra. Qed.
Lemma linked_above x a b : x = a -> b <= a -> 0 <= x - b.
Proof. lra. Qed.
Lemma linked_equal x a b : x = a -> a = b -> b - x = 0.
Proof. lra. Qed.
Lemma difference a b : a = b -> b - a = 0.
Proof. lra. Qed.
Lemma same a b : b = a -> b - a = 0.
Proof. lra. Qed.
Lemma equal a b : b - a = 0 -> a = b.
Proof. lra. Qed.
Lemma above x : 0 < x -> x <> 0.
Proof. lra. Qed.
Lemma below x : 0 < - x -> x <> 0.
Proof. lra. Qed.
Lemma times_zero m x : x = 0 -> m * x = 0.
Proof. intros ->. ring. Qed.
Lemma plus_zero a b : a = 0 -> b = 0 -> a + b = 0.
Proof. lra. Qed.
Lemma from_zero x : x = 0 -> 0 <= x.
Proof. lra. Qed.
Lemma over a b : 0 <= a -> 0 < b -> 0 <= a / b.
Proof. intros A B. apply Rmult_le_pos; [exact A | left; exact (Rinv_0_lt_compat b B)]. Qed.

(* 0 < x or 0 <= x of a sum, product or quotient, from the signs of its parts *)
Ltac sign :=
  match goal with
  | |- 0 <= INR _ => apply pos_INR
  | H : 0 < ?x |- 0 < ?x => exact H
  | H : 0 <= ?x |- 0 <= ?x => exact H
  | H : 0 < ?x |- 0 <= ?x => exact (Rlt_le _ _ H)
  | |- 0 < _ * _ => apply Rmult_lt_0_compat; sign
  | |- 0 <= _ * _ => apply Rmult_le_pos; sign
  | |- 0 < _ / _ => apply Rdiv_lt_0_compat; sign
  | |- 0 <= _ / _ => apply over; sign
  | |- 0 < _ + _ =>
      first [ apply Rplus_lt_le_0_compat; [solve [sign] | solve [sign]]
            | apply Rplus_le_lt_0_compat; [solve [sign] | solve [sign]] ]
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; sign
  | |- 0 < _ ^ _ => apply pow_lt; sign
  | |- 0 <= _ ^ _ => first [ apply pow_le; solve [sign] | apply pow2_ge_0 ]
  | |- _ => lra
  end.
(* the denominators that field asks about *)
Ltac nonzero :=
  repeat split;
  first [ assumption | lra | apply above; solve [sign]
        | apply above; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply below; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply above; solve [nra] | apply below; solve [nra] ].
Ltac identity := first [ ring | field; nonzero ].
(* put another form in place of x in 0 <= x or 0 < x *)
Ltac written form :=
  match goal with
  | |- 0 <= ?here => replace here with form by identity
  | |- 0 < ?here => replace here with form by identity
  end.
Ltac parts :=
  match goal with
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; parts
  | |- _ + _ = 0 => apply plus_zero; parts
  | |- 0 <= _ => first [ assumption | apply from_zero; assumption ]
  | |- _ => assumption
  end.
"""

TOTAL = """\
(* f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => total k f + f k end.
"""
