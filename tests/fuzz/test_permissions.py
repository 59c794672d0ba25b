"""Every file is written by one writer: with the permissions of its account, where a link leads."""

import os
import stat
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from roundlot.cli import main
from roundlot.cli.theorem import find, write_proof, write_rocq
from roundlot.explore import scene_of_case, write_page
from roundlot.files import replaced_file, write_text
from roundlot.fleet import new_setup, scores_setup, write_scores
from roundlot.fleet.tables import write_table
from roundlot.flower.state import save_state
from roundlot.folders import Contents, GrowingFolder, ResultFolder
from roundlot.plot.figures import Figure
from roundlot.plot.style import save_figure
from roundlot.run import prepare
from roundlot.simulate import Updates
from roundlot.simulate.methods import method
from roundlot.simulate.tasks import digits
from roundlot.simulate.training import Federation, History, LocalPlan, train
from roundlot.solvers import solve
from roundlot.stream import solve_parquet
from roundlot.sweep import load_sweep_setup, run_sweep
from roundlot.theory import InvalidProblemError, Problem

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions here are those of POSIX")

UMASKS = (0o000, 0o022, 0o027, 0o077)
LINKS = ("no link", "a link to a file", "links to nothing")
COLUMNS = {"client": np.array(["ann", "bob"]), "a": np.array([0.5, 1.0])}


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@cache
def trained(checkpoint: Path | None = None) -> History:
    tasks = digits(n_clients=12, n_models=1, samples=240, network="64-10", seed=0)
    return train(
        Federation(tasks=tasks),
        method("random"),
        rounds=1,
        plan=LocalPlan(),
        budget=1,
        engine="plain",
        checkpoint=checkpoint,
    )


@cache
def certified() -> Any:
    return solve(Problem([[1.0, 2.0]], budget=0.5))


@cache
def drawing() -> Any:
    from matplotlib.figure import Figure as Drawing

    figure = Drawing(figsize=(1, 1))
    figure.add_subplot().plot([0, 1])
    return figure


@cache
def scene() -> Any:
    folder = Path(os.environ["ROUNDLOT_TEST_FOLDER"])
    write_table(folder / "scene.csv", COLUMNS)
    setup = scores_setup(folder / "scene.csv").replaced({"problem.budget": 1.0})
    return scene_of_case(prepare(setup))


def streamed(path: Path) -> None:
    source = path.parent / "scores.parquet"
    pl.DataFrame({"a": np.random.default_rng(1).random(5000)}).write_parquet(source)
    solve_parquet(source, 100.0, path)
    source.unlink()


UPDATES = Updates(directions=[np.ones((2, 1))], client=[0, 1], weights=[[0.5], [0.5]])
FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "text": ("a.txt", lambda path: write_text(path, "new")),
    "table csv": ("a.csv", lambda path: write_table(path, COLUMNS)),
    "table parquet": ("a.parquet", lambda path: write_table(path, COLUMNS)),
    "table npy": ("a.npy", lambda path: write_table(path, {"a": COLUMNS["a"]})),
    "figure svg": ("a.svg", lambda path: save_figure(drawing(), path)),
    "figure pdf": ("a.pdf", lambda path: save_figure(drawing(), path)),
    "figure png": ("a.png", lambda path: save_figure(drawing(), path)),
    "updates": ("a.npz", UPDATES.save),
    "history": ("a.npz", lambda path: trained().save(path)),
    "checkpoint": ("a.npz", lambda path: trained.__wrapped__(path)),
    "state": ("a.npz", lambda path: save_state(path, {"a": np.ones(2)})),
    "proof": ("a.json", lambda path: write_proof(find("one_step"), path)),
    "rocq": ("a.v", lambda path: write_rocq(find("one_step"), path)),
    "certificate": ("a.json", lambda path: certified().save(path)),
    "page": ("a.html", lambda path: write_page(path, scene())),
    "stream": ("a.parquet", streamed),
}


def names(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def laid(folder: Path, name: str, link: str) -> tuple[Path, Path]:
    """The name that is asked for and the file that it leads to."""
    path, deep = folder / name, folder / "deep"
    if link == "no link":
        return path, path
    deep.mkdir()
    target = deep / f"own-{name}"
    if link == "a link to a file":
        target.write_text("old", "utf-8")
        target.chmod(0o604)
    if link == "links to nothing":
        (deep / "second").symlink_to(target.name)
        path.symlink_to("deep/second")
    else:
        path.symlink_to(f"deep/{target.name}")
    return path, target


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_account_s_permissions_where_the_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, link: str, umask: int
) -> None:
    monkeypatch.setenv("ROUNDLOT_TEST_FOLDER", str(tmp_path.parent))
    file, write = FILES[name]
    path, target = laid(tmp_path, file, link)
    here = {one.name for one in tmp_path.rglob("*")}
    if name == "checkpoint" and link == "a link to a file":
        target.unlink()  # what is there is gone on with, not replaced
    write(path)
    assert mode(target) == 0o666 & ~umask
    assert path.is_symlink() == (link != "no link")
    assert target.stat().st_size
    assert target.read_bytes() != b"old"
    assert {one.name for one in tmp_path.rglob("*")} == here | {path.name, target.name}


def results(folder: Path) -> None:
    figure = Figure(key="f", title="", caption="", drawing=drawing(), svg="<svg/>")
    tables = {"frame": pl.DataFrame({"a": [1]}), "records": [{"a": 1}]}
    contents = Contents(texts={"run.json": "{}"}, figures=[figure], tables=tables)
    ResultFolder(path=folder).write(contents)


