"""What all engines share: checks of clients, losses, evaluation; they differ in how they train.

The plain one trains one client after another, one step after another: slow, and what the others
must equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from roundlot.simulate.devices import chosen_device, single_thread
from roundlot.simulate.engines.batches import Batches, draw_batches
from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.engines.local_optimizer import LocalOptimizer
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision, floats_in
from roundlot.simulate.tasks.metrics import Metric
from roundlot.simulate.tasks.parameters import flatten as flat_parameters
from roundlot.simulate.tasks.parameters import in_type, layout, with_parameters
from roundlot.simulate.tasks.task import Task, sample_loss
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import TrainingError

#: Samples that go through the network at a time when nothing is learnt.
SAMPLES_AT_A_TIME = 4096


class TaskEngine(ABC):
    """An engine of one task; a subclass says how ``k`` clients train.

    Attributes:
        task: what is trained.
        plan: what a client does in a round.
        model: number of the task, from 0; with the seed and the round it chooses the batches.
        seed: of the run.
        device: "cpu" or "cuda:k".
        chunk: clients that train at a time, or None to choose by memory.
        precision: what is kept, and what networks compute in.
        threads: of the CPU, that train clients.
    """

    threads = 1

    def __init__(
        self,
        task: Task,
        plan: LocalPlan,
        *,
        model: int,
        seed: int,
        device: str = "cpu",
        chunk: int | None = None,
        precision: Precision = FLOAT32,
    ) -> None:
        self.task, self.plan, self.model, self.seed = task, plan, model, seed
        self.device, self.chunk, self.precision = chosen_device(device), chunk, precision
        start = flat_parameters(task.module, precision.kept).to(self.device)
        self._module = in_type(with_parameters(task.module, start), precision.computed).train()
        self._layout = layout(self._module)
        self._sample_loss = sample_loss(task.loss)
        self._inputs, self._targets = self._placed(task.train.inputs, task.train.targets)
        test = task.test or (task.train.inputs, task.train.targets)
        self._test = self._placed(*map(torch.as_tensor, test))
        self._module = self._prepared(self._module)

    def _placed(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Samples on the device, in the types that networks and losses take."""
        given = floats_in(inputs, self.precision.computed)
        return given.to(self.device), floats_in(targets, self.precision.kept).to(self.device)

    def _prepared(self, module: nn.Module) -> nn.Module:
        """The network as a subclass runs it."""
        return module

    @abstractmethod
    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """``(k, P)``, start minus end, and ``(k,)`` sums of losses: not finite if any was not."""

    def updates(
        self,
        parameters: Tensor,
        clients: IntArray,
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        """``(k, P)``, ``G_i``: how far local training moves from ``parameters``, start minus end.

        Args:
            parameters: ``(P,)``, where everybody starts.
            clients: ``(k,)`` different clients that hold data.
            round_: the round, from 0: chooses batches and learning rate.
            correction: ``(k, P)`` or ``(P,)``, added to every gradient.

        Raises:
            TrainingError: a loss or an update that is not finite; names round, task and client.
            InvalidProblemError: a client that is unknown, repeated or without data, or tensors of
                the wrong shape.
        """
        start, clients, correction = self.checked(parameters, clients, correction)
        if not clients.size:
            return start.new_empty((0, self._n_parameters))
        batches = self._batches(clients, round_)
        with single_thread():
            moved, totals = self._train(start, batches, self.plan.rate(round_), correction)
            self._refuse_infinite(totals, clients, round_, "loss")
            self._refuse_infinite(moved.sum(dim=1), clients, round_, "update")
        return moved

    def checked(
        self, parameters: Tensor, clients: IntArray, correction: Tensor | None = None
    ) -> tuple[Tensor, IntArray, Tensor | None]:
        """What ``updates`` was given, its tensors on the device.

        Raises:
            InvalidProblemError: as ``updates``.
        """
        clients = self.known(clients)
        if np.unique(clients).size != clients.size:
            raise InvalidProblemError("clients repeat; give each client once")
        start = self._flat(parameters, (self._n_parameters,), "parameters")
        if correction is not None and not self.plan.plain:
            raise InvalidProblemError(
                f"{self.task.name!r} trains by {self.plan.optimizer} with momentum, Adam or clipped"
                " gradients, for which corrections of gradients are not defined; train by plain sgd"
                " or by a method without corrections"
            )
        if correction is not None:
            shape = (clients.size, self._n_parameters)[2 - min(correction.dim(), 2) :]
            correction = self._flat(correction, shape, "correction")
        return start, clients, correction

    def share_cores(self, processes: int) -> None:
        """Leave room for this many processes that train on the same machine."""
        self.threads = max(1, self.threads // processes)

    def losses(self, parameters: Tensor, clients: IntArray) -> FloatArray:
        """``(k,)``: the mean loss of each client's data at ``parameters``.

        Raises:
            TrainingError: a loss that is not finite; names task and client.
            InvalidProblemError: a client that is unknown or without data.
        """
        clients = self.known(clients)
        if not clients.size:
            return np.zeros(0)
        return self.means(clients, self.sample_losses(parameters, self.rows(clients)))

    def rows(self, clients: IntArray) -> IntArray:
        """The rows of these clients' samples, client after client."""
        counts = self.task.train.counts[clients]
        firsts = np.cumsum(counts) - counts
        ranks = np.arange(counts.sum()) - np.repeat(firsts, counts)
        return np.asarray(np.repeat(self.task.train.offsets[clients], counts) + ranks)

    def sample_losses(self, parameters: Tensor, rows: IntArray) -> FloatArray:
        """``(n,)``: the loss of each of these samples."""
        return self._scores(parameters, self._inputs, self._targets, (), self._rows(rows))[0]

    def means(self, clients: IntArray, losses: FloatArray) -> FloatArray:
        """``(k,)``: every client's mean of the losses of its samples, in the order of ``rows``.

        Raises:
            TrainingError: a loss that is not finite; names task and client.
        """
        counts = self.task.train.counts[clients]
        means = np.add.reduceat(losses, np.cumsum(counts) - counts) / counts
        self._refuse_infinite(torch.from_numpy(means), clients, None, "loss")
        return np.asarray(means)

    def client_measures(self, parameters: Tensor, clients: IntArray) -> dict[str, FloatArray]:
        """``(k,)`` by name: the loss and every metric on the data of each of these clients.

        Raises:
            TrainingError: a loss that is not finite; names task and client.
            InvalidProblemError: a client that is unknown or without data.
        """
        clients, measures = self.known(clients), self.task.measures
        rows = self._rows(self.rows(clients))
        losses, scores = self._scores(parameters, self._inputs, self._targets, measures, rows)
        found = {"loss": self.means(clients, losses)}
        ends = np.cumsum(self.task.train.counts[clients])[:-1]
        for metric, column in zip(measures, scores, strict=True):
            found[metric.name] = np.array([metric.of(own) for own in np.split(column, ends)])
        return found

    def evaluate(self, parameters: Tensor) -> Evaluation:
        """Loss and accuracy on the task's test data, or on all clients' data if there is none."""
        measures = self.task.measures
        inputs, targets = self._test
        loss, scores = self._scores(parameters, inputs, targets, measures)
        found = {metric.name: metric.of(row) for metric, row in zip(measures, scores, strict=True)}
        accuracy = found.get("accuracy", float("nan"))
        return Evaluation(loss=float(loss.mean()), accuracy=accuracy, metrics=found)

    @property
    def _n_parameters(self) -> int:
        return sum(self._layout.sizes)

    def _batches(self, clients: IntArray, round_: int) -> Batches:
        return draw_batches(
            self.task.train.offsets,
            clients,
            self.plan,
            seed=self.seed,
            model=self.model,
            round_=round_,
        )

    def _rows(self, rows: IntArray) -> Tensor:
        return torch.from_numpy(rows).to(self.device)

    def _scores(
        self,
        parameters: Tensor,
        inputs: Tensor,
        targets: Tensor,
        measures: Sequence[Metric],
        rows: Tensor | None = None,
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Loss of every sample in float64, and every metric's score of it."""
        flat = self._flat(parameters, (self._n_parameters,), "parameters")
        pieces = self._layout.split(flat.to(self.precision.computed))
        if rows is None:
            rows = torch.arange(len(inputs), device=self.device)
        losses: list[Tensor] = []
        scores: list[list[Tensor]] = [[] for _ in measures]
        with single_thread():
            for some in torch.split(rows, SAMPLES_AT_A_TIME):
                outputs = functional_call(self._module, pieces, (inputs[some],))
                outputs = outputs.to(self.precision.kept)
                losses.append(self._sample_loss(outputs, targets[some]).double().cpu())
                for metric, column in zip(measures, scores, strict=True):
                    column.append(metric.score(outputs, targets[some]).double().cpu())
        columns = [torch.cat(column).numpy() for column in scores]
        return torch.cat(losses).numpy(), columns

    def known(self, clients: IntArray) -> IntArray:
        """The clients, if there are such and they hold data.

        Raises:
            InvalidProblemError: names the first that is not.
        """
        clients = np.asarray(clients, dtype=np.int64)
        n = self.task.train.n_clients
        if clients.ndim != 1 or (clients.size and not 0 <= clients.min() <= clients.max() < n):
            raise InvalidProblemError(f"clients must be a row of numbers from 0 to {n - 1}")
        empty = clients[self.task.train.counts[clients] == 0]
        if empty.size:
            raise InvalidProblemError(
                f"client {empty[0]} holds no data for {self.task.name!r}; leave it out"
            )
        return clients

    def _flat(self, tensor: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
        if tuple(tensor.shape) != shape:
            raise InvalidProblemError(
                f"{name} has shape {tuple(tensor.shape)}; {self.task.name!r} needs {shape}"
            )
        return tensor.detach().to(self.device, self.precision.kept)

    def _refuse_infinite(
        self, values: Tensor, clients: IntArray, round_: int | None, what: str
    ) -> None:
        bad = torch.isfinite(values).logical_not()
        if bool(bad.any()):
            client = int(clients[int(bad.nonzero()[0, 0])])
            raise TrainingError(task=self.task.name, client=client, round_=round_, what=what)


def supports(task: Task, precision: Precision) -> str | None:
    """Why a network cannot run in this precision, or None: found by trying it on a sample."""
    if precision is FLOAT32:
        return None  # tried when the task was made
    start = flat_parameters(task.module, precision.kept)
    module = in_type(with_parameters(task.module, start), precision.computed).train()
    leaves = [p for p in module.parameters() if p.requires_grad]
    inputs = floats_in(task.train.inputs[:1], precision.computed)
    targets = floats_in(task.train.targets[:1], precision.kept)
    try:
        with torch.enable_grad():
            outputs = module(inputs).to(precision.kept)
            loss = sample_loss(task.loss)(outputs, targets).sum()
            torch.autograd.grad(loss, leaves, allow_unused=True)
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        return f"torch cannot run it in {precision.name} ({str(error).strip().splitlines()[0]})"
    return None


@final
class PlainEngine(TaskEngine):
    """Trains clients in a loop with autograd; runs whatever torch runs."""

    def _train(
        self, parameters: Tensor, batches: Batches, rate: float, correction: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        count = len(batches.counts)
        moved = parameters.new_empty((count, parameters.numel()))
        totals = parameters.new_empty(count)
        for client in range(count):
            extra = (
                correction[client]
                if correction is not None and correction.dim() == 2
                else correction
            )
            end, totals[client] = self._descend(parameters, batches, client, rate, extra)
            torch.sub(parameters, end, out=moved[client])
        return moved, totals

    def _descend(
        self, start: Tensor, batches: Batches, client: int, rate: float, extra: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Where one client ends, and the sum of its steps' losses."""
        flat = start.clone()
        leaves = [p for p in self._module.parameters() if p.requires_grad]
        self._point(leaves, flat)
        total = start.new_zeros(())
        optimizer = LocalOptimizer(self.plan, [flat[None]])
        for rows in batches.of(client):
            some = self._rows(rows)
            if self.precision.computed != flat.dtype:
                self._point(leaves, flat)
            with torch.enable_grad():
                outputs = self._module(self._inputs[some]).to(flat.dtype)
                loss = self._sample_loss(outputs, self._targets[some]).mean()
                slopes = torch.autograd.grad(loss, leaves, materialize_grads=True)
            total += loss.detach()
            slope = torch.cat([part.reshape(-1) for part in slopes]).to(flat.dtype)
            self._step(optimizer, flat, slope, start, rate, extra)
        return flat, total

    def _point(self, leaves: Sequence[nn.Parameter], flat: Tensor) -> None:
        """Give the network these parameters: views of them, or rounded copies."""
        for leaf, piece in zip(leaves, self._layout.split(flat).values(), strict=True):
            leaf.data = piece.to(self.precision.computed)

    def _step(
        self,
        optimizer: LocalOptimizer,
        flat: Tensor,
        slope: Tensor,
        start: Tensor,
        rate: float,
        extra: Tensor | None,
    ) -> None:
        plan = self.plan
        (row,) = optimizer.clipped([slope[None]])
        slope = row[0]
        if extra is not None:
            slope += extra
        if plan.weight_decay:
            slope.add_(flat, alpha=plan.weight_decay)
        if plan.proximal:
            slope.add_(flat - start, alpha=plan.proximal)
        if plan.plain:
            flat.sub_(slope, alpha=rate)
        else:
            optimizer.step([flat[None]], [slope[None]], rate)
