"""What group sampling remembers: who is in which group, whose turn starts where, what was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.methods.label_coverage import label_table
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """``G`` rounds in which every slot meets every group once.

    Attributes:
        group: ``(N,)``, −1 for clients that have none yet.
        slots: ``(G,)``, the model of every slot.
        grouped, start: the rounds when clients were grouped, and when the cycle started.
        centroids, centre, spread, silhouette: see `grouping.Grouping`.
        anchors: ``(A,)``: the models whose losses are the vectors' entries.
        anchor_parameters: ``S`` rows ``(P_s,)``, the models when clients were grouped.
        labels: ``S`` tables ``(N, L_s)``; seen: ``S`` rows ``(L_s,)``, met in this cycle.
    """

    group: IntArray
    slots: IntArray
    grouped: int
    start: int
    centroids: FloatArray
    centre: FloatArray
    spread: FloatArray
    silhouette: float
    anchors: IntArray
    anchor_parameters: tuple[Tensor, ...]
    labels: tuple[BoolArray, ...]
    seen: tuple[BoolArray, ...]

    @property
    def n_groups(self) -> int:
        """``G``."""
        return len(self.slots)

    @classmethod
    def of(cls, memory: Memory) -> Cycle:
        """From named arrays."""
        arrays = {key: np.asarray(value) for key, value in memory.items() if " " not in key}
        grouped, start = arrays.pop("rounds")
        models = range(sum(key.startswith("seen ") for key in memory))
        return cls(
            **arrays | {"silhouette": float(arrays["silhouette"])},  # type: ignore[arg-type]
            grouped=int(grouped),
            start=int(start),
            anchor_parameters=tuple(torch.as_tensor(memory[f"anchor {s}"]) for s in models),
            labels=tuple(np.asarray(memory[f"labels {s}"], dtype=bool) for s in models),
            seen=tuple(np.asarray(memory[f"seen {s}"], dtype=bool) for s in models),
        )

    def memory(self) -> Memory:
        """Named arrays."""
        plain = ("group", "slots", "centroids", "centre", "spread", "anchors")
        out: dict[str, Tensor | npt.NDArray[np.generic]] = {
            "rounds": np.array([self.grouped, self.start]),
            "silhouette": np.array(self.silhouette),
            **{name: getattr(self, name) for name in plain},
        }
        for model, anchor in enumerate(self.anchor_parameters):
            out[f"anchor {model}"] = anchor
            out[f"labels {model}"] = self.labels[model]
            out[f"seen {model}"] = self.seen[model]
        return out

    def having_heard(self, heard: BoolArray) -> Cycle:
        """With the labels of clients heard, ``(N, S)``, added to what models have seen."""
        seen = (
            old | table[heard[:, model]].any(axis=0)
            for model, (old, table) in enumerate(zip(self.seen, self.labels, strict=True))
        )
        return replace(self, seen=tuple(seen))


def empty_cycle(federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
    """Before the first round: no groups."""
    labels = tuple(label_table(task.train) for task in federation.tasks)
    return Cycle(
        group=np.full(federation.n_clients, -1, dtype=np.int64),
        slots=np.zeros(0, dtype=np.int64),
        grouped=-1,
        start=-1,
        centroids=np.zeros((0, 0)),
        centre=np.zeros(0),
        spread=np.zeros(0),
        silhouette=float("nan"),
        anchors=np.zeros(0, dtype=np.int64),
        anchor_parameters=parameters,
        labels=labels,
        seen=tuple(np.zeros(table.shape[1], dtype=bool) for table in labels),
    ).memory()
