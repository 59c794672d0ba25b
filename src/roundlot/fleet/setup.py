"""A setup: one TOML file that says which fleet, which limits, which scores, which checks.

``check`` reads it and everything it names, and says what is worth knowing before a run.
"""

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
from roundlot.fleet.data_sets import is_data_set
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.limits import (
    coupled_limits,
    per_model_numbers,
    require_feasible,
    usable_draws,
)
from roundlot.fleet.plan_section import PlanSettings
from roundlot.fleet.reading import Reading, doubled
from roundlot.fleet.scores import (
    ScoreTable,
    align_scores,
    online,
    processor_scores,
    read_scores,
    require_known,
)
from roundlot.fleet.sections import (
    TABLES,
    BoundSettings,
    FleetSource,
    Limits,
    ScoreSource,
    SimulateSettings,
    TrainSettings,
    VerifySettings,
)
from roundlot.fleet.sources import Loaded, load_fleet
from roundlot.fleet.straggle_section import StraggleSettings
from roundlot.fleet.tables import read_table, unique_clients
from roundlot.setup import Setup, Whole, key, section
from roundlot.setup.document import parsed_toml
from roundlot.setup.reading import existing_file, plain_path
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.text import plural

#: The name of the fleet that comes with the package.
SHIPPED = "speech-commands"
_TABLES = ("norms", "losses", "scores")
_NAMED = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetSetup(Setup):
    """Which fleet, which limits, which scores, which checks: everything that a run needs.

    Tables are read when ``fleet`` is first asked for.
    """

    seed: int = key(0, Whole(low=0))
    source: FleetSource = section(FleetSource)
    limits: Limits = section(Limits)
    scores: ScoreSource = section(ScoreSource)
    train: TrainSettings = section(TrainSettings)
    simulate: SimulateSettings = section(SimulateSettings)
    verify: VerifySettings = section(VerifySettings)
    bound: BoundSettings = section(BoundSettings)
    plan: PlanSettings = section(PlanSettings)
    straggle: StraggleSettings | None = section(StraggleSettings, optional=True)

    @cached_property
    def score_table(self) -> ScoreTable | None:
        """The table of norms, losses or scores that the setup names, if it names one."""
        if self.scores.source not in _TABLES:
            return None
        path = self.folder / str(self.scores.path)
        return self._read(path, "score table")

    def _read(self, path: Path, what: str) -> ScoreTable:
        unreachable = self.source.allow_unreachable
        models = self._models_in(path)
        return read_scores(path, what=what, models=models, allow_unreachable=unreachable)

    def _models_in(self, path: Path) -> tuple[str, ...] | None:
        """Which columns of a table of scores are meant; an array's follow the fleet's order."""
        in_order = path.suffix.lower() in (".npy", ".npz") and self.source.source == "tables"
        return None if in_order else self.source.models

    @cached_property
    def loaded(self) -> Loaded:
        """The fleet as its source has it, with what there is to know of its reading."""
        return load_fleet(
            self.source, self.folder, self.name, self.score_table, self.limits.group_columns
        )

    @cached_property
    def fleet(self) -> Fleet:
        """The fleet; pairs for which a score table has an empty cell are not available.

        A client of which nothing is left stays, with probability 0.

        Raises:
            InvalidProblemError: a table that is missing, malformed or does not fit the others.
        """
        fleet, everybody, _ = self.loaded
        if self.score_table is None:
            return fleet
        return fleet.restricted(online(fleet, self.score_table, everybody), keep=True)

    @cached_property
    def reading(self) -> Reading:
        """What was read: counts, who is offline, what was doubled, left out, ignored.

        Raises:
            InvalidProblemError: as ``fleet``.
        """
        fleet, scores = self.fleet, self.score_table
        ignored = self.loaded.ignored + (() if scores is None else scores.ignored)
        return Reading(
            clients=fleet.n_clients,
            processors=fleet.n_processors,
            models=fleet.models,
            pairs=int(fleet.expand(fleet.available).sum()),
            offline=tuple(fleet.clients[i] for i in np.flatnonzero(fleet.offline)),
            doubled=() if scores is None else doubled(scores.clients),
            left_out=len(self.loaded.everybody) - fleet.n_clients,
            ignored=tuple(dict.fromkeys(ignored)),
        )

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
            self.fleet,
            self.score_table,
            self.loaded.everybody,
            weighted=self.scores.source != "scores",
        )

    def scores_in(self, path: str, what: str) -> FloatArray:
        """``(V, S)``, further scores, in a table of the same kind as that of the scores.

        Norms and losses count ``d/B`` times, as those of the setup do.

        Raises:
            InvalidProblemError: a malformed table, or one that does not fit the fleet, by its file.
        """
        weighted = self.scores.source != "scores"
        return self.pairs_in(path, what) * (self.fleet.weights if weighted else 1.0)

    def pairs_in(self, path: str, what: str) -> FloatArray:
        """``(V, S)``, a number for each pair, 0 where a pair is not available.

        Raises:
            InvalidProblemError: as `scores_in`.
        """
        table = self._read(self.folder / path, what)
        try:
            return align_scores(self.fleet, table, self.loaded.everybody)
        except InvalidProblemError as error:
            raise InvalidProblemError(f"{what} {path}: {error}") from error

    def clients_in(self, path: str, what: str, column: str) -> FloatArray:
        """``(V,)``, a number for each client, the same for all its processors.

        Raises:
            InvalidProblemError: a malformed table, a client twice or without a number.
        """
        table = read_table(self.folder / path, what)
        clients = unique_clients(table)
        numbers = dict(zip(clients, table.numbers([column])[:, 0].tolist(), strict=True))
        missing = [client for client in self.fleet.clients if client not in numbers]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            raise InvalidProblemError(
                f"{what} {path} has no row for client {missing[0]!r}{more}; add it"
            )
        strangers = [client for client in numbers if client not in set(self.fleet.clients)]
        require_known(strangers, self.fleet.clients, self.loaded.everybody, f"{what} {path}")
        return np.array([numbers[client] for client in self.fleet.clients])[self.fleet.client]

    @cached_property
    def table_losses(self) -> FloatArray | None:
        """``(V, S)``, losses ``f`` (not weighted), from ``scores.losses`` or a table of losses."""
        if self.scores.losses is not None:
            path = self.folder / self.scores.losses
            table = self._read(path, "table of losses")
            return align_scores(self.fleet, table, self.loaded.everybody)
        if self.scores.source != "losses" or self.score_table is None:
            return None
        return align_scores(self.fleet, self.score_table, self.loaded.everybody)

    @property
    def labels(self) -> tuple[IntArray, IntArray]:
        """``(N, W)`` counts per label and ``(W,)`` models of the labels, which training needs.

        Raises:
            InvalidProblemError: the fleet has samples per model only.
        """
        fleet = self.fleet
        if fleet.label_counts is None or fleet.label_model is None:
            raise InvalidProblemError(self._no_labels())
        return fleet.label_counts, fleet.label_model

    def _no_labels(self) -> str:
        if self.path is None:
            return (
                f"data set {self.source.samples} does not say which labels a client has, so there "
                "is nothing to train on and no score; give a table of scores with the columns "
                f"client and model, or both in a setup: {self.as_file}"
            )
        samples = self.source.samples
        if samples is not None and is_data_set(self.folder / samples):
            return (
                f"data set {samples} does not say which labels a client has, so there is nothing "
                "to train on: bring what clients measured, in a table with the columns client and "
                f'{self.fleet.models[0]}: [scores] source = "norms" (losses, scores) and path'
            )
        return (
            f"fleet {self.fleet.name!r} has no counts per label to train on; give fleet.labels "
            "with fleet.label_model, or bring scores: [scores] source and path"
        )

    @property
    def as_file(self) -> str:
        """The command that writes a setup around the table that this one was made of."""
        bare = self.folder / str(self.scores.path or self.source.samples)
        return f"roundlot fleet new {bare.stem}.toml --from {bare}"

    @property
    def chose_columns(self) -> bool:
        """Whether nobody said which columns are models, so that all columns of numbers are."""
        source = self.source
        return source.models is None and source.labels is None and source.source != SHIPPED

    @property
    def is_bare(self) -> bool:
        """Whether it was made of a table or a data set, with no file of its own."""
        return self.path is None and self.source.source != SHIPPED

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
            budget=self.budget if self.limits.has_budget else None,
            floor=self.limits.floor,
            ceiling=self.limits.ceiling,
            processor_cap=self.limits.processor_cap,
            **coupled_limits(self.fleet, self.limits, self.folder, self.loaded.everybody),
        )
        require_feasible(self.fleet, self.limits)
        check_feasible(problem)
        return problem

    def numbers_by_model(self, given: float | tuple[Any, ...], place: str) -> float | FloatArray:
        """One number for all models, or ``(S,)``, as the key at ``place`` gives them.

        Raises:
            InvalidProblemError: a model that does not occur, or that is left out.
        """
        found = per_model_numbers(given, self.fleet, place, np.nan)
        left_out = np.flatnonzero(np.isnan(found))
        if left_out.size:
            model = self.fleet.models[int(left_out[0])]
            raise InvalidProblemError(f"{place} has no number for model {model!r}; add it")
        return found

    def __repr__(self) -> str:
        place = "" if self.path is None else f" in {self.path.name!r}"
        return (
            f"FleetSetup({self.name!r}{place}, fleet from {self.source.source!r}, scores from "
            f"{self.scores.source!r}, seed {self.seed})"
        )


