"""Flower's own sampling beside roundlot's, on the same clients: accuracy, and who weighs what.

    python compare.py --rounds 12 --seeds 2

Every strategy trains the model "digit" on the same 20 clients with as many expected draws a round.
FedAvg draws uniformly and divides by the weights it happens to draw. The weight of a client in the
step, on average over draws, should be its share of the data: the table shows how far the client
that fares best and the one that fares worst are from it, from 20,000 draws with Flower's sampler
and from 20,000 with the policy's probabilities of the last round. "±" is a standard error over
seeds; z is the deviation in standard errors, so 2 to 3 is what 20 unbiased weights show by chance.
FedAvg's curves change from run to run whatever the seed: it draws among Flower's node numbers,
which are new in every run. roundlot draws among the names of clients.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from digits_app.client_app import app as client_app
from digits_app.task import network, partition, test, test_set
from flwr.app import ArrayRecord, ConfigRecord, Context, MetricRecord
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

from roundlot.flower import LotStrategy, Policy
from roundlot.simulate import design

CLIENTS, BUDGET, DRAWS = 20, 5, 20_000
RULES = ("random", "lvr", "norm")


def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord:
    net = network("digit")
    net.load_state_dict(arrays.to_torch_state_dict())
    loss, accuracy = test(net, *test_set("digit"))
    return MetricRecord({"loss": loss, "accuracy": accuracy})


def make(name: str, seed: int) -> Any:
    if name == "FedAvg":
        # Flower draws with Python's own generator, but among node numbers, which are new in every
        # run: FedAvg draws other clients each time. LotStrategy draws among the clients' names.
        random.seed(seed)
        return FedAvg(fraction_train=BUDGET / CLIENTS, fraction_evaluate=0.0)
    policy = Policy(budget=BUDGET, rule=name, seed=seed)
    return LotStrategy(policy, fraction_evaluate=0.0, first_round=1)


def simulate(rounds: int, seeds: int) -> list[dict[str, Any]]:
    """One simulation in which every strategy trains from the same start, one after the other."""
    server, rows = ServerApp(), []

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        for seed in range(seeds):
            for name in ("FedAvg", *RULES):
                strategy = make(name, seed)
                result = strategy.start(
                    grid=grid,
                    initial_arrays=ArrayRecord(network("digit", seed).state_dict()),
                    num_rounds=rounds,
                    train_config=ConfigRecord({"model": "digit"}),
                    evaluate_fn=evaluate,
                )
                past = result.evaluate_metrics_serverapp
                rows.append(
                    {"name": name, "curve": [past[r]["accuracy"] for r in range(rounds + 1)]}
                )
                if name != "FedAvg":
                    last = strategy.history[-1]
                    rows[-1]["p"] = last.probabilities[
                        np.argsort([int(k) for k in last.keys])
                    ].tolist()

    # Flower would have an app started by `flwr run` and calls this function deprecated. A run of
    # `flwr run` is one strategy; here all of them share one simulation, on the same nodes.
    run_simulation(
        server,
        client_app,
        CLIENTS,
        backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0}},
    )
    return rows


def fedavg_weights(sizes: np.ndarray, rng: random.Random) -> np.ndarray:
    """``(CLIENTS,)``, weights of one round of FedAvg: uniform, then divided by their sum."""
    drawn = rng.sample(range(CLIENTS), BUDGET)
    out = np.zeros(CLIENTS)
    out[drawn] = sizes[drawn] / sizes[drawn].sum()
    return out


def lot_weights(shares: np.ndarray, p: np.ndarray) -> Callable[[int], np.ndarray]:
    picks = design(p).draw(DRAWS, seed=1)
    return lambda draw: np.where(picks[draw] >= 0, shares / p[:, 0], 0.0)


def bias(weights: Callable[[int], np.ndarray], shares: np.ndarray) -> tuple[float, float, float]:
    """Mean weight over share, least and greatest, minus 1; and the largest |z| of any."""
    table = np.stack([weights(draw) for draw in range(DRAWS)]) / shares
    mean, error = table.mean(axis=0) - 1.0, table.std(axis=0) / np.sqrt(DRAWS)
    z = np.divide(mean, error, out=np.zeros_like(mean), where=error > 0.0)  # p = 1 has no error
    return float(mean.min()), float(mean.max()), float(np.abs(z).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    rows = simulate(options.rounds, options.seeds)
    sizes = np.array([len(partition(i, CLIENTS, "digit")[1]) for i in range(CLIENTS)], dtype=float)
    shares, rng = sizes / sizes.sum(), random.Random(0)
    print(
        f"\n{'strategy':<18}{'accuracy':>18}{'half way':>10}   mean weight / share − 1     max |z|"
    )
    for name in ("FedAvg", *RULES):
        own = [row for row in rows if row["name"] == name]
        curves = np.array([row["curve"] for row in own])
        weights = (
            (lambda _: fedavg_weights(sizes, rng))
            if name == "FedAvg"
            else lot_weights(shares, np.array(own[-1]["p"]))
        )
        low, high, z = bias(weights, shares)
        label = name if name == "FedAvg" else f"roundlot {name}"
        half = curves[:, options.rounds // 2].mean()
        error = curves[:, -1].std(ddof=1) / len(curves) ** 0.5 if len(curves) > 1 else np.nan
        print(
            f"{label:<18}{curves[:, -1].mean():>10.3f} ± {error:.3f}{half:>10.3f}   "
            f"{low:>+8.1%} to {high:>+8.1%}{z:>16.1f}"
        )


if __name__ == "__main__":
    main()
