"""Who is in the fleet: records of clients, the default fleet, setups, reading and writing tables.

Names load on first use; Polars when a table is read or written. Nothing here loads torch or cvxpy.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "BoundSettings": "fleet.sections",
    "Fleet": "fleet.fleet",
    "FleetSetup": "fleet.setup",
    "FleetSource": "fleet.sections",
    "FleetSummary": "fleet.summary",
    "KINDS": "fleet.tables",
    "Limits": "fleet.sections",
    "ScoreSource": "fleet.sections",
    "ScoreTable": "fleet.scores",
    "SimulateSettings": "fleet.sections",
    "TrainSettings": "fleet.sections",
    "VerifySettings": "fleet.sections",
    "check": "fleet.setup",
    "default_setup": "fleet.setup",
    "describe": "fleet.summary",
    "gini": "fleet.summary",
    "LabelledPoints": "fleet.points",
    "load_setup": "fleet.setup",
    "new_setup": "fleet.setup",
    "read_points": "fleet.points",
    "read_scores": "fleet.scores",
    "read_setup": "fleet.setup",
    "read_speeds": "fleet.points",
    "read_table": "fleet.tables",
    "scores_setup": "fleet.setup",
    "speech_commands_fleet": "fleet.sources",
    "write_scores": "fleet.scores",
    "write_table": "fleet.tables",
}
__all__ = [
    "KINDS",
    "BoundSettings",
    "Fleet",
    "FleetSetup",
    "FleetSource",
    "FleetSummary",
    "Limits",
    "ScoreSource",
    "ScoreTable",
    "SimulateSettings",
    "TrainSettings",
    "VerifySettings",
    "check",
    "default_setup",
    "describe",
    "gini",
    "load_setup",
    "new_setup",
    "read_points",
    "read_scores",
    "read_setup",
    "read_speeds",
    "read_table",
    "scores_setup",
    "speech_commands_fleet",
    "write_scores",
    "write_table",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__, {"Setup": "FleetSetup"})

if TYPE_CHECKING:
    from roundlot.fleet.fleet import Fleet
    from roundlot.fleet.points import LabelledPoints as LabelledPoints
    from roundlot.fleet.points import read_points, read_speeds
    from roundlot.fleet.scores import ScoreTable, read_scores, write_scores
    from roundlot.fleet.sections import (
        BoundSettings,
        FleetSource,
        Limits,
        ScoreSource,
        SimulateSettings,
        TrainSettings,
        VerifySettings,
    )
    from roundlot.fleet.setup import (
        FleetSetup,
        check,
        default_setup,
        load_setup,
        new_setup,
        read_setup,
        scores_setup,
    )
    from roundlot.fleet.sources import speech_commands_fleet
    from roundlot.fleet.summary import FleetSummary, describe, gini
    from roundlot.fleet.tables import KINDS, read_table, write_table