def load_setup(path: str | os.PathLike[str]) -> FleetSetup:
    """The setup in the TOML file at ``path``; every key has a default, none may be misspelt.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it. Tables are read later, see ``fleet``.
    """
    return FleetSetup.load(path)


def default_setup() -> FleetSetup:
    """The setup of the shipped fleet: Speech Commands speakers, phones and links."""
    return FleetSetup.of(parsed_toml(data_bytes("default.toml").decode(), "setup default.toml"))


def scores_setup(path: str | os.PathLike[str]) -> FleetSetup:
    """The setup of a plain table of scores: its rows are the fleet, its numbers are taken as given.

    Raises:
        InvalidProblemError: there is no such file. The table is read later, see ``fleet``.
    """
    place = existing_file(path, "score table")
    document = {
        "name": place.stem,
        "fleet": {"source": "scores"},
        "scores": {"source": "scores", "path": place.name},
    }
    return FleetSetup.of(document, folder=place.parent)


def data_setup(path: str | os.PathLike[str]) -> FleetSetup:
    """The setup of a data set, LEAF's or FedScale's: its clients are the fleet, of one model.

    The data set is read later, see ``fleet``.
    """
    place = plain_path(path, "data set").absolute()
    document = {"name": place.stem, "fleet": {"samples": place.name}}
    return FleetSetup.of(document, folder=place.parent)


