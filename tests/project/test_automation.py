"""What workflows, Read the Docs and the Dockerfile run is what `make` runs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


def _jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


JOBS = list(_jobs())


def is_make(line: str) -> bool:
    """``make`` with targets of the Makefile and nothing else."""
    program, *words = shlex.split(line)
    return program == "make" and bool(words) and set(words) <= TARGETS


def test_the_rule_sees_what_is_wrong() -> None:
    assert is_make("make test")
    assert not is_make("make")
    assert not is_make("make tests")
    assert not is_make("pip install .")
    assert not is_make("make test && curl example.org")


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_workflows_run_make(name: str, job: dict[str, Any]) -> None:
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)
        for line in step.get("run", "").splitlines():
            assert is_make(line), f"{name} runs {line!r}"


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_workflows_have_pinned_actions_and_an_end(name: str, job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] > 0
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", step["uses"]), name


def test_only_publishing_may_sign_in() -> None:
    granted = {name: job["permissions"] for name, job in JOBS if "permissions" in job}
    assert granted == {"release/publish": {"id-token": "write"}}
    assert all(read(path)["permissions"] == {"contents": "read"} for path in WORKFLOWS)


def test_a_release_is_tried_before_it_is_published() -> None:
    release = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert release["publish"]["needs"] == "build"
    runs = [step["run"] for step in release["build"]["steps"] if "run" in step]
    assert runs == ["make tag", "make smoke", "make wheel"]


def test_read_the_docs_runs_make() -> None:
    commands = read(ROOT / ".readthedocs.yaml")["build"]["commands"]
    assert is_make(commands[0])
    assert {shlex.split(line)[0] for line in commands[1:]} <= {"mkdir", "cp"}


def test_the_container_runs_make() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert "RUN make install" in lines
    assert lines[-1] == 'CMD ["make", "run"]'
