"""Rounds of one step to a target by expected smoothness: the fewest that hold in fractions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from roundlot.files import write_bytes
from roundlot.solvers.schemes.codesign_task import Task
from roundlot.solvers.schemes.steps_search import StepsPoint
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certified_rounds import Participant, StepsClaim, steps_document
from roundlot.theory.certified_rounds.steps import MOST_ROUNDS, rounded
from roundlot.theory.errors import InfeasibleError
from roundlot.theory.json_text import dumps
from roundlot.theory.proofs.theorem import ProofCheck

_NAME = "expected smoothness, independent draws"
_DIGITS = 6  # of step and share
_SHORTER = Fraction(1 - 1e-6)  # of a step, so that rounding does not make it too long


@dataclass(frozen=True, kw_only=True, eq=False)
class StepsCertificate:
    """A bound after rounds of one step, proved for every fleet with these constants.

    Attributes:
        claim: the fleet, the step and the constants of the theorems, in fractions.
    """

    claim: StepsClaim

    @property
    def bound(self) -> float:
        """On ``E‖x_T − x*‖²``; rounded up."""
        return nearest(self.claim.bound, up=True)

    def check(self) -> ProofCheck:
        """The conditions of the theorems and the bound that they give, in fractions."""
        return ProofCheck(theorem=f"steps, {_NAME}", failures=self.claim.failures)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what is proved as JSON, which ``roundlot check`` judges from the file alone.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        target = Path(path)
        if target.is_dir():
            raise FileExistsError(f"{path} is a folder; give the name of a file")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = dumps(steps_document(self.claim, notes=_NAME)) + "\n"
        write_bytes(target, text.encode("utf-8"))
        return target

    def __str__(self) -> str:
        return f"{_NAME}: {self.claim}"

    def __repr__(self) -> str:
        return f"StepsCertificate({self})"


def certify_steps(task: Task, point: StepsPoint) -> StepsCertificate:
    """The fewest rounds that reach the task's target with the point's probabilities and step.

    Raises:
        InfeasibleError: no number of rounds does.
    """
    clients = _participants(task, point)
    loads = (one.weight * one.smoothness * one.odds for one in clients)
    step = min(point.step, nearest(Fraction(point.step) * _SHORTER, up=False))
    claim = StepsClaim(
        clients=clients,
        heterogeneity=Fraction(task.heterogeneity) if task.at_optimum is None else None,
        slope=rounded(max(loads), up=True),
        share=Fraction(f"{point.share:.{_DIGITS}g}"),
        step=Fraction(f"{step:.{_DIGITS}g}") * _SHORTER.limit_denominator(10**7),
        initial=Fraction(task.initial),
        rounds=1,
        bound=Fraction(0),
    )
    rounds = claim.rounds_to(Fraction(task.target))
    if rounds is None or rounds > MOST_ROUNDS:
        raise InfeasibleError(
            f"the target {task.target:g} is not proved at this step; raise the target or the budget"
        )
    return StepsCertificate(claim=claim.after(rounds))


def _participants(task: Task, point: StepsPoint) -> tuple[Participant, ...]:
    """Clients with the same numbers once."""
    at_optimum = np.zeros_like(task.weights) if task.at_optimum is None else task.at_optimum
    columns = (task.weights, task.smoothness, task.strong_convexity, task.variance)
    table = np.column_stack([*columns, at_optimum, point.probabilities])
    rows, counts = np.unique(table, axis=0, return_counts=True)
    return tuple(
        Participant(
            count=int(count),
            weight=Fraction(w),
            smoothness=Fraction(L),
            strong_convexity=Fraction(mu),
            variance=Fraction(noise),
            at_optimum=Fraction(gradient),
            probability=Fraction(p),
        )
        for (w, L, mu, noise, gradient, p), count in zip(
            rows.tolist(), counts.tolist(), strict=True
        )
    )
