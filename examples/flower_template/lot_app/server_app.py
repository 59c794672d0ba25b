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
    weights, first_round = start(), 1  # of a new run
    kept = Path(str(config["folder"])) / "run.npz" if config["folder"] else None
    if kept and kept.exists():
        state = load_state(kept)
        weights, first_round = state["weights"], None  # the state knows
        strategy.load_state_dict(state["strategy"])
        print(f"goes on after round {strategy.count.last}")

    def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord:
        """After every round: keep model and state in one file, and score on samples of nobody's."""
        weights = arrays["weights"].numpy()
        if kept and server_round > 0:
            kept.parent.mkdir(parents=True, exist_ok=True)
            save_state(kept, {"weights": weights, "strategy": strategy.state_dict()})
        loss, accuracy = score(weights, *test_set())
        return MetricRecord({"loss": loss, "accuracy": accuracy})

    strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord({"weights": Array(weights)}),
        num_rounds=int(config["num-server-rounds"]),
        evaluate_fn=evaluate,
        first_round=first_round,
    )
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
