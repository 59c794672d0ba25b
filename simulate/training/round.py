"""What a method may ask of the federation in one round; all is counted, and takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.designs import Design, design_of
from roundlot.simulate.engines.engine import Engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import AnyArray, BoolArray, FloatArray, IntArray
from roundlot.theory.errors import TrainingError

REPORT_BYTES = 8  # of a loss or a norm, float64
FORWARD = 1.0 / 3.0  # of a step: a backward pass costs about two forward passes
_MEGABIT = 8e-6  # of a byte


class Round:
    """Round ``index`` of a run: who is there, what they can do, what it costs.

    A client keeps what it has trained until the round is over: asked for the norm of its update and
    then for the update itself, it trains once. Training with a correction is another training.

    Attributes:
        index: the round, from 0.
        seed: of the run.
        federation: who takes part.
        parameters: ``S`` flat tensors ``(P_s,)``, where the round starts.
        budget: ``m``, the draws expected in a round.
        going: ``(S,)`` bool: models that are still trained; see `EarlyStop`.
        present: ``(N, S)`` bool: who can train what in this round; nobody a model that has stopped.
        trained: ``(N, S)``: how many times each pair has trained so far, for the clock.
        surveyed: ``(N, S)`` bool: who trained to report a norm, before the draw.
        evaluated: ``(N, S)`` bool: whose loss was computed for the server.
        uploaded: ``(N, S)`` bool: whose update was sent to the server.
        corrected: ``(N, S)`` bool: who was sent a correction beside the model.
        design_name: of the run.
        rule: the design drawn by, once something was drawn.
    """

    def __init__(
        self,
        *,
        index: int,
        seed: int,
        federation: Federation,
        engines: Sequence[Engine],
        parameters: tuple[Tensor, ...],
        budget: float,
        design_name: str = "independent",
        chunk: int = 256,
        present: BoolArray | None = None,
        going: BoolArray | None = None,
    ) -> None:
        self.index, self.seed, self.budget = index, seed, budget
        self.federation, self.parameters = federation, parameters
        self.going = np.ones(federation.n_models, dtype=bool) if going is None else going
        there = federation.present(index, seed) if present is None else present
        self.present = there & self.going
        self.design_name = design_name
        self._engines, self._chunk = engines, chunk
        shape = (federation.n_clients, federation.n_models)
        self.trained = np.zeros(shape, dtype=np.int64)
        self.surveyed, self.evaluated, self.uploaded, self.corrected = (
            np.zeros(shape, dtype=bool) for _ in range(4)
        )
        self._plainly_trained = np.zeros(shape, dtype=bool)
        self.rule: Design | None = None

    @cached_property
    def data_weights(self) -> FloatArray:
        """``(N, S)``, ``d``: shares of the data among those present; columns sum to 1 or 0."""
        return self.federation.data_weights(self.present)

    @cached_property
    def weights(self) -> FloatArray:
        """``(V, S)``, ``d / B``: the weight of a processor's update in the full step."""
        return self.for_processors(self.data_weights)

    @cached_property
    def weights_of_all(self) -> FloatArray:
        """``(N, S)``, ``d``: shares of the data of the whole federation, of those away, too."""
        return self.federation.data_weights(self.federation.available)

    def for_processors(self, shares: FloatArray) -> FloatArray:
        """``(V, S)``, ``d / B`` for shares ``d`` ``(N, S)``: each processor has its part."""
        federation = self.federation
        processors = np.asarray(federation.processors)[:, None]
        return np.asarray((shares / processors)[federation.client])

    @property
    def model_in_turn(self) -> int:
        """The model whose turn it is where a round is one model's, of those still trained."""
        going = np.flatnonzero(self.going)
        return int(going[self.index % going.size])

    @cached_property
    def available(self) -> BoolArray:
        """``(V, S)``: ``present`` for every processor."""
        return np.asarray(self.present[self.federation.client])

    def problem(self, scores: FloatArray, **limits: object) -> Problem:
        """The sampling problem of this round: ``scores`` ``(V, S)``, the budget, who is there."""
        limits.setdefault("budget", self.budget)
        limits.setdefault("available", self.available)
        limits.setdefault("allow_unreachable", True)  # in one round nobody may be there
        return Problem(scores, weights=self.weights, **limits)  # type: ignore[arg-type]

    def draw(self, probabilities: FloatArray) -> Lot:
        """The draw of this round with these ``(V, S)`` probabilities, by the run's design."""
        block = self.federation.block if self.design_name == "blocks" else None
        self.rule = design_of(probabilities, self.design_name, block=block)
        picks = self.rule.draw(1, seed=self.seed, start=self.index)[0].astype(np.int64)
        return Lot(
            probabilities=self.rule.probabilities, picks=picks, client=self.federation.client
        )

    def error_rates(self) -> FloatArray:
        """``(S,)``, one less the accuracy on the test data, which the server has.

        Where a task has none, on all clients' data. No client is asked; NaN where a task does not
        classify.
        """
        pairs = zip(self._engines, self.parameters, strict=True)
        return np.array([1.0 - engine.evaluate(at).accuracy for engine, at in pairs])

    def losses(self) -> FloatArray:
        """``(N, S)``: every present client's loss on every model it can train, else 0."""
        out = np.zeros(self.present.shape)
        for model, engine in enumerate(self._engines):
            clients = np.flatnonzero(self.present[:, model])
            if clients.size:
                out[clients, model] = self._losses(engine, self.parameters[model], clients)
        self.evaluated |= self.present
        return out

    def some_losses(
        self, model: int, clients: IntArray, *, parameters: Tensor | None = None
    ) -> FloatArray:
        """``(N,)``: these clients' losses on one model, else 0; at other parameters if given."""
        out = np.zeros(self.federation.n_clients)
        at = self.parameters[model] if parameters is None else parameters
        if clients.size:
            out[clients] = self._losses(self._engines[model], at, clients)
        self.evaluated[clients, model] = True
        return out

    def updates(self, model: int, clients: IntArray, *, correction: Tensor | None = None) -> Tensor:
        """``(k, P_s)``: these clients train and send what they learnt.

        Raises:
            TrainingError: a loss or an update that is not finite; names round, task and client.
        """
        self.uploaded[clients, model] = True
        return self._train(model, clients, correction)

    def told(self, model: int, clients: IntArray) -> Tensor:
        """``(k, P_s)``: these clients train and keep what they learnt, to tell figures of it."""
        self.surveyed[clients, model] = True
        return self._train(model, clients, None)

    def rate(self, model: int) -> float:
        """The learning rate with which clients train a model in this round."""
        return self._engines[model].plan.rate(self.index)

    def local_time(self, model: int, clients: IntArray) -> FloatArray:
        """``(k,)``: local steps times the learning rate, how far a unit gradient moves a client.

        Raises:
            InvalidProblemError: clients train by Adam or with momentum, where it is not.
        """
        plan = self._engines[model].plan
        if plan.optimizer != "sgd" or plan.inertia:
            how = "Adam" if plan.optimizer == "adam" else f"momentum {plan.inertia:g}"
            raise InvalidProblemError(
                f"clients train {self.federation.tasks[model].name!r} by {how}, so that steps times"
                " the rate are no local time that a norm could be divided by; set norms = 'per"
                " rate' or 'raw', or train by plain sgd"
            )
        engine, counts = self._engines[model], self.federation.counts[clients, model]
        return np.asarray(engine.plan.steps(counts) * engine.plan.rate(self.index))

    def update_norms(self, model: int) -> FloatArray:
        """``(N,)``: every present client trains and sends the norm of its update only; else 0."""
        out = np.zeros(self.federation.n_clients)
        clients = np.flatnonzero(self.present[:, model])
        self.surveyed[clients, model] = True
        for start in range(0, clients.size, self._chunk):
            some = clients[start : start + self._chunk]
            rows = self._train(model, some, None)
            out[some] = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64).cpu().numpy()
        return out

    def _losses(self, engine: Engine, parameters: Tensor, clients: IntArray) -> FloatArray:
        try:
            return engine.losses(parameters, clients)
        except TrainingError as error:  # it does not know the round
            raise TrainingError(
                task=error.task, client=error.client, round_=self.index, what="loss"
            ) from None

    def _train(self, model: int, clients: IntArray, correction: Tensor | None) -> Tensor:
        if correction is None:
            self.trained[clients, model] += ~self._plainly_trained[clients, model]
            self._plainly_trained[clients, model] = True
        else:
            self.trained[clients, model] += 1
            self.corrected[clients, model] = True
        if not len(clients):
            return self.parameters[model].new_zeros((0, len(self.parameters[model])))
        return self._engines[model].updates(
            self.parameters[model], clients, self.index, correction=correction
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """Seconds of a round where model ``s`` is trained by ``plans[s]``, from devices and links.

    A round has two phases with a barrier between, for the server draws when all reports are in:

    1. survey: whoever is asked for a loss or a norm downloads the model, computes, reports 8 bytes;
    2. training: whoever is drawn downloads the model (unless it has it), trains (unless it kept
       what it trained for the survey), and sends its update.

    In a phase a client first downloads, one message after the other on its link; then its
    processors work side by side, each computation on one of them, longest first, each on the
    processor that is free first; then it sends, one message after the other. A phase takes as long
    as its slowest client. One training takes ``epochs × samples / speed``, one loss a third of
    ``samples / speed`` (a forward pass costs about a third of a step). A model, an update and a
    correction are ``bytes`` a parameter. The server itself takes no time.
    """

    federation: Federation
    plans: Sequence[LocalPlan]
    bytes: int = FLOAT32.bytes

    def seconds(self, round_: Round) -> float:
        """Seconds of a round, from what was asked in it."""
        asked = round_.surveyed | round_.evaluated
        survey = self._phase(
            downloads=asked * self._model_bytes,
            work=self._training(round_.surveyed) + FORWARD * self._passes(round_.evaluated),
            uploads=REPORT_BYTES * (round_.surveyed * 1.0 + round_.evaluated),
        )
        later = round_.trained - round_.surveyed
        fetched = ((round_.trained > 0) & ~asked) * 1.0 + round_.corrected
        training = self._phase(
            downloads=fetched * self._model_bytes,
            work=self._training(later),
            uploads=round_.uploaded * self._model_bytes,
        )
        return survey + training

    @property
    def _model_bytes(self) -> FloatArray:
        sizes = [self.bytes * task.n_parameters for task in self.federation.tasks]
        return np.array(sizes, dtype=float)

    def _training(self, times: AnyArray) -> FloatArray:
        epochs = np.array([plan.epochs for plan in self.plans], dtype=float)
        return np.asarray(self._passes(times) * epochs)

    def _passes(self, times: AnyArray) -> FloatArray:
        """``(N, S)`` seconds to go through the data so many times."""
        speed = self.federation.speed
        if speed is None:
            return np.zeros(times.shape)
        return np.asarray(times * self.federation.counts / np.asarray(speed)[:, None])

    def _phase(self, *, downloads: FloatArray, work: FloatArray, uploads: FloatArray) -> float:
        busy = makespan(work, np.asarray(self.federation.processors))
        if self.federation.link is not None:
            sent = (downloads + uploads).sum(axis=1) * _MEGABIT
            busy = busy + sent / np.asarray(self.federation.link)
        return float(busy.max())


def makespan(work: FloatArray, processors: IntArray) -> FloatArray:
    """``(N,)``: when each client's computations ``(N, S)`` are done on its processors.

    Longest first, each to the processor that is free first: at most 4/3 of the shortest schedule
    (Graham 1969), and the shortest itself where every computation has a processor of its own.
    """
    rows = np.arange(len(work))
    wide = min(int(processors.max()), work.shape[1])
    loads = np.where(np.arange(wide) < processors[:, None], 0.0, np.inf)
    for duration in -np.sort(-work, axis=1).T:
        loads[rows, loads.argmin(axis=1)] += duration
    return np.asarray(np.where(np.isfinite(loads), loads, 0.0).max(axis=1))
