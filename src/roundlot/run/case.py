"""What a run works on: the fleet, the updates that are measured, the problem they pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot import simulate
from roundlot.fleet import Fleet, FleetSetup
from roundlot.fleet.plan_section import KINDS
from roundlot.progress import Progress, silent
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.random_streams import DIRECTIONS
from roundlot.theory.text import short_repr

if TYPE_CHECKING:
    from roundlot.simulate.local.client_samples import ClientSamples
    from roundlot.simulate.local.optimum import Landscape
    from roundlot.simulate.updates import Updates

FloatArray = npt.NDArray[np.float64]
SYNTHETIC_DIMENSION = 16

SYNTHETIC = (
    f"only the sizes of the updates were given: their directions are random, in "
    f"{SYNTHETIC_DIMENSION} dimensions (the expected variance does not depend on them)"
)
FEATURES = (
    "features are synthesised per word and speaker (a prototype, a speaker shift and noise); "
    "the label counts are real"
)
LOSS_SCORES = (
    "the scores are losses, a stand-in for the norms: the comparison is of the variance that "
    "losses predict, the simulation of the real one"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A setup made ready: everything that solving, simulating and bounding need.

    Attributes:
        setup: where it came from.
        fleet: ``N`` clients with ``V`` processors, ``S`` models.
        problem: the sampling problem, ``(V, S)`` scores.
        updates: the updates to aggregate.
        losses: ``(V, S)`` at the starting point, if known.
        landscape: gradients and constants for the bound, if the fleet was trained.
        assumptions: modelling choices that the figures depend on.
    """

    setup: FleetSetup
    fleet: Fleet
    problem: Problem
    updates: Updates
    losses: FloatArray | None
    landscape: Landscape | None
    assumptions: tuple[str, ...]

    __repr__ = short_repr

    @cached_property
    def updates_at_optimum(self) -> Updates:
        """The gradients at the optimum, weighted; only of a fleet that was trained."""
        assert self.landscape is not None
        return _updates(self.fleet, self.landscape.gradients_optimum)


def prepare(
    setup: FleetSetup,
    *,
    landscape: bool = True,
    planned: bool = False,
    progress: Progress = silent,
) -> Case:
    """Read the fleet, train or read its updates, and pose the problem.

    ``landscape=False`` leaves out what only the bound needs. ``planned`` is for who answers what
    the setup's ``[plan]`` asks; for others it would be passed over.

    Raises:
        InvalidProblemError: tables that are malformed or do not fit each other.
        InfeasibleError: limits that nothing satisfies.
        ConvergenceError: local training diverges.
    """
    if setup.plan.kind is not None and not planned:
        raise InvalidProblemError(
            f"[plan] asks for what `roundlot solve` finds ({KINDS[setup.plan.kind]}); leave out "
            "[plan] here"
        )
    if setup.scores.source == "train":
        return _trained(setup, landscape, progress)
    if setup.scores.source == "updates":
        return _saved(setup)
    return _tabled(setup)


def _trained(setup: FleetSetup, landscape: bool, progress: Progress) -> Case:
    fleet = setup.fleet
    progress("train", 0, 2)
    samples = _recordings(setup)
    training = simulate.train_locally(
        samples,
        _plan(setup),
        data_weights=fleet.data_weights,
        seed=setup.seed,
        device=setup.simulate.device,
    )
    progress("train", 1, 2)
    updates = _updates(fleet, training.updates)
    losses = fleet.expand(training.losses)
    ground = (
        simulate.landscape(
            samples,
            l2=setup.train.l2,
            start=training.start,
            data_weights=fleet.data_weights,
            device=setup.simulate.device,
        )
        if landscape
        else None
    )
    progress("train", 2, 2)
    by_loss = setup.scores.kind == "loss"
    scores = fleet.weights * losses if by_loss else updates.scores
    assumptions = (*fleet.assumptions, FEATURES)
    return Case(
        setup=setup,
        fleet=fleet,
        problem=setup.problem(scores),
        updates=updates,
        losses=losses,
        landscape=ground,
        assumptions=(*assumptions, LOSS_SCORES) if by_loss else assumptions,
    )


def _recordings(setup: FleetSetup) -> tuple[ClientSamples, ...]:
    train = setup.train
    counts, models = setup.labels
    return simulate.synthesise_words(
        counts,
        models,
        seed=setup.seed,
        feature_model=simulate.FeatureModel(
            features=train.features,
            prototype_scale=train.prototype_scale,
            speaker_shift=train.speaker_shift,
            noise=train.noise,
        ),
    )


def _plan(setup: FleetSetup) -> simulate.TrainingPlan:
    train = setup.train
    return simulate.TrainingPlan(
        learning_rate=train.learning_rate,
        epochs=train.local_epochs,
        batch_size=train.batch or None,
        l2=train.l2,
        warmup_rounds=train.warmup_rounds,
    )


def _saved(setup: FleetSetup) -> Case:
    fleet = setup.fleet
    assert setup.updates_path is not None
    read = simulate.Updates.load(setup.updates_path)
    shape = (fleet.n_clients, fleet.n_models)
    if (read.n_clients, read.n_models) != shape:
        raise InvalidProblemError(
            f"{setup.updates_path} holds updates of {read.n_clients} clients and {read.n_models} "
            f"models; the fleet has {shape[0]} and {shape[1]}"
        )
    updates = _updates(fleet, read.directions)
    return Case(
        setup=setup,
        fleet=fleet,
        problem=setup.problem(updates.scores),
        updates=updates,
        losses=setup.table_losses,
        landscape=None,
        assumptions=fleet.assumptions,
    )


def _updates(fleet: Fleet, directions: Sequence[npt.NDArray[np.floating[Any]]]) -> simulate.Updates:
    return simulate.Updates(directions=directions, client=fleet.client, weights=fleet.weights)


def _tabled(setup: FleetSetup) -> Case:
    fleet, scores = setup.fleet, setup.table_scores
    assert scores is not None
    problem = setup.problem(scores)
    assumptions = (*fleet.assumptions, SYNTHETIC)
    return Case(
        setup=setup,
        fleet=fleet,
        problem=problem,
        updates=_synthetic_updates(fleet, problem.scores, setup.seed),
        losses=setup.table_losses,
        landscape=None,
        assumptions=(*assumptions, LOSS_SCORES) if setup.scores.kind == "loss" else assumptions,
    )


def _synthetic_updates(fleet: Fleet, scores: FloatArray, seed: int) -> simulate.Updates:
    """Updates in random directions, of the lengths that make the scores ``(V, S)``.

    Weights are ``d / B`` where one length per client explains the scores of all its processors;
    for scores of another kind they are the scores themselves, on directions of length 1.
    """
    generator = DIRECTIONS.generator(seed)
    tables = generator.standard_normal((fleet.n_models, fleet.n_clients, SYNTHETIC_DIMENSION))
    tables /= np.linalg.norm(tables, axis=2, keepdims=True)
    weights = scores
    with np.errstate(over="ignore"):  # of a score near the end of float64
        lengths = np.divide(scores, fleet.weights, out=np.zeros_like(scores), where=scores > 0.0)
    first = lengths[np.flatnonzero(np.diff(fleet.client, prepend=-1))]
    is_finite = bool(np.isfinite(lengths).all())
    if is_finite and np.allclose(first[fleet.client], lengths, rtol=1e-12, atol=0.0):
        weights, tables = fleet.weights, tables * first.T[:, :, None]
    return simulate.Updates(directions=list(tables), client=fleet.client, weights=weights)
