"""Draw rounds with one package's sampler, in that package's own environment, and save them.

Needs the package and NumPy only; `audit_public_samplers.py` runs it. Eight clients hold 1, 1, 2, 2,
3, 3, 4 and 4 examples; three of them are to be drawn, by size where the sampler can.
"""

from __future__ import annotations

import importlib.metadata
import random
import sys
import warnings

import numpy as np

SIZES = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0])
DRAWN = 3
BY_SIZE = DRAWN * SIZES / SIZES.sum()
# The same with a client that is always drawn.
CERTAIN = np.array([1.0, *(2.0 * SIZES[1:] / SIZES[1:].sum())])


def mask(indices, size=SIZES.size):
    """0/1 row of the indices."""
    row = np.zeros(size, dtype=np.uint8)
    row[list(indices)] = 1
    return row


def samplics_case(name):
    """``SampleSelection`` by its method; it claims the probabilities that it returns."""
    from samplics import SampleSelection, SelectMethod

    method = getattr(SelectMethod, name)
    drawn = 2 if name == "pps_murphy" else DRAWN
    options = {"samp_size": drawn}
    if name.startswith("pps"):
        options["mos"] = SIZES
    if name == "grs":
        options["probs"] = BY_SIZE
    selection = SampleSelection(method=method, strat=False, wr=False)
    units = np.arange(SIZES.size)

    def draw():
        sample, _, probs = selection.select(samp_unit=units, **options)
        if np.ndim(probs):
            draw.claimed = np.asarray(probs, dtype=np.float64)
        return np.asarray(sample, dtype=np.uint8), None

    # Systematic sampling returns no probabilities; those of its rate are what it stands for.
    return draw, np.full(SIZES.size, DRAWN / SIZES.size) if name == "sys" else None, None


def package_sampling_case(name):
    """``up_*`` on given probabilities; ``:certain`` has one client of probability 1."""
    import package_sampling.sampling as sampling

    name, _, kind = name.partition(":")
    p = CERTAIN if kind else BY_SIZE
    rule = getattr(sampling, name)

    def draw():
        return np.asarray(rule(p.copy()), dtype=np.uint8), None

    return draw, p, None


def flower_case(name):
    """``SimpleClientManager.sample``; ``fedavg`` adds the weights of the default aggregation."""
    from types import SimpleNamespace

    from flwr.server.client_manager import SimpleClientManager
    from flwr.server.strategy.aggregate import aggregate

    manager = SimpleClientManager()
    for i in range(SIZES.size):
        manager.register(SimpleNamespace(cid=str(i)))
    units = np.eye(SIZES.size)

    def draw():
        drawn = sorted(int(client.cid) for client in manager.sample(DRAWN))
        if name == "sample":
            return mask(drawn), None
        step = aggregate([([units[i]], int(SIZES[i])) for i in drawn])
        return mask(drawn), step[0]

    return draw, np.full(SIZES.size, DRAWN / SIZES.size), SIZES / SIZES.sum()


def fedlab_case(name, source=""):
    """The synchronous server's ``sample_clients``, its aggregation, and power of choice."""
    from unittest.mock import MagicMock

    import torch

    # Its package imports torchvision for data sets; sampling and aggregation do not touch it.
    for part in ("", ".transforms", ".datasets", ".datasets.utils", ".models"):
        sys.modules.setdefault(f"torchvision{part}", MagicMock())
    from fedlab.contrib.algorithm.basic_server import SyncServerHandler
    from fedlab.contrib.algorithm.powerofchoice import Powerofchoice
    from fedlab.utils.aggregator import Aggregators

    if name.startswith("OptimalSampler"):
        return fedlab_optimal(name, source)
    kind = Powerofchoice if name == "powerofchoice" else SyncServerHandler
    many = name == "sample:ratio"
    n, ratio = (50, 0.58) if many else (SIZES.size, DRAWN / SIZES.size)
    handler = kind(torch.nn.Linear(1, 1), 1, ratio)
    handler.num_clients = n
    units = torch.eye(n)
    losses = np.linspace(1.0, 2.0, n)

    def draw():
        if name == "powerofchoice":
            handler.setup_optim(6)
            candidates = handler.sample_candidates()
            drawn = handler.sample_clients(candidates, losses[candidates])
        else:
            drawn = handler.sample_clients()
        if name in ("aggregate", "powerofchoice"):
            step = Aggregators.fedavg_aggregate([units[i] for i in drawn])
            return mask(drawn, n), step.numpy().astype(np.float64)
        return mask(drawn, n), None

    claimed = None if name == "powerofchoice" else np.full(n, ratio)
    return draw, claimed, SIZES / SIZES.sum() if not many else None


def fedlab_optimal(name, source):
    """``OptimalSampler`` on norms, ``:saturated`` with one that must always be drawn.

    No release has it: it is read from a checkout, everything else from the release.
    """
    import fedlab.contrib

    if source:
        fedlab.contrib.__path__.append(f"{source}/fedlab/contrib")
    from fedlab.contrib.client_sampler.importance_sampler import OptimalSampler

    norms = SIZES.copy()
    if name.endswith(":saturated"):
        norms[-1] = 40.0
    sampler = OptimalSampler(SIZES.size, DRAWN)
    sampler.update(norms)
    target = SIZES / SIZES.sum()

    def draw():
        drawn = sampler.sample()
        step = np.zeros(SIZES.size)
        step[drawn] = target[drawn] / sampler.p[drawn]
        return mask(drawn), step

    return draw, sampler.p, target


CASES = {
    "samplics": samplics_case,
    "package-sampling": package_sampling_case,
    "flwr": flower_case,
    "fedlab": fedlab_case,
}


def main(package, name, rounds, out, source=""):
    """Draw and save: masks, weights (if any), claims, version, and the first exception."""
    warnings.simplefilter("ignore")
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the packages draw from it
    version = importlib.metadata.version(package)
    saved = {"version": f"{version} and a checkout" if source else version, "error": ""}
    more = (source,) if source else ()
    masks, weights, claimed = [], [], None
    try:
        draw, claimed, target = CASES[package](name, *more)
        for _ in range(rounds):
            row, weight = draw()
            masks.append(row)
            if weight is not None:
                weights.append(weight)
        claimed = getattr(draw, "claimed", claimed)
        if target is not None:
            saved["target"] = target
    except Exception as error:
        text = " ".join(str(error).split())
        saved["error"] = f"{type(error).__name__}: {text}"[:200]
    if weights:
        saved["weights"] = np.array(weights)
    if claimed is not None and np.ndim(claimed) == 1:
        saved["claimed"] = claimed
    np.savez_compressed(out, masks=np.array(masks, dtype=np.uint8), **saved)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
