"""The wheel and the source distribution: complete, typed, and they work outside the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
pytestmark = pytest.mark.slow


def run(*words: object, **options: object) -> str:
    """Standard output; an error shows what was said."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with a wheel and a source distribution of the tracked files, built by setuptools."""
    place = tmp_path_factory.mktemp("built")
    source = place / "source"
    source.mkdir()
    listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    script = (
        "from setuptools import build_meta as b\n"
        f"print(b.build_wheel({str(place)!r}), b.build_sdist({str(place)!r}))\n"
    )
    run(sys.executable, "-c", script, cwd=source)
    return place


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory) -> Path:
    """A fresh environment with the wheel; what it depends on is borrowed from this one."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, with_pip=False, symlinks=True)
    bare = place / "bin" / "python"
    packages = Path(run(bare, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")[:-1])
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(packages)
    borrowed = dict.fromkeys([sysconfig.get_path("purelib"), *_site_paths()])
    (packages / "borrowed.pth").write_text("\n".join(borrowed), "utf-8")
    return bare


def _site_paths() -> list[str]:
    """Folders of installed packages on this Python's path."""
    return [path for path in sys.path if path.endswith("site-packages")]


def outside(folder: Path) -> dict[str, object]:
    """Options that keep the repository out of sight."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {"cwd": folder, "env": kept}


def test_wheel_works_outside_the_repository(python: Path, tmp_path: Path) -> None:
    printed = run(python, "-P", HERE / "smoke.py", ROOT, **outside(tmp_path))
    assert "training writes its page" in printed


def test_types_reach_the_user(python: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    words = ("-m", "mypy", "--strict", "--cache-dir", cache, "--python-executable", python)
    checked = run(
        sys.executable, *words, HERE.parent / "typing" / "first_day.py", **outside(tmp_path)
    )
    assert "Success" in checked
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import roundlot as rl\n\nx: str = rl.solve(1).certificate.gap\n", "utf-8")
    done = subprocess.run(
        [sys.executable, *map(str, words), str(wrong)],
        capture_output=True,
        text=True,
        check=False,
        **outside(tmp_path),
    )
    assert 'expected "Problem"' in done.stdout
    assert 'expression has type "float"' in done.stdout


def test_an_editable_install_is_a_folder_that_type_checkers_follow(
    built: Path, tmp_path: Path
) -> None:
    source = tmp_path / "clone"
    shutil.copytree(built / "source", source)
    script = (
        "from setuptools import build_meta as b\n"
        f"print(b.build_editable({str(tmp_path)!r}).splitlines()[-1])\n"
    )
    with zipfile.ZipFile(tmp_path / run(sys.executable, "-c", script, cwd=source).split()[-1]) as w:
        paths = [w.read(name).decode() for name in w.namelist() if name.endswith(".pth")]
        assert not [name for name in w.namelist() if name.endswith(".py")]  # no import hook
    assert [text.strip() for text in paths] == [str(source / "src")]
    for folder in ("theory", "solvers", "simulate", "verify"):
        (source / folder / "pulled_later.py").touch()
        assert (source / "src" / "roundlot" / folder / "pulled_later.py").is_file()


def test_wheel_holds_every_package_and_all_data(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    for folder in ("theory", "solvers", "simulate", "verify"):
        for source in (ROOT / folder).rglob("*.py*"):
            if source.suffix not in (".py", ".pyi"):
                continue
            assert f"roundlot/{source.relative_to(ROOT)}" in names
    for source in (ROOT / "src" / "roundlot").rglob("*"):
        if source.is_file() and "__pycache__" not in source.parts:
            assert str(source.relative_to(ROOT / "src")) in names
    assert not [name for name in names if name.startswith(("tests", "docs", "build"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_source_distribution_can_be_tested_and_read(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    hidden = (".gitignore", ".pre-commit-config.yaml")
    missing = [
        name
        for name in listed
        if name and name not in names and name not in hidden and (ROOT / name).is_file()
    ]
    assert missing == []
    assert not [name for name in names if "__pycache__" in name]
