"""FLGo: its fedavg, all clients, no evaluation and no held-out data, one process."""

import tempfile

import fleet
import flgo
import flgo.algorithm.fedavg as fedavg
import flgo_digits
import torch
from flgo.utils.fmodule import FModule

torch.set_num_threads(1)
NAME, ROUNDS = fleet.given()
CLOCK = fleet.Clock()


class Net(FModule):
    """The network as one of FLGo's modules."""

    def __init__(self):
        super().__init__()
        self.body = fleet.network(NAME)

    def forward(self, x):
        return self.body(x)


class Model:
    """What FLGo asks for as a model."""

    @staticmethod
    def init_local_module(thing):
        pass

    @staticmethod
    def init_global_module(thing):
        if "Server" in thing.__class__.__name__:
            thing.model = Net().to(thing.device)


class Fedavg:
    """FLGo's fedavg, counted after every round."""

    class Server(fedavg.Server):
        def iterate(self):
            done = super().iterate()
            CLOCK.tick()
            return done

    class Client(fedavg.Client):
        pass


with tempfile.TemporaryDirectory() as place:
    path = f"{place}/task"
    flgo.gen_task_by_(flgo_digits, flgo_digits.Owners(), path)
    option = {
        "num_rounds": ROUNDS + 1,
        "num_epochs": fleet.EPOCHS,
        "batch_size": fleet.BATCH,
        "learning_rate": fleet.RATE,
        "proportion": 1.0,
        "sample": "full",
        "aggregate": "uniform",
        "eval_interval": -1,
        "train_holdout": 0.0,
        "num_workers": 0,
        "gpu": [],
        "no_log_console": True,
    }
    runner = flgo.init(path, Fedavg, option=option, model=Model)
    runner.run()
    CLOCK.report(runner.model, NAME)
