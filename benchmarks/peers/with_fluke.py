"""fluke: FedAVG with its own fast loader, everything in memory, no evaluation."""

import fleet
import torch
from fluke import DDict, FlukeENV
from fluke.algorithms.fedavg import FedAVG
from fluke.data import DataSplitter, DummyDataContainer, FastDataLoader
from fluke.utils import FederationObserver

torch.set_num_threads(1)


class Tick(FederationObserver):
    def __init__(self, clock):
        self.clock = clock

    def end_round(self, round):  # noqa: A002
        self.clock.tick()


class Fixed(DataSplitter):
    """The clients as they are."""

    def assign(self, n_clients, batch_size=32):
        held = self.data_container
        return (held.clients_tr, held.clients_te), held.server_data


def main():
    name, rounds = fleet.given()
    env = FlukeENV()
    env.set_seed(0)
    env.set_device("cpu")
    env.set_inmemory(True)
    env.set_eval_cfg(pre_fit=False, post_fit=False, locals=False, server=False)
    loaders = [
        FastDataLoader(
            x, y, num_labels=10, batch_size=fleet.BATCH, shuffle=True, skip_singleton=False
        )
        for x, y in fleet.by_client(name)
    ]
    held = DummyDataContainer(loaders, [None] * len(loaders), None, num_classes=10)
    net, clock = fleet.network(name), fleet.Clock()
    settings = DDict(
        client=DDict(
            batch_size=fleet.BATCH,
            local_epochs=fleet.EPOCHS,
            loss="CrossEntropyLoss",
            optimizer=DDict(name="SGD", lr=fleet.RATE),
            scheduler=DDict(name="StepLR", step_size=1, gamma=1),
        ),
        server=DDict(weighted=True),
        model=net,
    )
    run = FedAVG(len(loaders), Fixed(held, client_split=0.0), settings)
    run.set_callbacks(Tick(clock))
    run.run(rounds + 1, 1.0, finalize=False)
    clock.report(run.server.model, name)


main()
