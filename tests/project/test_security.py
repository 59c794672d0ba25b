"""The check of packages never passes in silence; every allowed finding has its reason."""

from __future__ import annotations

import re
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("theory", "solvers", "simulate", "verify", "src/roundlot")


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOUND = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
FLAW = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}
WEAK = {"name": "c", "version": "1", "vulns": [FLAW]}


@pytest.mark.parametrize(
    ("packages", "allowed", "code", "words"),
    [
        ([], {}, 0, "NOT AUDITED: no package could be looked up (unreachable)"),
        ([SKIPPED], {}, 0, "NOT AUDITED: no package"),
        ([SOUND], {}, 0, "1 packages looked up, 0 known weaknesses"),
        ([SOUND, SKIPPED], {}, 0, "NOT AUDITED: 1 packages"),
        ([SOUND, WEAK], {}, 1, "c 1: PYSEC-1, cured in 2"),
        ([SKIPPED, WEAK], {}, 1, "NOT AUDITED: 1 packages"),
        ([WEAK], {"CVE-1": "never called"}, 0, "0 known weaknesses"),
        ([WEAK], {"CVE-2": "never called"}, 1, "PYSEC-1"),
    ],
)
def test_the_verdict_on_packages(audit, packages, allowed, code: int, words: str) -> None:
    found, said = audit.verdict({"dependencies": packages}, "unreachable", allowed)
    assert found == code
    assert words in said


def test_no_answer_is_told(audit) -> None:
    code, said = audit.verdict({}, "no route to host", {})
    assert (code, said) == (0, "NOT AUDITED: no package could be looked up (no route to host)")


def test_allowed_weaknesses_have_reasons(audit) -> None:
    assert all(len(reason.split()) > 3 for reason in audit.ALLOWED.values())


def test_allowed_findings_have_reasons() -> None:
    """One of a line stands on the line, those of a kind stand in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["bandit"]
    text = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.bandit]")[2]
    for kind in settings["skips"]:
        assert re.search(rf"^# {kind}: .{{20,}}\n(?:# .*\n)*", text, re.MULTILINE), kind
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            for line in path.read_text("utf-8").splitlines():
                if "nosec" in line:
                    assert re.search(r"# .{15,} # nosec B\d{3}$", line), f"{path}: {line}"
