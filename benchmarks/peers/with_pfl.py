"""pfl: FederatedAveraging on a SimulatedBackend, one process."""

import fleet
import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.callback.base import TrainingProcessCallback
from pfl.data.dataset import Dataset
from pfl.data.federated_dataset import FederatedDataset
from pfl.data.sampling import get_user_sampler
from pfl.hyperparam import NNTrainHyperParams
from pfl.metrics import Metrics, Weighted
from pfl.model.pytorch import PyTorchModel
from torch import nn

torch.set_num_threads(1)


class Net(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)

    def loss(self, x, y, eval=False):  # noqa: A002
        return nn.functional.cross_entropy(self.body(x), y)

    def metrics(self, x, y, eval=False):  # noqa: A002
        return {"loss": Weighted(float(self.loss(x, y)) * len(y), len(y))}


class Tick(TrainingProcessCallback):
    def __init__(self, clock):
        self.clock = clock

    def after_central_iteration(self, aggregate_metrics, model, *, central_iteration):
        self.clock.tick()
        return False, Metrics()


def main():
    name, rounds = fleet.given()
    users = dict(enumerate(fleet.by_client(name)))
    sampler = get_user_sampler("minimize_reuse", list(users))
    data = FederatedDataset(lambda user: Dataset(list(users[user]), user_id=user), sampler)
    net, clock = Net(fleet.network(name)), fleet.Clock()
    model = PyTorchModel(
        model=net,
        local_optimizer_create=torch.optim.SGD,
        central_optimizer=torch.optim.SGD(net.parameters(), 1.0),
    )
    FederatedAveraging().run(
        algorithm_params=NNAlgorithmParams(
            central_num_iterations=rounds + 1,
            evaluation_frequency=10**9,
            train_cohort_size=fleet.CLIENTS,
            val_cohort_size=0,
        ),
        backend=SimulatedBackend(training_data=data, val_data=data),
        model=model,
        model_train_params=NNTrainHyperParams(
            local_num_epochs=fleet.EPOCHS,
            local_learning_rate=fleet.RATE,
            local_batch_size=fleet.BATCH,
        ),
        callbacks=[Tick(clock)],
    )
    clock.report(net, name)


main()
