"""A setup: one TOML file that says which fleet, which limits, which scores, which checks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.data import data_bytes
from roundlot.fleet.aligned import align_scores, online, processor_scores
from roundlot.fleet.coupled import coupled_limits
from roundlot.fleet.documents import parsed_toml, require_known
from roundlot.fleet.feasible import require_feasible
from roundlot.fleet.files import existing_file, read_text
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.scores import ScoreTable, read_scores
from roundlot.fleet.sections import (
    BoundSettings,
    FleetSource,
    Limits,
    ScoreSource,
    SimulateSettings,
    TrainSettings,
    VerifySettings,
)
from roundlot.fleet.sources import load_fleet
from roundlot.fleet.values import read_section, text, whole
from roundlot.solvers.proof.family_feasibility import check_family
from roundlot.theory import InvalidProblemError, Problem

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_SECTIONS: dict[str, type[Any]] = {
    "fleet": FleetSource,
    "problem": Limits,
    "scores": ScoreSource,
    "train": TrainSettings,
    "simulate": SimulateSettings,
    "verify": VerifySettings,
    "bound": BoundSettings,
}
_TABLES = ("norms", "losses", "scores")


@dataclass(frozen=True, kw_only=True, eq=False)
class Setup:
    """Everything a run needs, checked; tables are read when ``fleet`` is first asked for.

    ``document`` is the TOML as parsed, ``folder`` what its paths are relative to, ``path`` the file
    (None for the shipped one).
    """

    name: str
    seed: int
    source: FleetSource
    limits: Limits
    scores: ScoreSource
    train: TrainSettings
    simulate: SimulateSettings
    verify: VerifySettings
    bound: BoundSettings
    folder: Path
    path: Path | None
    document: Mapping[str, Any]

    @cached_property
    def score_table(self) -> ScoreTable | None:
        """The table of norms, losses or scores that the setup names, if it names one."""
        if self.scores.source not in _TABLES:
            return None
        return read_scores(self.folder / str(self.scores.path))

    @cached_property
    def fleet(self) -> Fleet:
        """The fleet; without the pairs for which a score table has an empty cell.

        Raises:
            InvalidProblemError: a table that is missing, malformed or does not fit the others.
        """
        fleet = load_fleet(self.source, self.folder, self.name, self.score_table)
        if self.score_table is None:
            return fleet
        return fleet.restricted(online(fleet, self.score_table))

    @property
    def budget(self) -> float:
        """``m``, expected draws per round."""
        return self.limits.total(self.fleet.n_processors)

    @cached_property
    def table_scores(self) -> FloatArray | None:
        """``(V, S)``, the table's scores: times ``d/B`` for norms and losses, else as they are."""
        if self.score_table is None:
            return None
        return processor_scores(
            self.fleet, self.score_table, weighted=self.scores.source != "scores"
        )

    @cached_property
    def table_losses(self) -> FloatArray | None:
        """``(V, S)``, losses ``f`` (not weighted), from ``scores.losses`` or a table of losses."""
        if self.scores.losses is not None:
            path = self.folder / self.scores.losses
            return align_scores(self.fleet, read_scores(path, what="table of losses"))
        if self.scores.source != "losses" or self.score_table is None:
            return None
        return align_scores(self.fleet, self.score_table)

    @property
    def labels(self) -> tuple[IntArray, IntArray]:
        """``(N, W)`` counts per label and ``(W,)`` models of the labels, which training needs.

        Raises:
            InvalidProblemError: the fleet has samples per model only.
        """
        fleet = self.fleet
        if fleet.label_counts is None or fleet.label_model is None:
            raise InvalidProblemError(
                f"fleet {fleet.name!r} has no counts per label to train on; give fleet.labels with "
                "fleet.label_model, or bring scores: [scores] source and path"
            )
        return fleet.label_counts, fleet.label_model

    @property
    def updates_path(self) -> Path | None:
        """Where saved updates are, if the scores come from them."""
        if self.scores.source != "updates":
            return None
        return existing_file(self.folder / str(self.scores.path), "updates")

    def problem(self, scores: npt.ArrayLike) -> Problem:
        """The sampling problem with ``scores (V, S)`` under the setup's limits.

        Raises:
            InfeasibleError: the floors do not fit the limits.
            InvalidProblemError: a table of costs or groups that does not fit the fleet.
        """
        problem = self.fleet.problem(
            scores,
            budget=self.budget,
            floor=self.limits.floor,
            ceiling=self.limits.ceiling,
            processor_cap=self.limits.processor_cap,
            **coupled_limits(self.fleet, self.limits, self.folder),
        )
        require_feasible(self.fleet, self.limits)
        if not problem.is_plain:
            check_family(problem, problem.bounds[0])
        return problem

    def replaced(self, changes: Mapping[str, Any]) -> Setup:
        """The setup with some keys changed, such as ``{"seed": 3, "problem.budget": 40}``.

        Setting one of ``budget`` and ``budget_fraction`` drops the other. None drops a key.
        """
        document = {k: dict(v) if isinstance(v, dict) else v for k, v in self.document.items()}
        for place, value in changes.items():
            section, _, name = place.rpartition(".")
            table = document.setdefault(section, {}) if section else document
            if section == "problem" and name.startswith("budget"):
                table.pop("budget", None)
                table.pop("budget_fraction", None)
            table.pop(name, None)
            if value is not None:
                table[name] = value
        return _build(document, self.folder, self.path)

    def __repr__(self) -> str:
        place = "" if self.path is None else f" in {self.path.name!r}"
        return (
            f"Setup({self.name!r}{place}, fleet from {self.source.source!r}, scores from "
            f"{self.scores.source!r}, seed {self.seed})"
        )


