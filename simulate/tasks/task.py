"""A model to train: its network, its loss, the data of the clients and those of the test.

Networks that cannot be trained client by client are refused by name, with what to use instead.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.lazy import LazyModuleMixin

from roundlot.simulate.tasks.adapters import SelectedOutput
from roundlot.simulate.tasks.metrics import Metric, check_scores, read_metrics
from roundlot.simulate.tasks.parameters import flatten, with_parameters
from roundlot.simulate.tasks.samples import Samples
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.theory.names import MOST_NAME, require_seen
from roundlot.theory.text import short_repr

SampleLoss = Callable[[Tensor, Tensor], Tensor]


Loss = Literal["cross entropy", "squared error"] | SampleLoss


_SAMPLES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One of the models that the federation trains.

    Attributes:
        name: how reports call it.
        module: any ``torch.nn.Module`` of floating point parameters; never changed. Its parameters
            are where training starts, unless ``restart`` draws others. Frozen parameters
            (``requires_grad=False``) stay as they are and are not counted; those that the output
            does not depend on have zero gradients. Training computes in float32 unless a run's
            ``precision`` says otherwise: parameters of another type are converted, with a
            warning.
        train: what the clients hold.
        test: held-out inputs and targets, or None.
        metrics: what it is measured by on held-out data beside its loss: "accuracy", "perplexity",
            "mean squared error", or a ``Metric`` with a function of your own; None is accuracy
            where the loss is cross entropy, else nothing.
        output: which of several outputs counts, where the network gives a dict (a key), a record
            (an attribute) or a tuple (a place); None: it gives one tensor.
        loss: "cross entropy" (int64 targets), "squared error" (half the squared distance, summed
            over a sample's entries), or a function (outputs, targets) -> ``(n,)``, a loss per
            sample.
        classify: whether accuracy means anything: outputs ``(n, classes)``, targets ``(n,)``.

    Raises:
        InvalidProblemError: a network with batch statistics or dropout, without parameters, with
            parameters that are not floating point, or that fails on the data; an unknown loss, one
            that gives no loss per sample; a label without an output; a metric that gives no number
            per sample; test data that are empty, not finite or of two lengths. Names what is to be
            changed.
    """

    name: str
    module: nn.Module
    train: Samples
    test: tuple[Tensor, Tensor] | None = None
    loss: Loss = "cross entropy"
    metrics: Sequence[str | Metric] | None = None
    output: str | int | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_seen(str(self.name), "the name of a task", most=MOST_NAME)
        if not callable(self.loss) and self.loss not in ("cross entropy", "squared error"):
            raise InvalidProblemError(
                f"loss is {self.loss!r}; choose 'cross entropy', 'squared error' or a function"
            )
        check_module(self.module, self.name)
        if self.output is not None and not isinstance(self.module, SelectedOutput):
            object.__setattr__(self, "module", SelectedOutput(self.module, self.output))
        _warn_of_precision(self.module, self.name)
        if self.test is not None:
            _check_test(self.test, self.name)
        loss = sample_loss(self.loss)
        for kind, data in (
            ("training", (self.train.inputs, self.train.targets)),
            ("test", self.test),
        ):
            if data is None:
                continue
            outputs = check_outputs(self.module, loss, data, self.name)
            if outputs is None:
                continue
            if self.loss == "cross entropy" or any(metric.classes for metric in self.measures):
                check_labels(outputs, torch.as_tensor(data[1]), self.name, kind)
            for metric in self.measures:
                check_scores(metric, outputs, _some(torch.as_tensor(data[1])), self.name)

    @cached_property
    def measures(self) -> tuple[Metric, ...]:
        """The metrics, in order."""
        return read_metrics(self.metrics, self.name, self.loss == "cross entropy")

    @property
    def classify(self) -> bool:
        """Whether accuracy means anything."""
        return any(metric.name == "accuracy" for metric in self.measures)

    @property
    def n_parameters(self) -> int:
        """``P``."""
        return sum(p.numel() for p in self.module.parameters() if p.requires_grad)


def sample_loss(loss: Loss) -> SampleLoss:
    """The function (outputs, targets) -> ``(n,)``."""
    if callable(loss):
        return loss
    return _cross_entropy if loss == "cross entropy" else _squared_error


