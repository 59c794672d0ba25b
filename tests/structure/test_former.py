"""What the release before was imported by still is what it was, and warns."""

import importlib
import subprocess
import sys

import pytest

from roundlot.former import MOVED

# Names that the guide of the release before imported, and where they stand now.
SHOWN = [
    ("gallery", "picture", "plot.theorems", "picture"),
    ("gallery", "plot_picture", "plot.theorems", "plot_theorem"),
    ("run.bounds", "bound_methods", "run.rounds_bound", "bound_methods"),
    ("simulate.methods.aggregation", "unbiased_step", "simulate.methods.estimator", None),
    ("simulate.methods.choosing", "proposed", "simulate.methods.composed", None),
    ("simulate.stragglers", "simulate_stragglers", "simulate.workers.straggler_rounds", None),
    ("simulate.workers.consensus_run", "drawn_matrices", "simulate.workers.consensus", None),
    ("simulate.workers.mixing_law", "MixingLaw", "simulate.workers.consensus", None),
    ("simulate.workers.rate", "trajectory_bound", "simulate.workers.exact_moments", None),
    ("simulate.workers.rate", "largest_step", "solvers.graphs.rate", None),
    ("solvers.approximations", "Approximation", "solvers.rules", "Rule"),
    ("solvers.approximations", "gather", "solvers.rules", None),
    ("solvers.approximations.filling", "fill", "solvers.rules.filling", None),
    ("solvers.approximations.limits", "limits", "solvers.rules.limits", None),
    ("solvers.approximations.random_model", "RandomModel", "solvers.rules.uniform", None),
    ("solvers.online", "regret", "solvers.rules", None),
    ("run.codec", "dumps", "theory.json_text", None),
    ("simulate.methods.fairness", "fair_shares", "simulate.methods.alpha_fair", None),
    ("simulate.pivotal_loops", "draw_pivotal", "simulate.designs.pivotal", None),
    ("simulate.softmax_regression", "losses_and_gradients", "simulate.local.softmax", None),
    ("simulate.training.engines", "make_engine", "simulate.engines.choice", None),
    ("simulate.training.flat", "flatten", "simulate.tasks.parameters", None),
    ("solvers.certificate", "Certificate", "solvers.proof.certificate", None),
    ("solvers.round_length", "expected_round_length", "solvers.decisions.round_length", None),
    ("solvers.round_length", "pair_seconds", "solvers", None),
    ("solvers.stragglers.rules", "FullWait", "solvers.stragglers.round_ends", None),
    ("solvers.time_to_target", "seconds_to_target", "solvers", None),
    ("theory.gram", "norm2", "theory.proofs.expressions", None),
    ("theory.constants", "estimate_spread", "theory.rates.constants", None),
    ("theory.decision", "choose_budget", "theory.rates.decision", None),
    ("theory.domain", "Domain", "theory.proofs.domain", None),
    ("theory.facts", "Fact", "theory.proofs.facts", None),
    ("theory.round_length", "expected_round_length", "theory.rates.decision", None),
    ("theory.rounds", "rounds_to_target", "theory", None),
    ("theory.steps", "Step", "theory.proofs.steps", None),
    ("theory.theorem", "Theorem", "theory.proofs.theorem", None),
    ("verify.stragglers", "check_stragglers", "verify.agreement.stragglers", None),
]


@pytest.mark.filterwarnings("ignore:roundlot:DeprecationWarning")
@pytest.mark.parametrize(("former", "name", "now", "called"), SHOWN)
def test_a_former_path_holds_the_same_object(former, name, now, called):
    old = getattr(importlib.import_module(f"roundlot.{former}"), name)
    assert old is getattr(importlib.import_module(f"roundlot.{now}"), called or name)


@pytest.mark.parametrize("former", MOVED)
def test_every_former_path_loads_and_warns(former, monkeypatch):
    monkeypatch.delitem(sys.modules, f"roundlot.{former}", raising=False)
    with pytest.warns(DeprecationWarning, match=f"{former} is now roundlot"):
        module = importlib.import_module(f"roundlot.{former}")
    for place in MOVED[former]:
        importlib.import_module(f"roundlot.{place}")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


def test_the_warning_names_the_line_that_imports():
    code = "import roundlot.gallery"
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stderr.startswith("<string>:1: DeprecationWarning: roundlot.gallery is now")


def test_what_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"roundlot\.nothing"):
        importlib.import_module("roundlot.nothing")


@pytest.mark.parametrize(
    ("package", "name", "now"),
    [
        ("fleet", "Setup", "FleetSetup"),
        ("graphs", "write_result", r"jobs\.GRAPH\.write"),
        ("solvers", "LinkDesign", "LinkSchedule"),
        ("straggle", "write_straggle", r"jobs\.STRAGGLERS\.write"),
        ("verify.tightness", "without_case", "without_example"),
    ],
)
def test_former_names_of_packages_warn(package, name, now):
    home = importlib.import_module(f"roundlot.{package}")
    with pytest.warns(DeprecationWarning, match=f"is now called .*{now}"):
        assert callable(getattr(home, name))
