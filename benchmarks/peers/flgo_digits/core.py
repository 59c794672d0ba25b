"""The data of the fleet in FLGo's pipeline."""

import fleet
from flgo.benchmark.toolkits.cv.classification import (
    FromDatasetGenerator,
    FromDatasetPipe,
    GeneralCalculator,
)
from torch.utils.data import TensorDataset

NAME, _ = fleet.given()
train_data = TensorDataset(*fleet.digits(NAME)[:2])
test_data = TensorDataset(*(part[:10] for part in fleet.digits(NAME)[:2]))


class TaskGenerator(FromDatasetGenerator):
    def __init__(self):
        super().__init__("flgo_digits", train_data=train_data, val_data=None, test_data=test_data)


class Picked(FromDatasetPipe.TaskDataset):
    """Current torch asks for this beside ``__getitem__``."""

    def __getitems__(self, indices):
        return [self[i] for i in indices]


class TaskPipe(FromDatasetPipe):
    TaskDataset = Picked

    def __init__(self, task_path):
        super().__init__(task_path, train_data=train_data, val_data=None, test_data=test_data)


TaskCalculator = GeneralCalculator
