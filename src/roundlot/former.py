"""Modules by their paths of the release before: they load, warn, and go with the next release."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader
else:  # `importlib.abc` loads 20 modules, and whoever imports roundlot would wait for them
    Loader = object

# Each former module, and where its names stand now. All are relative to ``roundlot``.
MOVED = MappingProxyType(
    {
        "gallery": ("plot.theorems",),
        "run.bounds": ("run.rounds_bound",),
        "run.codec": ("theory.json_text",),
        "run.joining": ("run.applicability",),
        "simulate.client_blocks": ("simulate.local.softmax",),
        "simulate.methods.aggregation": ("simulate.methods.estimator",),
        "simulate.methods.choosing": ("simulate.methods.composed",),
        "simulate.methods.fairness": ("simulate.methods.alpha_fair",),
        "simulate.pivotal_loops": ("simulate.designs.pivotal",),
        "simulate.softmax_regression": ("simulate.local.softmax",),
        "simulate.stragglers": ("simulate.workers.straggler_rounds",),
        "simulate.training.engines": ("simulate.engines.choice",),
        "simulate.training.flat": ("simulate.tasks.parameters",),
        "simulate.training.interval": ("simulate.runs.paired_runs",),
        "simulate.training.vmapped": ("simulate.engines.vmapped",),
        "simulate.workers.consensus_run": ("simulate.workers.consensus",),
        "simulate.workers.mixing_law": ("simulate.workers.consensus",),
        "simulate.workers.rate": ("simulate.workers.exact_moments", "solvers.graphs.rate"),
        "solvers.approximations": ("solvers.rules",),
        "solvers.approximations.filling": ("solvers.rules.filling",),
        "solvers.approximations.limits": ("solvers.rules.limits",),
        "solvers.approximations.random_model": ("solvers.rules.uniform",),
        "solvers.certificate": ("solvers.proof.certificate",),
        "solvers.level": ("solvers.water.level",),
        "solvers.online": ("solvers.rules",),
        "solvers.prices": ("solvers.proof.prices",),
        "solvers.round_length": ("solvers.decisions.round_length",),
        "solvers.stragglers.rules": ("solvers.stragglers.round_ends",),
        "solvers.time_to_target": ("solvers.decisions.time_to_target",),
        "theory.assumptions": ("theory.proofs.assumptions",),
        "theory.constants": ("theory.rates.constants",),
        "theory.decision": ("theory.rates.decision",),
        "theory.domain": ("theory.proofs.domain",),
        "theory.facts": ("theory.proofs.facts",),
        "theory.gram": ("theory.proofs.expressions",),
        "theory.requirements": ("theory.proofs.requirements",),
        "theory.round_length": ("theory.rates.decision",),
        "theory.rounds": ("theory.rates.rounds", "theory.rates.schedule", "theory"),
        "theory.steps": ("theory.proofs.steps",),
        "theory.theorem": ("theory.proofs.theorem",),
        "theory.units": ("theory.proofs.units", "theory.proofs.named_numbers"),
        "verify.stragglers": ("verify.agreement.stragglers",),
        "verify.tightness.client_cases": ("verify.tightness.client_examples",),
    }
)
RENAMED = MappingProxyType({"Approximation": "Rule", "plot_picture": "plot_theorem"})


class FormerModule(ModuleType):
    """A module with no names of its own; it finds them where they stand now."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for place in MOVED[_relative(self.__name__)]:
                found = getattr(import_module(f"roundlot.{place}"), RENAMED.get(name, name), None)
                if found is not None:
                    return found
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


class FormerModules(Loader):
    """Finds the modules of `MOVED`; asked last, for what nobody else has found."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A former module's specification: a package's, if other former modules stood in it."""
        name = _relative(fullname)
        if not fullname.startswith("roundlot.") or name not in MOVED:
            return None
        is_package = any(other.startswith(f"{name}.") for other in MOVED)
        return ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module that warns of its new place when it is first imported."""
        now = MOVED[_relative(spec.name)][0]
        text = f"{spec.name} is now roundlot.{now}; the old path goes with the next release"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return FormerModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs."""


def _relative(fullname: str) -> str:
    """A module's path below ``roundlot``."""
    return fullname.removeprefix("roundlot.")


def keep_former_paths() -> None:
    """Let the former paths be imported; done once, however often it is called."""
    if not any(isinstance(finder, FormerModules) for finder in sys.meta_path):
        sys.meta_path.append(FormerModules())
