from roundlot import simulate as simulate
from roundlot import solvers as solvers
from roundlot import theory as theory
from roundlot import verify as verify
from roundlot.fleet import Fleet as Fleet
from roundlot.simulate import design as design
from roundlot.solvers import Certificate as Certificate
from roundlot.solvers import Solution as Solution
from roundlot.solvers import compare as compare
from roundlot.solvers import solve as solve
from roundlot.theory import InfeasibleError as InfeasibleError
from roundlot.theory import InvalidProblemError as InvalidProblemError
from roundlot.theory import Problem as Problem

__version__: str
