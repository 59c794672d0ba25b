"""Flower: run_simulation on Ray, one actor per core, the message API, full participation."""

import fleet
import torch
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

NAME, ROUNDS = fleet.given()
client_app, server_app = ClientApp(), ServerApp()
HELD: dict = {}


@client_app.train()
def train(message, context):
    torch.set_num_threads(1)
    if not HELD:
        HELD.update(enumerate(fleet.by_client(NAME)))
    x, y = HELD[int(context.node_config["partition-id"])]
    net = fleet.network(NAME)
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    optimiser = torch.optim.SGD(net.parameters(), lr=fleet.RATE)
    for _ in range(fleet.EPOCHS):
        for rows in torch.randperm(len(y)).split(fleet.BATCH):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimiser.step()
    content = {
        "arrays": ArrayRecord(net.state_dict()),
        "metrics": MetricRecord({"num-examples": len(y)}),
    }
    return Message(content=RecordDict(content), reply_to=message)


@server_app.main()
def main(grid, context):
    net, clock = fleet.network(NAME), fleet.Clock()

    def ended(round_, arrays):
        if round_:
            clock.tick()

    strategy = FedAvg(
        fraction_train=1.0,
        fraction_evaluate=0.0,
        min_train_nodes=fleet.CLIENTS,
        min_available_nodes=fleet.CLIENTS,
    )
    result = strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord(net.state_dict()),
        num_rounds=ROUNDS + 1,
        train_config=ConfigRecord({}),
        evaluate_fn=ended,
    )
    net.load_state_dict(result.arrays.to_torch_state_dict())
    clock.report(net, NAME)


if __name__ == "__main__":
    run_simulation(
        server_app=server_app,
        client_app=client_app,
        num_supernodes=fleet.CLIENTS,
        backend_config={
            "init_args": {"num_cpus": 2, "include_dashboard": False, "log_to_driver": False},
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
        },
    )
