"""The command that adds an extra names the place where the package came from."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from roundlot.extras import install_command


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The metadata folder of a made-up package that Python finds."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "lake-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.4\nName: lake\nVersion: 1.0\n", "utf-8")
    return folder


def asked(lake: Path, record: object) -> str:
    (lake / "direct_url.json").write_text(json.dumps(record), "utf-8")
    return install_command("boats", "lake")


def test_from_an_index_by_its_name(lake: Path) -> None:
    assert install_command("boats", "lake") == "python -m pip install 'lake[boats]'"


def test_from_a_clone_by_its_folder(lake: Path, tmp_path: Path) -> None:
    clone = tmp_path / "my clones" / "lake"
    clone.mkdir(parents=True)
    plain = {"url": clone.as_uri(), "dir_info": {}}
    assert shlex.split(asked(lake, plain)) == [
        *("python", "-m", "pip", "install", f"{clone}[boats]"),
    ]
    editable = {"url": clone.as_uri(), "dir_info": {"editable": True}}
    assert shlex.split(asked(lake, editable))[4:] == ["--editable", f"{clone}[boats]"]


def test_from_a_wheel_by_its_path(lake: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "lake-1.0-py3-none-any.whl"
    wheel.touch()
    record = {"url": wheel.as_uri(), "archive_info": {"hashes": {}}}
    assert shlex.split(asked(lake, record))[4:] == [f"{wheel}[boats]"]


def test_from_a_repository_by_its_commit(lake: Path) -> None:
    record = {
        "url": "https://example.org/lake.git",
        "vcs_info": {"vcs": "git", "commit_id": "0123abc"},
    }
    assert shlex.split(asked(lake, record))[4:] == [
        "lake[boats] @ git+https://example.org/lake.git@0123abc"
    ]


@pytest.mark.parametrize(
    "url", ["file:///nowhere/lake", "https://example.org/lake-1.0.tar.gz", "", "http://[oops"]
)
def test_a_source_that_is_gone_is_not_named(lake: Path, url: str) -> None:
    told = "python -m pip install '.[boats]' in the folder of lake"
    assert asked(lake, {"url": url, "archive_info": {}}) == told


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_record_that_cannot_be_read_is_none(lake: Path, text: str) -> None:
    (lake / "direct_url.json").write_text(text, "utf-8")
    assert install_command("boats", "lake") == "python -m pip install 'lake[boats]'"


def test_without_metadata_it_names_the_folder() -> None:
    told = install_command("boats", "absent-pond")
    assert told == "python -m pip install '.[boats]' in the folder of absent-pond"


def test_it_loads_nothing_else() -> None:
    script = (
        "import sys, roundlot.extras; "
        "print([m for m in ('numpy', 'torch', 'packaging') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
