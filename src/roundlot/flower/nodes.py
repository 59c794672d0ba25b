"""Who a node is, round after round: a key of its own, or else its number in the framework."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray


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
        self._samples: list[FloatArray] = []
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
        samples: npt.ArrayLike = 1.0,
        present: Collection[int] = (),
    ) -> int:
        """The row of a node that says who it is; an old one if the key is known.

        Args:
            node: its number in the framework.
            key: what it calls itself; its number if None.
            samples: scalar or ``(S,)``, how many samples it holds for every model, 0 for a model
                that it cannot train.
            present: numbers of all nodes that are there.

        Raises:
            InvalidProblemError: another node that is there has the key; samples that are not
                finite and ``>= 0``, or of a wrong shape.
        """
        name = f"node {node}" if key is None else str(key)
        counts = self._checked(name, samples)
        row = self._row_of_key.get(name)
        if row is None:
            row = len(self.keys)
            self.keys.append(name)
            self._samples.append(counts)
            self._row_of_key[name] = row
        self._refuse_twin(name, node, row, present)
        self._row_of_node.pop(self._node_of_row.get(row, node), None)
        self._row_of_node[node], self._node_of_row[row] = row, node
        self._samples[row] = counts
        return row

    def holds(self, row: int, model: int, samples: float) -> None:
        """Renew how many samples a node holds for a model."""
        renewed = self._samples[row].copy()
        renewed[model] = samples
        self._samples[row] = self._checked(self.keys[row], renewed)

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
        """``(V, S)``, the samples of these rows."""
        if not len(rows):
            return np.zeros((0, self.n_models))
        return np.stack([self._samples[row] for row in rows])

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