def load_setup(path: str | os.PathLike[str]) -> Setup:
    """The setup in the TOML file at ``path``; every key has a default, none may be misspelt.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it. Tables are read later, see ``Setup.fleet``.
    """
    place = existing_file(path, "setup")
    document = parsed_toml(read_text(place, "setup"), f"setup {place}")
    try:
        return _build(document, place.parent, place)
    except InvalidProblemError as error:
        raise InvalidProblemError(f"setup {place}: {error}") from error


def default_setup() -> Setup:
    """The setup of the shipped fleet: Speech Commands speakers, phones and links."""
    document = parsed_toml(data_bytes("default.toml").decode(), "setup default.toml")
    return _build(document, Path(), None)


def scores_setup(path: str | os.PathLike[str]) -> Setup:
    """The setup of a plain table of scores: its rows are the fleet, its numbers are taken as given.

    Raises:
        InvalidProblemError: there is no such file. The table is read later, see ``Setup.fleet``.
    """
    place = existing_file(path, "score table")
    document = {
        "name": place.stem,
        "fleet": {"source": "scores"},
        "scores": {"source": "scores", "path": place.name},
    }
    return _build(document, place.parent, None)


def build_setup(document: Mapping[str, Any], folder: Path) -> Setup:
    """The setup of a document as parsed; its paths are relative to ``folder``.

    Raises:
        InvalidProblemError: an unknown section or key, a value that does not fit.
    """
    return _build(document, folder, None)


def _build(document: Mapping[str, Any], folder: Path, path: Path | None) -> Setup:
    known = ("name", "seed", *_SECTIONS)
    require_known(document, known)
    read = {
        name: read_section(cls, document.get(name, {}), name) for name, cls in _SECTIONS.items()
    }
    fallback = path.stem if path is not None else "setup"
    return Setup(
        name=text(document.get("name", fallback), "name"),
        seed=whole(low=0)(document.get("seed", 0), "seed"),
        source=read.pop("fleet"),
        limits=read.pop("problem"),
        folder=folder,
        path=path,
        document=document,
        **read,
    )
