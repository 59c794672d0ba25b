"""Who a node is, round after round: a key of its own, or else its number in the framework."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.eligible import NodeFacts
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray


class Nodes:
    """Every node ever met, in rows that are never given to another.

    Flower numbers nodes anew when they register anew: in every simulation, and wherever a node
    comes back without its old credentials. What is remembered of a node therefore hangs on its
    key: what the client calls itself (its partition, say), and its number only if it says nothing.

    Attributes:
        n_models: ``S``.
        keys: the key of every row.
    """

    def __init__(self, n_models: int) -> None:
        self.n_models = n_models
        self.keys: list[str] = []
        self._samples: list[FloatArray] = []  # NaN while nobody said
        self._tags: list[frozenset[str]] = []
        self._metrics: list[dict[str, float]] = []
        self._row_of_key: dict[str, int] = {}
        self._row_of_node: dict[int, int] = {}
        self._node_of_row: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def known(self, node: int) -> bool:
        """Whether this number has said who it is."""
        return node in self._row_of_node

    def enter(
        self,
        node: int,
        *,
        key: str | None = None,
        samples: npt.ArrayLike | None = 1.0,
        tags: Iterable[str] = (),
        present: Collection[int] = (),
    ) -> int:
        """The row of a node that says who it is; an old one if the key is known.

        Args:
            node: its number in the framework.
            key: what it calls itself; its number if None.
            samples: scalar or ``(S,)``, how many samples it holds for every model, 0 for a model
                that it cannot train; None if it did not say.
            tags: words that it says of itself.
            present: numbers of all nodes that are there.

        Raises:
            InvalidProblemError: another node that is there has the key; samples that are not
                finite and ``>= 0``, or of a wrong shape.
        """
        name = f"node {node}" if key is None else str(key)
        unsaid = np.full(self.n_models, np.nan)
        counts = unsaid if samples is None else self._checked(name, samples)
        row = self._row_of_key.get(name)
        if row is None:
            row = len(self.keys)
            self.keys.append(name)
            self._samples.append(counts)
            self._tags.append(frozenset())
            self._metrics.append({})
            self._row_of_key[name] = row
        self._refuse_twin(name, node, row, present)
        self._row_of_node.pop(self._node_of_row.get(row, node), None)
        self._row_of_node[node], self._node_of_row[row] = row, node
        if samples is not None:
            self._samples[row], self._tags[row] = counts, frozenset(tags)
        return row

    def tells(self, row: int, metrics: Mapping[str, Any]) -> None:
        """Keep the numbers that a node told, lists of one as well; longer ones are left out."""
        for name, value in metrics.items():
            told = value[0] if isinstance(value, list) and len(value) == 1 else value
            if isinstance(told, int | float):
                self._metrics[row][name] = float(told)

    def facts(self, row: int) -> NodeFacts:
        """What is known of the node of a row."""
        return NodeFacts(
            node=self._node_of_row[row],
            key=self.keys[row],
            tags=self._tags[row],
            metrics=dict(self._metrics[row]),
        )

    def holds(self, row: int, model: int, samples: float) -> None:
        """Renew how many samples a node holds for a model."""
        renewed = self._samples[row].copy()
        renewed[model] = self._checked(self.keys[row], samples)[model]
        self._samples[row] = renewed

    def rows(self, nodes: Iterable[int]) -> IntArray:
        """``(V,)``, rows of those of the nodes that are known, in the order of their keys.

        The order does not depend on numbers or on who came first, so a seed draws the same keys.
        """
        rows = [self._row_of_node[node] for node in nodes if self.known(node)]
        return np.array(sorted(rows, key=lambda row: _order(self.keys[row])), dtype=np.int64)

    def node(self, row: int) -> int:
        """The number that the node of this row has now."""
        return self._node_of_row[row]

    def row(self, node: int) -> int | None:
        """The row of a number, None if it is not known."""
        return self._row_of_node.get(node)

    def samples(self, rows: IntArray) -> FloatArray:
        """``(V, S)``, the samples of these rows; who did not say counts as the mean of the others.

        Where nobody of them said, everybody counts as 1.
        """
        if not len(rows):
            return np.zeros((0, self.n_models))
        told, said = np.stack([self._samples[row] for row in rows]), self.said(rows)
        means = np.sum(told, axis=0, where=said) / np.maximum(said.sum(axis=0), 1)
        return np.where(said, told, np.where(means > 0.0, means, 1.0))

    def said(self, rows: IntArray) -> BoolArray:
        """``(V, S)``, whether these rows have said how many samples they hold."""
        if not len(rows):
            return np.zeros((0, self.n_models), dtype=bool)
        return np.asarray(~np.isnan(np.stack([self._samples[row] for row in rows])))

    def unsaid(self, rows: IntArray) -> int:
        """How many of these rows did not say how many samples they hold, for some model."""
        return int((~self.said(rows)).any(axis=1).sum())

    def state_dict(self) -> dict[str, Any]:
        """Everything, as lists, numbers and texts."""
        return {
            "keys": list(self.keys),
            "samples": np.array(self._samples).reshape(-1, self.n_models),
            "tags": [sorted(tags) for tags in self._tags],
            "metrics": [dict(metrics) for metrics in self._metrics],
            "numbers": [[node, row] for node, row in self._row_of_node.items()],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Raises:
            KeyError: a list is missing.
            ValueError: lists of different lengths.
        """
        lengths = {len(state[name]) for name in ("keys", "samples", "tags", "metrics")}
        if len(lengths) != 1:
            raise ValueError("its lists have different lengths")
        self.keys = [str(key) for key in state["keys"]]
        self._samples = [np.array(row, dtype=np.float64) for row in state["samples"]]
        self._tags = [frozenset(tags) for tags in state["tags"]]
        self._metrics = [dict(metrics) for metrics in state["metrics"]]
        self._row_of_key = {key: row for row, key in enumerate(self.keys)}
        self._row_of_node = {int(node): int(row) for node, row in state["numbers"]}
        self._node_of_row = {row: node for node, row in self._row_of_node.items()}

    def _checked(self, name: str, samples: npt.ArrayLike) -> FloatArray:
        try:
            counts = np.array(samples, dtype=np.float64)
            counts = np.array(np.broadcast_to(counts, (self.n_models,)))
        except (TypeError, ValueError):
            raise InvalidProblemError(
                f"{name!r} says it holds {samples!r:.60} samples; give one number, or one for "
                f"each of the {self.n_models} models"
            ) from None
        if not np.all(np.isfinite(counts) & (counts >= 0.0)):
            raise InvalidProblemError(
                f"{name!r} says it holds {samples!r:.60} samples; they must be finite and >= 0"
            )
        return counts

    def _refuse_twin(self, name: str, node: int, row: int, present: Collection[int]) -> None:
        other = self._node_of_row.get(row, node)
        if other != node and other in present:
            raise InvalidProblemError(
                f"nodes {other} and {node} both call themselves {name!r}; give every client a "
                "client-key of its own"
            )


def _order(key: str) -> tuple[int, int, str]:
    """Whole numbers by value, then everything else by letters."""
    return (0, int(key), key) if key.isdecimal() else (1, 0, key)
