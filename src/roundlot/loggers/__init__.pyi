from roundlot.loggers.choice import LogSection as LogSection
from roundlot.loggers.choice import make_logger as make_logger
from roundlot.loggers.mlflow import MLflowLogger as MLflowLogger
from roundlot.loggers.tensorboard import TensorBoardLogger as TensorBoardLogger
from roundlot.loggers.wandb import WandbLogger as WandbLogger
from roundlot.simulate.runs.callbacks import Callback as Callback
from roundlot.simulate.runs.callbacks import RunPoint as RunPoint
from roundlot.simulate.runs.callbacks import RunStart as RunStart
