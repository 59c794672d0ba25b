"""An interrupt leaves the old or the new, whole; nothing of anybody else's is ever replaced."""

import pytest

from roundlot.files import replaced_file, write_text
from roundlot.folders import atomic
from roundlot.folders.atomic import check_free, inside, replaced_folder
from roundlot.theory import InvalidProblemError

OURS = '{"schema": "roundlot.run/1", "run": %d}'


def fill(folder, run=1, *, overwrite=False):
    with replaced_folder(folder, overwrite=overwrite) as part:
        (part / "run.json").write_text(OURS % run)
        (part / "tables").mkdir()
        (part / "tables" / f"{run}.csv").write_text("a,b\n")


def half_fill(folder, stop):
    with replaced_folder(folder, overwrite=True) as part:
        (part / "run.json").write_text("half")
        raise stop


def half_write(path):
    with replaced_file(path) as part:
        assert part.suffix == path.suffix
        part.write_text("half")
        raise RuntimeError


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(atomic, "_exchange", lambda first, second: False)
    return request.param


def test_folder_appears_only_when_complete(tmp_path):
    target = tmp_path / "deep" / "out"
    with replaced_folder(target) as part:
        (part / "run.json").write_text(OURS % 1)
        assert not target.exists()
    assert content(target) == {"run.json": OURS % 1}
    assert names(target.parent) == ["out"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_stop_in_the_middle_leaves_the_old_result_whole(tmp_path, stop):
    target = tmp_path / "out"
    fill(target)
    before = content(target)
    with pytest.raises(stop):
        half_fill(target, stop)
    assert content(target) == before
    assert names(tmp_path) == ["out"]


def test_a_stop_in_the_middle_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        half_fill(tmp_path / "out", KeyboardInterrupt)
    assert names(tmp_path) == []


def test_overwrite_replaces_all_of_an_earlier_result(tmp_path, way):
    target = tmp_path / "out"
    fill(target, 1)
    fill(target, 2, overwrite=True)
    assert content(target) == {"run.json": OURS % 2, "tables/2.csv": "a,b\n"}
    assert names(tmp_path) == ["out"]


def test_an_earlier_result_stays_unless_asked(tmp_path):
    target = tmp_path / "out"
    fill(target, 1)
    with pytest.raises(FileExistsError, match=r"holds an earlier result.*--overwrite"):
        fill(target, 2)
    assert (target / "run.json").read_text() == OURS % 1


@pytest.mark.parametrize("marker", [None, '{"somebody": "else"}'])
def test_a_folder_that_is_not_ours_is_never_replaced(tmp_path, marker):
    target = tmp_path / "home"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")
    if marker is not None:
        (target / "run.json").write_text(marker)
    with pytest.raises(FileExistsError, match="never replaced"):
        fill(target, overwrite=True)
    assert (target / "thesis.tex").read_text() == "years of work"


def test_an_empty_folder_is_free(tmp_path):
    (tmp_path / "out").mkdir()
    fill(tmp_path / "out")
    assert (tmp_path / "out" / "run.json").exists()


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileExistsError, match="is a file"):
        check_free(tmp_path / "out", overwrite=True)
    with pytest.raises(OSError, match=r"cannot write .*choose a place"):
        fill(tmp_path / "out" / "deeper")


def test_when_the_second_rename_fails_the_old_result_is_put_back(tmp_path, monkeypatch):
    target = tmp_path / "out"
    fill(target)
    before = content(target)
    monkeypatch.setattr(atomic, "_exchange", lambda first, second: False)
    rename = atomic.Path.rename

    def failing(self, other):
        if ".part-" in self.name:
            raise KeyboardInterrupt
        return rename(self, other)

    monkeypatch.setattr(atomic.Path, "rename", failing)
    with pytest.raises(KeyboardInterrupt):
        fill(target, 2, overwrite=True)
    assert content(target) == before
    assert names(tmp_path) == ["out"]


def test_an_unwritable_place_is_one_line_that_names_it(tmp_path, monkeypatch):
    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(atomic.Path, "mkdir", refuse)
    with pytest.raises(PermissionError) as caught:
        fill(tmp_path / "out")
    message = str(caught.value)
    assert message.startswith(f"cannot write {tmp_path / 'out'}: Permission denied; choose")
    assert "\n" not in message


def test_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        half_write(path)
    assert path.read_text() == "old"
    write_text(path, "new\n")
    assert path.read_bytes() == b"new\n"
    assert names(tmp_path) == ["table.csv"]


def test_file_rules(tmp_path):
    write_text(tmp_path / "a", "old")
    with pytest.raises(FileExistsError, match="exists; choose"):
        write_text(tmp_path / "a", "new", overwrite=False)
    with pytest.raises(FileExistsError, match="is a folder"):
        write_text(tmp_path, "new")
    with pytest.raises(OSError, match="cannot write"):
        write_text(tmp_path / "a" / "b", "new")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", ".", "a/../../x", "a\0b"])
def test_a_name_that_escapes_is_refused(tmp_path, name):
    with pytest.raises(InvalidProblemError, match="rename it"):
        inside(tmp_path, name)


def test_a_name_inside_is_given_back(tmp_path):
    assert inside(tmp_path, "a/b.svg") == tmp_path.resolve() / "a" / "b.svg"
