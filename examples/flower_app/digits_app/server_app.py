"""The server: a policy, a strategy, two models."""

from flwr.app import ArrayRecord, Context, MetricRecord
from flwr.serverapp import Grid, ServerApp

from digits_app.task import MODELS, network, test, test_set
from roundlot.flower import LotStrategy, Policy, join_models, split_models

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    policy = Policy(
        budget=float(config["budget"]),
        rule=str(config["rule"]),
        design=str(config["design"]),
        seed=int(config["seed"]),
    )
    # Every run starts from a new network: this is the first round drawn with the seed for it.
    strategy = LotStrategy(policy, models=list(MODELS), first_round=1)
    start = join_models({model: network(model).state_dict() for model in MODELS})
    strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord(start),
        num_rounds=int(config["num-server-rounds"]),
        evaluate_fn=evaluate,
    )
    for past in strategy.history:
        print(f"round {past.round}: {(past.picks >= 0).sum()} drawn, {past.label}")


def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord:
    """Accuracy of both models on samples that no client holds."""
    out = {}
    for model, table in split_models(arrays, list(MODELS)).items():
        net = network(model)
        net.load_state_dict(ArrayRecord(table).to_torch_state_dict())
        out[f"{model}/accuracy"] = test(net, *test_set(model))[1]
    return MetricRecord(out)
