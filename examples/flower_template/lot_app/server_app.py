"""The server: FedAvg's, but for the strategy; it goes on where an earlier run stopped."""

from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, Context, MetricRecord
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp import strategy as flower

from lot_app.task import score, start, test_set
from roundlot.flower import LotStrategy, Policy, WrappedStrategy, load_state, save_state

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    strategy = made(config)
    weights, folder = start(), Path(str(config["folder"])) if config["folder"] else None
    if folder and (folder / "model.npz").exists():
        weights = np.load(folder / "model.npz")["weights"]
        strategy.load_state_dict(load_state(folder / "state.npz"))
    result = strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord({"weights": Array(weights)}),
        num_rounds=int(config["num-server-rounds"]),
        evaluate_fn=evaluate,
    )
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "model.npz", weights=result.arrays["weights"].numpy())
        save_state(folder / "state.npz", strategy.state_dict())
    for past in strategy.history:
        drawn = [past.keys[at] for at in np.flatnonzero(past.picks >= 0)]
        print(f"round {past.round}: {len(drawn)} drawn of {len(past.keys)}, {past.label}")


def made(config) -> LotStrategy:
    """roundlot's own step, or one of Flower's with our draw."""
    policy = Policy(
        budget=float(config["budget"]),
        rule=str(config["rule"]),
        design=str(config["design"]),
        seed=int(config["seed"]),
    )
    # The clients have no function for the question who they are, so nobody is asked: their sizes
    # come from their replies. With @app.query("roundlot") in client_app.py leave `survey` out.
    name = str(config["strategy"])
    if name == "lot":
        return LotStrategy(policy, survey="never")
    settings = {"proximal_mu": 0.1} if name == "FedProx" else {}
    return WrappedStrategy(getattr(flower, name)(**settings), policy, survey="never")


def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord:
    """On samples that no client holds."""
    loss, accuracy = score(arrays["weights"].numpy(), *test_set())
    return MetricRecord({"loss": loss, "accuracy": accuracy})