def swept(folder: Path) -> None:
    place = folder.parent / "sweep.toml"
    write_table(folder.parent / "s.csv", COLUMNS)
    write_text(place, '[sweep]\nsetups = ["s.csv"]\nmethods = ["uniform"]\nseeds = 1\nrounds = 2\n'
               "[vary]\nproblem.budget = [1.0]\n")  # fmt: skip
    sizes: list[str] = []

    def look(*_: object) -> None:
        sizes.extend(path.name for path in folder.iterdir())

    run_sweep(load_sweep_setup(place), folder, workers=0, progress=look)
    assert {"rows.sqlite", "sweep.json"} <= set(sizes)


def headed(folder: Path) -> None:
    place = GrowingFolder(
        path=folder,
        noun="sweep",
        verb="sweeps",
        head_name="head.json",
        formats=("a/1",),
        started=lambda _: False,
    )
    with place.owned(resume=False):
        place.write_head(a=1)


FOLDERS = {"results": results, "sweep": swept, "growing": headed}


@pytest.mark.parametrize("link", ["no link", "a link to a folder"])
@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_has_them_throughout(tmp_path: Path, name: str, link: str, umask: int) -> None:
    folder = tmp_path / "out"
    if link != "no link":
        (tmp_path / "deep").mkdir()
        folder.symlink_to("deep")
    FOLDERS[name](folder)
    assert folder.is_symlink() == (link != "no link")
    made = list(folder.rglob("*"))
    assert made
    assert {mode(one) for one in made if one.is_file()} == {0o666 & ~umask}
    assert {mode(one) for one in [folder.resolve(), *made] if one.is_dir()} == {0o777 & ~umask}


def test_sqlite_s_own_files_have_them(tmp_path: Path, umask: int, monkeypatch) -> None:
    """The journal of a transaction is there for moments: it is looked at in the middle of one."""
    from roundlot.sweep import store

    found: set[int] = set()
    insert = store._insert

    def looking(*arguments: Any) -> None:
        insert(*arguments)
        found.update(mode(path) for path in (tmp_path / "out").glob("rows.sqlite*"))
        assert len(list((tmp_path / "out").glob("rows.sqlite*"))) > 1

    monkeypatch.setattr(store, "_insert", looking)
    swept(tmp_path / "out")
    assert found == {0o666 & ~umask}


def test_a_new_setup_has_them(tmp_path: Path, umask: int) -> None:
    written = new_setup(tmp_path / "a.toml")
    assert {mode(path) for path in written} == {0o666 & ~umask}
    with pytest.raises(InvalidProblemError, match="is not overwritten"):
        new_setup(tmp_path / "a.toml")


def test_another_name_of_a_file_keeps_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", "utf-8")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text("utf-8") == "new"
    assert (tmp_path / "b").read_text("utf-8") == "old"


def test_a_link_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", "utf-8")
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(FileExistsError, match="link exists"):
        write_text(tmp_path / "link", "new", overwrite=False)
    assert (tmp_path / "a").read_text("utf-8") == "old"


def test_links_in_a_circle_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=r"^cannot write .*a: .+$"):
        write_text(tmp_path / "a", "new")


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device", "folder"])
def test_what_is_no_file_is_never_replaced(tmp_path: Path, kind: str, capsys) -> None:
    place = tmp_path / "out.csv"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link to a device":
        place.symlink_to(os.devnull)
    elif kind == "folder":
        place.mkdir()
    else:
        place = Path(os.devnull)
    before = place.stat()
    with pytest.raises(FileExistsError, match="give the name of a file"):
        write_text(place, "new")
    assert place.stat().st_mode == before.st_mode
    if kind != "device":  # whose ending says no kind of table
        write_table(tmp_path / "s.csv", COLUMNS)
        assert main(["solve", str(tmp_path / "s.csv"), "--budget", "1", "--out", str(place)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert place.stat().st_mode == before.st_mode


@pytest.mark.parametrize(
    "name",
    ["-rf", "--out", "~", "~root", "$HOME", "*", "a.", "a..csv", " a ", "ä" * 100, "x" * 250],
)
def test_a_name_is_taken_as_it_is(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(2):  # new, then replaced
        write_text(name, f"{number}")
        assert names() == [name]
        assert Path(name).read_text("utf-8") == f"{number}"
    Path(name).unlink()
    if name not in ("--out", "x" * 250):
        write_scores(f"{name}.csv", np.ones((1, 1)), models=["a"], clients=["ann"])
        assert names() == [f"{name}.csv"]


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2Ja", "a\udcff", "a\x9bb", "\x7f"])
def test_a_name_that_does_not_print_is_refused(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidProblemError, match=r"^file '.*' is not a path that prints") as told:
        write_text(name, "new")
    assert str(told.value).isprintable()
    assert not names()


def test_a_folder_whose_name_is_no_text_serves(tmp_path: Path, monkeypatch) -> None:
    """Where one stands may be called anything: names of the own files are what is refused."""
    odd = tmp_path / os.fsdecode(b"\xff")
    odd.mkdir()
    monkeypatch.chdir(odd)
    for name in ("a.csv", "a.parquet"):
        write_table(name, COLUMNS)
    assert names(odd) == ["a.csv", "a.parquet"]


def test_a_name_too_long_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^cannot write .*: File name too long; choose"):
        write_text(tmp_path / ("x" * 300), "new")
    assert not names(tmp_path)


def test_the_half_written_is_nobody_else_s_to_read_either(tmp_path: Path, umask: int) -> None:
    with replaced_file(tmp_path / "a") as part:
        part.write_text("secret", "utf-8")
        assert mode(part) == 0o666 & ~umask
