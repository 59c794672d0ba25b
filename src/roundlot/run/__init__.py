"""The main job: from a setup to a report, one stage a file, each a function of the one before."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Case": "run.case",
    "Decision": "run.decision",
    "FleetNumbers": "run.theorem_numbers",
    "Ground": "run.rounds_bound",
    "Joined": "run.applicability",
    "RunResult": "run.result",
    "Simulation": "run.simulation",
    "assumed": "run.applicability",
    "bound_methods": "run.rounds_bound",
    "check_run": "run.job",
    "compare_case": "run.job",
    "counter": "run.applicability",
    "decide": "run.decision",
    "fleet_numbers": "run.theorem_numbers",
    "ground": "run.rounds_bound",
    "join": "run.applicability",
    "prepare": "run.case",
    "require_constants": "run.decision",
    "require_decidable": "run.decision",
    "require_given": "run.applicability",
    "require_joinable": "run.applicability",
    "require_room": "run.simulation",
    "run": "run.job",
    "shared_rate": "run.simulation",
    "simulate_all": "run.job",
    "simulate_method": "run.simulation",
    "solution_summary": "run.summaries",
    "tellable": "run.theorem_numbers",
}
__all__ = [
    "Case",
    "Decision",
    "FleetNumbers",
    "Ground",
    "Joined",
    "RunResult",
    "Simulation",
    "assumed",
    "bound_methods",
    "check_run",
    "compare_case",
    "counter",
    "decide",
    "fleet_numbers",
    "ground",
    "join",
    "prepare",
    "require_constants",
    "require_decidable",
    "require_given",
    "require_joinable",
    "require_room",
    "run",
    "shared_rate",
    "simulate_all",
    "simulate_method",
    "solution_summary",
    "tellable",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.run.applicability import (
        Joined,
        assumed,
        counter,
        join,
        require_given,
        require_joinable,
    )
    from roundlot.run.case import Case, prepare
    from roundlot.run.decision import Decision, decide, require_constants, require_decidable
    from roundlot.run.job import check_run, compare_case, run, simulate_all
    from roundlot.run.result import RunResult
    from roundlot.run.rounds_bound import Ground, bound_methods, ground
    from roundlot.run.simulation import Simulation, require_room, shared_rate, simulate_method
    from roundlot.run.summaries import solution_summary
    from roundlot.run.theorem_numbers import FleetNumbers, fleet_numbers, tellable