def check_module(module: nn.Module, task: str) -> None:
    """Refuse layers whose training is no function of parameters and samples alone.

    Raises:
        InvalidProblemError: not a module; no parameter that trains, or one that is not real
            floating point; batch statistics, dropout, layers that have no shape yet, embeddings
            with ``max_norm`` or sparse gradients; names the layer and the remedy.
    """
    if not isinstance(module, nn.Module):
        raise InvalidProblemError(
            f"{task!r}: module is a {type(module).__name__}; give a torch.nn.Module"
        )
    for name, layer in module.named_modules():
        fault = _layer_fault(layer)
        if fault:
            where = f"layer {name!r} ({type(layer).__name__})" if name else type(layer).__name__
            raise InvalidProblemError(f"{task!r}: {where} {fault}")
    for name, parameter in module.named_parameters():
        if not parameter.is_floating_point():
            raise InvalidProblemError(
                f"{task!r}: parameter {name!r} is {parameter.dtype}; use real floating point"
            )
    if not any(p.requires_grad and p.numel() for p in module.parameters()):
        raise InvalidProblemError(f"{task!r}: the module has no parameter that trains")


def check_outputs(
    module: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    data: tuple[Tensor, Tensor],
    task: str,
) -> Tensor | None:
    """The network's outputs on a few samples, on a copy; None if there is no sample.

    Raises:
        InvalidProblemError: the network or the loss fails on the data, draws random numbers,
            changes its buffers, mixes samples, or gives no loss per sample.
    """
    inputs, targets = (_some(part) for part in data)
    if not len(inputs):
        return None
    copied = with_parameters(module, flatten(module).cpu()).cpu().train()
    before = {name: buffer.clone() for name, buffer in copied.named_buffers()}
    outputs = _outputs(copied, inputs, task)
    _refuse_change(copied, before, task)
    if not _same(outputs, _outputs(copied, inputs, task, seed=1)):
        raise InvalidProblemError(
            f"{task!r}: the network draws random numbers as it trains; take them out (dropout: p=0)"
        )
    if len(inputs) > 1 and not _same(outputs[:1], _outputs(copied, inputs[:1], task)):
        raise InvalidProblemError(
            f"{task!r}: a sample's output depends on the other samples of its batch;"
            " normalise each sample by itself (torch.nn.GroupNorm)"
        )
    _check_loss(loss, outputs, targets, task)
    return outputs


def check_labels(outputs: Tensor, targets: Tensor, task: str, kind: str) -> None:
    """Refuse labels that are no classes of the network.

    Raises:
        InvalidProblemError: outputs that are no table, labels that are no whole numbers, or a label
            without an output; names it.
    """
    if outputs.dim() != 2:
        raise InvalidProblemError(
            f"{task!r}: cross entropy needs outputs (n, classes); the network gives"
            f" {tuple(outputs.shape)}"
        )
    if targets.dtype != torch.int64 or targets.dim() != 1:
        raise InvalidProblemError(
            f"{task!r}: cross entropy needs int64 labels (n,); the {kind} targets are"
            f" {targets.dtype} of shape {tuple(targets.shape)}"
        )
    if not targets.numel():
        return
    for label in (int(targets.min()), int(targets.max())):
        if not 0 <= label < outputs.shape[1]:
            raise InvalidProblemError(
                f"{task!r}: class {label} of the {kind} data has no output:"
                f" the network gives {outputs.shape[1]}"
            )


def _check_test(test: tuple[Tensor, Tensor], task: str) -> None:
    inputs, targets = (torch.as_tensor(part) for part in test)
    if len(inputs) != len(targets):
        raise InvalidProblemError(
            f"{task!r}: there are {len(inputs)} test inputs and {len(targets)} test targets; give"
            " one target per input"
        )
    if not len(inputs):
        raise InvalidProblemError(
            f"{task!r}: the test set is empty; hold samples back (is the data set shorter than its"
            " split?), or give test=None to evaluate on the clients' data"
        )
    for what, part in (("inputs", inputs), ("targets", targets)):
        if part.is_floating_point() and not bool(torch.isfinite(part).all()):
            raise InvalidProblemError(
                f"{task!r}: the test {what} hold NaN or infinity; clean the data first"
            )


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, reduction="none")


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.shape != targets.shape:
        raise ValueError("squared error needs targets of the outputs' shape")
    return 0.5 * (outputs - targets).square().flatten(1).sum(dim=1)