def read_setup(
    source: str | os.PathLike[str] | None, changes: Mapping[str, Any] | None = None
) -> FleetSetup:
    """The setup in a TOML file, the shipped one by its name, or one around a table or a data set.

    Raises:
        InvalidProblemError: no source, no such file, or what is in it does not fit.
    """
    if source is None:
        raise InvalidProblemError(
            f"no fleet is given; give a setup (.toml), a table of scores ({', '.join(TABLES)}), "
            f"or {SHIPPED!r} for the shipped fleet"
        )
    if str(source) == SHIPPED:
        setup = default_setup()
    elif Path(source).suffix == ".toml":
        setup = load_setup(source)
    elif is_data_set(Path(source)):
        setup = data_setup(source)
    else:
        setup = scores_setup(source)
    return setup.replaced(changes) if changes else setup


def read_fleet(source: str | os.PathLike[str]) -> Fleet:
    """The fleet of a setup, a table of scores, or a data set of LEAF or FedScale.

    Raises:
        InvalidProblemError: as `read_setup`, or a table that is malformed.
    """
    return read_setup(source).fleet


def check(path: str | os.PathLike[str] | None = None) -> tuple[str, ...]:
    """Notes on the setup at ``path``, or on the shipped one by its name; none: nothing to remark.

    Raises:
        InvalidProblemError: something in the setup or its tables is wrong.
        InfeasibleError: the floors do not fit.
    """
    return notes_on(read_setup(path))


def notes_on(setup: FleetSetup) -> tuple[str, ...]:
    """Notes on a setup, as :func:`check`."""
    fleet = setup.fleet
    require_feasible(fleet, setup.limits)
    if setup.table_scores is not None:
        setup.problem(setup.table_scores)
    _ = setup.table_losses, setup.updates_path
    bare = setup.path is None and fleet.label_counts is None
    if setup.scores.source == "train" and not bare:
        _ = setup.labels
    read = () if setup.source.source == SHIPPED else setup.reading.notes()
    return (*read, *_budget(setup), *_devices(fleet), *_labels(fleet), *_zeros(setup))


def _budget(setup: FleetSetup) -> list[str]:
    usable = usable_draws(setup.fleet, setup.limits)
    if setup.budget <= usable or not setup.limits.has_budget:
        return []
    return [
        f"the budget, {setup.budget:g} draws per round, is above what the fleet can use, "
        f"{usable:g}: every processor is drawn as often as its cap allows"
    ]


def _devices(fleet: Fleet) -> list[str]:
    held = fleet.available.sum(axis=1)
    many = np.flatnonzero((fleet.processors > held) & ~fleet.offline)
    if not many.size:
        return []
    who = "1 client has" if many.size == 1 else f"{many.size} clients have"
    named = "; ".join(
        f"{fleet.clients[i]!r} has {fleet.processors[i]} and data for {held[i]}"
        for i in many[:_NAMED]
    )
    more = f"; and {many.size - _NAMED} more" if many.size > _NAMED else ""
    return [
        f"{who} more processors than models with data, so that one model can be drawn several "
        f"times in a round ({named}{more}): set their processors to the number of models they "
        "hold data for, or give them data for more"
    ]


def _labels(fleet: Fleet) -> list[str]:
    if fleet.label_model is None:
        return []
    none = [fleet.label_names[index] for index in np.flatnonzero(fleet.label_model < 0)]
    return [f"labels of no model are ignored: {', '.join(none[:8])}"] if none else []


def _zeros(setup: FleetSetup) -> list[str]:
    scores = setup.table_scores
    if scores is None or setup.limits.floor > 0:
        return []
    fleet = setup.fleet
    zero = int(((scores == 0) & fleet.expand(fleet.available)).sum())
    if not zero:
        return []
    return [
        f"{zero} available {plural(zero, 'pair has', 'pairs have')} the score 0 and will never be "
        "drawn; if their updates are "
        "not 0 the estimate is biased: set problem.floor"
    ]
