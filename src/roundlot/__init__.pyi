from roundlot import simulate as simulate
from roundlot import solvers as solvers
from roundlot import theory as theory
from roundlot import verify as verify
from roundlot.fleet import Fleet as Fleet
from roundlot.simulate import design as design
from roundlot.simulate import simulate_rounds as simulate_rounds
from roundlot.solvers import Certificate as Certificate
from roundlot.solvers import Comparison as Comparison
from roundlot.solvers import Solution as Solution
from roundlot.solvers import allocate as allocate
from roundlot.solvers import compare as compare
from roundlot.solvers import least_budget as least_budget
from roundlot.solvers import least_cost as least_cost
from roundlot.solvers import optimal_path as optimal_path
from roundlot.solvers import solve as solve
from roundlot.theory import ConvergenceError as ConvergenceError
from roundlot.theory import InfeasibleError as InfeasibleError
from roundlot.theory import InvalidProblemError as InvalidProblemError
from roundlot.theory import Problem as Problem
from roundlot.theory import RoundlotWarning as RoundlotWarning
from roundlot.theory import privacy_ceiling as privacy_ceiling
from roundlot.verify import Verification as Verification
from roundlot.verify import audit as audit
from roundlot.verify import verify_solution as verify_solution

__version__: str