def _layer_fault(layer: nn.Module) -> str | None:
    if isinstance(layer, LazyModuleMixin) and layer.has_uninitialized_params():
        return "has no shape yet; run the network once on a sample first"
    if isinstance(layer, _NormBase) and not _is_instance_norm(layer):
        return "mixes a batch's samples in its statistics; use torch.nn.GroupNorm"
    if isinstance(layer, _NormBase) and layer.track_running_stats:
        return "keeps running statistics; use track_running_stats=False or torch.nn.GroupNorm"
    rate = _dropout_rate(layer)
    if rate:
        return f"drops with p={rate}; use p=0"
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        if layer.max_norm is not None:
            return "changes its rows as it reads them; use max_norm=None"
        if layer.sparse:
            return "has sparse gradients; use sparse=False"
    return None


def _is_instance_norm(layer: nn.Module) -> bool:
    return isinstance(layer, nn.InstanceNorm1d | nn.InstanceNorm2d | nn.InstanceNorm3d)


def _dropout_rate(layer: nn.Module) -> float:
    if isinstance(layer, _DropoutNd):
        return float(layer.p)
    if isinstance(layer, nn.RNNBase | nn.MultiheadAttention):
        return float(layer.dropout)
    return 0.0


def _some(data: Tensor) -> Tensor:
    part = torch.as_tensor(data)[:_SAMPLES].detach().cpu()
    return part.float() if part.is_floating_point() else part


def _outputs(module: nn.Module, inputs: Tensor, task: str, seed: int = 0) -> Tensor:
    with torch.enable_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        try:
            outputs = module(inputs)
        except Exception as error:
            raise InvalidProblemError(
                f"{task!r}: the network fails on inputs of shape {tuple(inputs.shape)}"
                f" ({_first_line(error)}); give it samples it takes"
            ) from error
    if not isinstance(outputs, Tensor) or not outputs.dim() or len(outputs) != len(inputs):
        raise InvalidProblemError(
            f"{task!r}: the network gives {_given(outputs)} for {len(inputs)} samples; give one"
            " tensor with a row per sample, or say which output counts (output=... of the task)"
        )
    if not outputs.requires_grad:
        raise InvalidProblemError(
            f"{task!r}: the network's output depends on no parameter that trains; nothing would be"
            " learnt"
        )
    return outputs.detach()


def _given(outputs: Any) -> str:
    if isinstance(outputs, Tensor):
        return str(tuple(outputs.shape))
    names = ", ".join(map(repr, outputs)) if isinstance(outputs, Mapping) else ""
    return type(outputs).__name__ + (f" with {names}" if names else "")


def _warn_of_precision(module: nn.Module, task: str) -> None:
    """Warn of parameters that are not float32: they are trained in it unless a run says more."""
    for name, parameter in module.named_parameters():
        if parameter.requires_grad and parameter.dtype != torch.float32:
            kind = str(parameter.dtype).removeprefix("torch.")
            warn(
                f"{task!r}: parameter {name!r} is {kind}; training computes in float32, unless its"
                " precision says otherwise"
            )
            return


def _refuse_change(module: nn.Module, before: dict[str, Tensor], task: str) -> None:
    for name, buffer in module.named_buffers():
        if not torch.equal(buffer, before[name]):
            raise InvalidProblemError(
                f"{task!r}: buffer {name!r} changes as the network runs; training keeps parameters"
                " only: take it out"
            )


def _check_loss(
    loss: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, targets: Tensor, task: str
) -> None:
    try:
        each = loss(outputs, targets)
    except Exception as error:
        if loss is _cross_entropy and isinstance(error, IndexError):
            return  # a label without an output, which has its own message
        raise InvalidProblemError(
            f"{task!r}: the loss fails on outputs {tuple(outputs.shape)} and targets"
            f" {tuple(targets.shape)}, {targets.dtype} ({_first_line(error)})"
        ) from error
    if not isinstance(each, Tensor) or tuple(each.shape) != (len(outputs),):
        shape = tuple(each.shape) if isinstance(each, Tensor) else type(each).__name__
        raise InvalidProblemError(
            f"{task!r}: the loss gives {shape} for {len(outputs)} samples; give one per sample"
        )


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-3, atol=1e-4, equal_nan=True)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
