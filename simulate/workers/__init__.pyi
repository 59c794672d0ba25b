from roundlot.simulate.workers.adjacent_leader import AdjacentLeader as AdjacentLeader
from roundlot.simulate.workers.averaging import AllReduce as AllReduce
from roundlot.simulate.workers.averaging import LocalSGD as LocalSGD
from roundlot.simulate.workers.consensus import ConsensusRun as ConsensusRun
from roundlot.simulate.workers.consensus import MixingLaw as MixingLaw
from roundlot.simulate.workers.consensus import drawn_matrices as drawn_matrices
from roundlot.simulate.workers.consensus import empirical_rho as empirical_rho
from roundlot.simulate.workers.consensus import run_consensus as run_consensus
from roundlot.simulate.workers.exact_moments import LeastSquares as LeastSquares
from roundlot.simulate.workers.exact_moments import WorkerMoments as WorkerMoments
from roundlot.simulate.workers.exact_moments import trajectory_bound as trajectory_bound
from roundlot.simulate.workers.exact_moments import worker_moments as worker_moments
from roundlot.simulate.workers.gossip import DPSGD as DPSGD
from roundlot.simulate.workers.gossip import Matcha as Matcha
from roundlot.simulate.workers.history import WorkerBench as WorkerBench
from roundlot.simulate.workers.history import WorkerHistory as WorkerHistory
from roundlot.simulate.workers.history import compare_workers as compare_workers
from roundlot.simulate.workers.links import Links as Links
from roundlot.simulate.workers.method import WorkerMethod as WorkerMethod
from roundlot.simulate.workers.non_blocking import NonBlocking as NonBlocking
from roundlot.simulate.workers.runner import train_workers as train_workers
from roundlot.simulate.workers.setting import StepPlan as StepPlan
from roundlot.simulate.workers.setting import Workers as Workers
from roundlot.simulate.workers.shards import SHARDS as SHARDS
from roundlot.simulate.workers.shards import split_workers as split_workers

WORKER_METHODS: dict[str, tuple[str, str]]
