"""Who is in the fleet: records of clients, the default fleet, setups, reading and writing tables.

Nothing here loads torch or cvxpy; Polars loads when a table is read or written.
"""

from roundlot.fleet.default import speech_commands_fleet
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.new import new_setup
from roundlot.fleet.notes import check
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
from roundlot.fleet.setup import Setup, default_setup, load_setup, scores_setup
from roundlot.fleet.summary import FleetSummary, describe, gini
from roundlot.fleet.writing import write_table

__all__ = [
    "BoundSettings",
    "Fleet",
    "FleetSource",
    "FleetSummary",
    "Limits",
    "ScoreSource",
    "ScoreTable",
    "Setup",
    "SimulateSettings",
    "TrainSettings",
    "VerifySettings",
    "check",
    "default_setup",
    "describe",
    "gini",
    "load_setup",
    "new_setup",
    "read_scores",
    "scores_setup",
    "speech_commands_fleet",
    "write_scores",
    "write_table",
]
