"""The papers' ways of splitting a labelled data set over clients.

Each gives ``owner``, ``(n,)`` int64: the client of every sample, −1 for a sample that nobody gets.
Every client gets at least one sample, and no sample has two owners. All are functions of the
labels and a seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.tasks.streams import generator
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.errors import warn
from roundlot.theory.random_streams import PARTITION
from roundlot.theory.text import plural

_SWEEPS = 100


def largest_remainder(shares: FloatArray, total: int, rng: np.random.Generator) -> IntArray:
    """``(n,)`` whole numbers proportional to ``shares``, summing to ``total``; ties by lot."""
    exact = shares * (total / shares.sum())
    counts: IntArray = np.floor(exact).astype(np.int64)
    order = np.lexsort((rng.permutation(shares.size), counts - exact))
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def deal(labels: IntArray, table: IntArray, rng: np.random.Generator) -> IntArray:
    """``(n,)`` owners: ``table[i, c]`` random samples of label ``c`` go to client ``i``.

    Each sample goes to one client at most; −1 for those that are left over.
    """
    owner = np.full(labels.size, -1, dtype=np.int64)
    clients = np.arange(len(table))
    for label in np.flatnonzero(table.any(axis=0)):
        takers = np.repeat(clients, table[:, label])
        owner[rng.permutation(np.flatnonzero(labels == label))[: takers.size]] = takers
    return owner


def nobody_empty(table: IntArray, allowed: BoolArray | None = None) -> IntArray:
    """The table of counts with one sample moved to every client that had none.

    Each comes from the client that holds most among those with a label that the poor one may hold.

    Args:
        table: ``(N, C)`` samples of each label.
        allowed: ``(N, C)``, the labels that a client may hold; all by default.

    Raises:
        InvalidProblemError: nobody can spare a sample for a client; names it.
    """
    table, totals = table.copy(), table.sum(axis=1)
    for client in np.flatnonzero(totals == 0):
        mine = np.ones(table.shape[1], bool) if allowed is None else allowed[client]
        spare = np.where((table[:, mine] > 0).any(axis=1), totals, 0)
        donor = int(np.argmax(spare))
        if spare[donor] < 2:
            raise InvalidProblemError(
                f"client {client} of {len(table)} gets none of the {int(totals.sum())} samples; "
                "give more samples, fewer clients or more labels per client"
            )
        label = int(np.argmax(np.where(mine, table[donor], -1)))
        table[donor, label] -= 1
        table[client, label] += 1
        totals[[donor, client]] += [-1, 1]
    return table


def by_label_share(
    labels: npt.ArrayLike,
    n_clients: int,
    *,
    labels_share: float | tuple[float, float] = 0.3,
    high_share: float = 0.1,
    high_data: float = 0.5,
    seed: int = 0,
    n_labels: int | None = None,
) -> IntArray:
    """Every client holds a share of the labels; a few clients hold much of the data.

    Each client gets its number of labels by dealing from a shuffled deck, so that labels are held
    about equally often. Sizes then follow the label counts by iterative proportional fitting:
    each label's samples are all dealt, and each client's size is met as closely as its labels
    allow.

    Args:
        labels: ``(n,)`` int.
        n_clients: ``N``.
        labels_share: share of the labels that a client holds, or the least and the most of it,
            drawn evenly; rounded to at least one label.
        high_share: share of the clients with much data (0: all alike).
        high_data: share of the data that these hold together.
        seed: fixes everything.
        n_labels: number of classes; the largest label plus one by default.

    Raises:
        InvalidProblemError: more clients than samples, or a share out of range.

    Warns:
        RoundlotWarning: a label that nobody holds.

    Source: the ICDCS 2024 poster (30 to 40 % of the labels, a tenth of the clients hold half).
    """
    y = _labels(labels, n_clients, n_labels)
    rng = generator(seed, PARTITION)
    n_labels = n_labels or int(y.max()) + 1
    supply = np.bincount(y, minlength=n_labels)
    held = _deal_labels(_label_numbers(labels_share, n_labels, n_clients, rng), supply, rng)
    sizes = client_sizes(y.size, n_clients, high_share=high_share, high_data=high_data, rng=rng)
    table = _fit(held, sizes, supply, rng)
    return deal(y, nobody_empty(table, held), rng)


def dirichlet(
    labels: npt.ArrayLike, n_clients: int, *, alpha: float = 0.5, seed: int = 0
) -> IntArray:
    """Each label's samples are split over the clients by a draw from a Dirichlet(alpha).

    Small ``alpha`` gives each label to few clients, large ``alpha`` to all alike.

    Args:
        labels: ``(n,)``, the label of every sample.

    Raises:
        InvalidProblemError: more clients than samples, or an alpha that is not above 0.

    Source: Yurochkin et al., "Bayesian nonparametric federated learning of neural networks", 2019.
    """
    y = _labels(labels, n_clients)
    check_positive(alpha, "alpha")
    rng = generator(seed, PARTITION)
    supply = np.bincount(y)
    shares = [rng.dirichlet(np.full(n_clients, alpha)) for _ in supply]
    columns = [largest_remainder(s, int(n), rng) for s, n in zip(shares, supply, strict=True)]
    return deal(y, nobody_empty(np.stack(columns, axis=1)), rng)


def iid(
    labels: npt.ArrayLike,
    n_clients: int,
    *,
    high_share: float = 0.0,
    high_data: float = 0.5,
    seed: int = 0,
) -> IntArray:
    """Every client gets a random part, all of one size unless a few hold much of the data.

    Args:
        labels: ``(n,)``, the label of every sample.

    Raises:
        InvalidProblemError: more clients than samples, or a share out of range.
    """
    y = _labels(labels, n_clients)
    rng = generator(seed, PARTITION)
    sizes = client_sizes(y.size, n_clients, high_share=high_share, high_data=high_data, rng=rng)
    counts = nobody_empty(largest_remainder(sizes, y.size, rng)[:, None])
    return rng.permutation(np.repeat(np.arange(n_clients), counts[:, 0]))


def by_owner(owners: Sequence[object] | npt.ArrayLike) -> tuple[IntArray, tuple[str, ...]]:
    """Owners numbered from 0 in order of their names, and the names; for data that have owners.

    Args:
        owners: ``(n,)``, the owner's name of every sample.

    Raises:
        InvalidProblemError: no sample.
    """
    names, owner = np.unique(np.asarray(owners), return_inverse=True)
    if not owner.size:
        raise InvalidProblemError("owners is empty; give the owner of every sample")
    return owner.astype(np.int64), tuple(map(str, names))


def client_sizes(
    n_samples: int,
    n_clients: int,
    *,
    high_share: float,
    high_data: float,
    rng: np.random.Generator,
) -> FloatArray:
    """``(N,)`` wished sizes: ``high_share`` of the clients hold ``high_data`` of the samples.

    Raises:
        InvalidProblemError: shares outside [0, 1), or high clients with less data than others.
    """
    for name, value in (("high_share", high_share), ("high_data", high_data)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0.0 <= value < 1.0:
            raise InvalidProblemError(f"{name} is {value!r}; it must lie in [0, 1)")
    high = round(high_share * n_clients) if n_clients > 1 else 0
    if high_share > 0.0 and n_clients > 1:
        high = min(max(high, 1), n_clients - 1)
    if high and high_data < high / n_clients:
        raise InvalidProblemError(
            f"{high} of {n_clients} clients are to hold {high_data:g} of the data, less than their "
            "part; raise high_data or lower high_share"
        )
    sizes = np.full(n_clients, n_samples / n_clients)
    if high:
        sizes[:] = n_samples * (1.0 - high_data) / (n_clients - high)
        sizes[rng.permutation(n_clients)[:high]] = n_samples * high_data / high
    return sizes


def warn_of_missing(
    labels: npt.ArrayLike, n_labels: int, where: str, names: Sequence[str] | None = None
) -> None:
    """Warn, by name, of classes that are not among the labels that somebody holds.

    Warns:
        RoundlotWarning: the classes.
    """
    counts = np.bincount(np.asarray(labels, dtype=np.int64).ravel(), minlength=n_labels)
    missing = [names[c] if names else str(c) for c in np.flatnonzero(counts == 0).tolist()]
    if missing:
        warn(
            f"nobody holds class {', '.join(missing)} of {where}; it cannot be learnt: take more "
            "clients, or more labels for each, or another seed"
        )


def _labels(labels: npt.ArrayLike, n_clients: int, n_labels: int | None = None) -> IntArray:
    y = np.asarray(labels)
    check_count(n_clients, "n_clients", 1)
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise InvalidProblemError(
            f"labels have shape {y.shape} and type {y.dtype}; give one whole number per sample"
        )
    if y.size < n_clients:
        raise InvalidProblemError(
            f"{y.size} samples are too few for {n_clients} {plural(n_clients, 'client')}; give "
            "more samples or "
            "fewer clients"
        )
    if y.min() < 0 or (n_labels is not None and y.max() >= n_labels):
        raise InvalidProblemError(
            f"labels run from {y.min()} to {y.max()}; number the classes from 0 and set n_labels"
        )
    return y.astype(np.int64)


def _label_numbers(
    share: float | tuple[float, float], n_labels: int, n_clients: int, rng: np.random.Generator
) -> IntArray:
    """``(N,)``: how many labels each client holds."""
    wrong = InvalidProblemError(
        f"labels_share is {share!r}; give a share in (0, 1], or the least and the most of it"
    )
    try:
        low, high = share if isinstance(share, tuple) else (share, share)
        fits = 0.0 < low <= high <= 1.0
    except (TypeError, ValueError):
        raise wrong from None
    if not fits:
        raise wrong
    # Half a label rounds up, and 0.3 * 10 = 3.0000000000000004 is three labels.
    least, most = (max(1, int(np.floor(x * n_labels + 0.5))) for x in (low, high))
    return rng.integers(least, most, size=n_clients, endpoint=True)


def _deal_labels(numbers: IntArray, supply: IntArray, rng: np.random.Generator) -> BoolArray:
    """``(N, C)``: the labels of each client, from a deck that is shuffled anew when it runs out.

    The deck holds the labels of which there are samples.
    """
    held = np.zeros((numbers.size, supply.size), dtype=bool)
    labels = np.flatnonzero(supply)
    deck: list[int] = []
    for client, number in enumerate(np.minimum(numbers, labels.size)):
        while held[client].sum() < number:
            fresh = [label for label in deck if not held[client, label]]
            if not fresh:
                deck += rng.permutation(labels).tolist()
                continue
            held[client, fresh[0]] = True
            deck.remove(fresh[0])
    return held


def _fit(
    held: BoolArray, sizes: FloatArray, supply: IntArray, rng: np.random.Generator
) -> IntArray:
    """``(N, C)`` counts: columns exact where somebody holds the label, rows close to the sizes."""
    table = np.where(held, sizes[:, None] / held.sum(axis=1, keepdims=True), 0.0)
    wanted = np.where(held.any(axis=0), supply, 0)
    for _ in range(_SWEEPS):
        table *= (sizes / np.maximum(table.sum(axis=1), 1e-300))[:, None]
        table *= wanted / np.maximum(table.sum(axis=0), 1e-300)
    counts = np.zeros(table.shape, dtype=np.int64)
    for label in np.flatnonzero(wanted):
        counts[:, label] = largest_remainder(table[:, label], int(wanted[label]), rng)
    return counts
