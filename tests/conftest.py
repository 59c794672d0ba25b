"""Property tests draw the same examples each time; HYPOTHESIS_PROFILE=fresh draws new ones."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings

_SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=50, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile(
    "fresh", deadline=None, max_examples=300, suppress_health_check=_SLOW_MACHINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are as wide as in a pipe: workers of the tests pretend to a terminal of 80 columns."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs ``roundlot ...``; gives the exit code, standard output and standard error.

    However slow the machine, no line says that a stage takes long.
    """
    from roundlot.cli import main, stages

    monkeypatch.setattr(stages, "FIRST", float("inf"))

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def bare_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without figures, which take seconds to draw."""
    from roundlot import jobs

    bare = replace(jobs.MAIN, figures=lambda result: ())
    for home in ("jobs", "report.job"):
        monkeypatch.setattr(f"roundlot.{home}.MAIN", bare)
