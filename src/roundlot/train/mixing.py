"""What is known of every method's mixing matrices, and verdicts on draws of them."""

from __future__ import annotations

from typing import Any

from roundlot.simulate.workers import DPSGD, AdjacentLeader, Matcha
from roundlot.simulate.workers.consensus import MixingLaw, drawn_matrices, empirical_rho
from roundlot.solvers.graphs import gradient_bound, largest_step
from roundlot.theory import AssumptionError
from roundlot.train.workers_methods import WorkerMethodSource
from roundlot.train.workers_setup import WorkersSetup
from roundlot.verify import Verdict, check_contraction
from roundlot.verify.agreement.variance import not_predicted

DRAWS = 20_000  # mixing matrices whose contraction is measured
DISCREPANCY = 0.05
_RATE_NEEDS = "the rate is for one local step, no delay, no leaders, no decay"
_LEADERS = "leaders follow the losses, so the matrix that mixes is not that of the base"


def mixing_facts(setup: WorkersSetup) -> tuple[tuple[dict[str, Any], ...], dict[str, Verdict]]:
    """What is known of every method's matrices, and verdicts on draws of them."""
    rows, verdicts = [], {}
    task = setup.task(setup.seed)
    for source in setup.methods:
        if not source.gossips:
            continue
        method: Any = source.make(source.crew(task, setup.seed), setup.folder)
        base: DPSGD | Matcha = method.base if isinstance(method, AdjacentLeader) else method
        row = {"method": source.name, "graph": source.workers.graph, "links": _links(base)}
        claim = f"mixing of {source.name} contracts as predicted"
        if base is not method:
            verdicts[source.name] = not_predicted(claim, (), _LEADERS)
            rows.append(row | _of_leaders(setup))
            continue
        law = MixingLaw.of(base)
        drawn = drawn_matrices(base, DRAWS, seed=setup.seed)
        verdicts[source.name] = check_contraction(drawn, law, discrepancy=DISCREPANCY, claim=claim)
        known = {"rho": law.rho, "empirical_rho": empirical_rho(drawn)}
        rows.append(row | known | _rate(setup, source, law.rho, base))
    return tuple(rows), verdicts


def _of_leaders(setup: WorkersSetup) -> dict[str, Any]:
    """What is known where the matrix follows the losses: nothing of the contraction."""
    nothing = float("nan")
    row: dict[str, Any] = {"rho": nothing, "empirical_rho": nothing}
    return row if setup.theory is None else row | {"rate": nothing, "refused": _RATE_NEEDS}


def _links(base: DPSGD | Matcha) -> float:
    """Links expected in a round."""
    assert base.links is not None
    sizes = base.links.sizes
    return float(base.p @ sizes) if isinstance(base, Matcha) else float(sizes.sum())


def _rate(setup: WorkersSetup, source: WorkerMethodSource, rho: float, base: Any) -> dict[str, Any]:
    """The theory's rate with the constants of [theory], or why there is none."""
    theory, step = setup.theory, source.steps.learning_rate
    if theory is None:
        return {}
    row: dict[str, Any] = {"rate": float("nan")}
    if rho < 1.0:
        row["largest_step"] = largest_step(rho, theory.smoothness, order=base.order)
    if base.delay or source.steps.steps > 1 or source.steps.decay < 1.0:
        return row | {"refused": _RATE_NEEDS}
    try:
        row["rate"] = gradient_bound(
            rho,
            step=step,
            smoothness=theory.smoothness,
            variance=theory.noise,
            dissimilarity=theory.dissimilarity,
            workers=setup.workers.count,
            value=theory.gap,
            rounds=setup.run.rounds,
            order=base.order,
        )
    except AssumptionError as error:
        row["refused"] = str(error)
    return row
