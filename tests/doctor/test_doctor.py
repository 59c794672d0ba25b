"""The doctor reads what is installed, finds what is wrong, and says so in its exit code."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, version
from pathlib import Path

import pytest

from roundlot import doctor as checks
from roundlot import doctor as packages
from roundlot import doctor as report
from roundlot.cli import main
from roundlot.doctor import PURPOSE, examine

METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
{lines}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a made-up distribution where Python finds it; gives its metadata."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, number: str, *lines: str) -> Distribution:
        folder = tmp_path / f"{name}-{number}.dist-info"
        folder.mkdir()
        text = METADATA.format(name=name, version=number, lines="\n".join(lines))
        (folder / "METADATA").write_text(text, "utf-8")
        return packages.installed(name)

    return make


def states(found: tuple[packages.Package, ...]) -> dict[str, str]:
    return {one.name: one.status for one in found}


def test_required_packages_against_their_ranges(install) -> None:
    install("pond", "1.9")
    made = install(
        "lake",
        "1.0",
        "Requires-Dist: pond>=1.10",
        "Requires-Dist: numpy>=1.0",
        "Requires-Dist: absent-pond<2",
        'Requires-Dist: only-elsewhere; sys_platform == "nowhere"',
        'Requires-Dist: extra-pond; extra == "more"',
        "Provides-Extra: more",
    )
    found = packages.required(made)
    assert states(found) == {"pond": "wrong version", "numpy": "ok", "absent-pond": "missing"}
    assert found[0].installed == "1.9"
    assert found[0].required == ">=1.10"
    assert found[1].installed == version("numpy")


def test_extras_resolve_those_they_include(install) -> None:
    made = install(
        "lake",
        "1.0",
        "Requires-Dist: numpy",
        'Requires-Dist: extra-pond>=2; extra == "more"',
        'Requires-Dist: numpy; extra == "same"',
        'Requires-Dist: lake[more]; extra == "most"',
        'Requires-Dist: lake[most]; extra == "more"',
        'Requires-Dist: other-pond; extra == "most"',
        "Provides-Extra: more",
        "Provides-Extra: most",
        "Provides-Extra: same",
    )
    more, most, same = packages.extras(made)
    assert states(most.packages) == {"extra-pond": "missing", "other-pond": "missing"}
    assert states(more.packages) == states(most.packages)  # each includes the other: no loop
    assert not most.complete
    assert same.complete
    assert most.install == "python -m pip install 'lake[most]'"


def test_not_installed_is_one_line() -> None:
    with pytest.raises(
        packages.InvalidProblemError, match=r"in its folder, python -m pip install \."
    ):
        packages.installed("absent-pond")


def test_this_installation_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert {one["name"] for one in found["checks"]} == set(checks._CHECKS)
    numpy = next(one for one in found["packages"] if one["name"] == "numpy")
    assert numpy["installed"] == version("numpy")
    assert {"stream", "dask", "test"} <= {one["name"] for one in found["extras"]}


def test_what_is_broken_is_said_and_is_exit_code_1(monkeypatch, capsys) -> None:
    def fails() -> tuple[bool, str]:
        raise ImportError("libmissing.so:\n not found")

    monkeypatch.setattr(checks, "_CHECKS", {"devices": fails})
    missing = packages.Package(name="pond", required=">=2", installed=None, status="missing")
    monkeypatch.setattr(report, "required", lambda _: (missing,))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "BROKEN  devices: ImportError: libmissing.so: not found" in out
    assert "problem: pond is missing, >=2 required: python -m pip install 'pond>=2'" in out
    assert "nothing is missing" not in out


def test_extra_that_is_not_installed_is_shown_and_no_problem(monkeypatch, capsys) -> None:
    missing = packages.Package(name="pond", required=">=2", installed=None, status="missing")
    extra = packages.Extra(
        name="more", purpose="to swim", packages=(missing,), install="pip install 'lake[more]'"
    )
    monkeypatch.setattr(report, "extras", lambda _: (extra,))
    assert main(["doctor", "--quick"]) == 0
    out = capsys.readouterr().out
    assert "extra more (not installed): to swim" in out
    assert "would add pond>=2" in out
    assert "pip install 'lake[more]'" in out


def test_cache_that_cannot_be_written(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(checks.CHOICE, str(tmp_path / "made" / "facade"))
    assert checks._cache()[0]
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv(checks.CHOICE, str(tmp_path / "file" / "deep"))
    works, detail = checks._cache()
    assert not works
    assert checks.CHOICE in detail


def test_quick_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom roundlot.cli import main\nmain(['doctor', '--quick'])\n"
        "heavy = {'torch', 'cvxpy', 'numba', 'sympy', 'matplotlib', 'polars'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


def test_examine_quick_has_no_checks() -> None:
    found = examine(quick=True)
    assert found.checks == ()
    assert found.to_record()["problems"] == ()


def test_every_extra_has_a_purpose() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert set(PURPOSE) == set(project["project"]["optional-dependencies"])
