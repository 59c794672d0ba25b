from roundlot.solvers.dispatch import make_objective as make_objective
from roundlot.solvers.objectives.certificate import ObjectiveCertificate as ObjectiveCertificate
from roundlot.solvers.objectives.norms import Fair as Fair
from roundlot.solvers.objectives.norms import Worst as Worst
from roundlot.solvers.objectives.total import Participation as Participation
from roundlot.solvers.objectives.total import Total as Total
from roundlot.solvers.solution import Objective as Objective
from roundlot.solvers.solution import ObjectiveSolution as ObjectiveSolution
