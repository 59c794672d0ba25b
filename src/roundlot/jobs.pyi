from roundlot.graphs.job import GRAPH as GRAPH
from roundlot.report.job import MAIN as MAIN
from roundlot.report.partition import PARTITION as PARTITION
from roundlot.straggle.job import STRAGGLERS as STRAGGLERS
from roundlot.train.job import TRAINING as TRAINING
from roundlot.train.job import WORKERS as WORKERS
