"""What is no plain file, and small files that stand for enormous ones, are refused at once."""

from __future__ import annotations

import io
import os
import pickle
import signal
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot import Problem, solve
from roundlot.asides import unsaid
from roundlot.cli import main
from roundlot.fleet import delimited, parquet_footer, read_scores
from roundlot.fleet.data_sets import read_data_set
from roundlot.flower.state import load_state
from roundlot.graphs.setup import load_graph
from roundlot.report import read_result
from roundlot.simulate import array_files
from roundlot.simulate.tasks.next_character import _text
from roundlot.simulate.tasks.pictures import read_idx
from roundlot.simulate.training.history import History
from roundlot.simulate.updates import Updates
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.stream.solving import ParquetScores
from roundlot.theory import InvalidProblemError, plain_files
from roundlot.theory.names import closest
from roundlot.train.marks import content_mark
from roundlot.train.setup import load_train_setup

READERS = {
    "scores.csv": read_scores,
    "scores.tsv": read_scores,
    "scores.parquet": read_scores,
    "scores.npy": read_scores,
    "scores.npz": read_scores,
    "stream.parquet": ParquetScores.at,
    "train.toml": load_train_setup,
    "links.csv": load_graph,
    "graph.toml": load_graph,
    "leaf.json": read_data_set,
    "run.json": read_result,
    "history.npz": History.load,
    "workers.npz": WorkerHistory.load,
    "updates.npz": Updates.load,
    "state.npz": load_state,
    "images.idx": lambda path: read_idx(path, 3),
    "play.txt": _text,
    "digest": content_mark,
}
COMMANDS = {
    "solve": ("solve", "{}", "--budget", "1"),
    "train": ("train", "{}"),
    "sweep": ("sweep", "{}"),
    "graph": ("graph", "{}"),
    "partition": ("partition", "{}", "--speeds", "1,1"),
    "speeds": ("partition", "p.csv", "--speeds", "{}"),
    "audit": ("audit", "math:sqrt", "--probabilities", "{}"),
    "weights": ("audit", "math:sqrt", "--weights", "{}"),
    "plot": ("plot", "{}"),
    "check": ("check", "{}"),
    "explore": ("explore", "{}"),
    "bound": ("bound", "{}"),
}


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """A reader that waits fails its test and does not stop all others."""

    def late(*_: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", READERS)
def test_readers_refuse_pipes_and_sockets_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / f"pipe-{name}")
    with pytest.raises((InvalidProblemError, OSError), match="is a pipe; write it to a file"):
        READERS[name](tmp_path / f"pipe-{name}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / f"s-{name}"))
        with pytest.raises((InvalidProblemError, OSError), match="is a socket; write what it"):
            READERS[name](tmp_path / f"s-{name}")


@pytest.mark.parametrize("ending", [".csv", ".toml", ".parquet", ".npy", ".json"])
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_refuse_devices_and_pipes_in_one_line(
    tmp_path: Path, monkeypatch, capsys, name: str, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(f"pipe{ending}")
    Path(f"zero{ending}").symlink_to("/dev/zero")
    for file in (f"pipe{ending}", f"zero{ending}"):
        assert main([word.format(file) for word in COMMANDS[name]]) == 2
        err = capsys.readouterr().err
        assert len(err.splitlines()) == 1
        assert "internal" not in err


@pytest.mark.parametrize(
    "command",
    ["graph pipe", "graph pipe.npy", "bound pipe", "bound pipe.xlsx"]
    + [f"solve pipe{ending} --stream --budget 1" for ending in ("", ".csv", ".npy")],
)
def test_pipes_are_told_from_names_and_from_other_kinds(
    tmp_path: Path, monkeypatch, capsys, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(command.split()[1])
    assert main(command.split()) == 2
    assert "is a pipe; write it to a file and give that" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run s.csv --budget 1", "graph ring", "partition --figures"])
def test_links_in_a_circle_are_no_folder(tmp_path: Path, monkeypatch, capsys, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("client,a\nx,1\ny,2\n", "utf-8")
    Path("loop").symlink_to("loop")
    words = [*command.split(), "loop"] if "--figures" in command else [*command.split(), "--out"]
    assert main(words if "--figures" in command else [*words, "loop"]) == 2
    assert capsys.readouterr().err == (
        "roundlot: cannot write loop: its links lead in a circle; remove them\n"
    )
    assert Path("loop").is_symlink()


def test_a_link_that_leads_nowhere_is_said_to(tmp_path: Path) -> None:
    (tmp_path / "s.csv").symlink_to("gone.csv")
    with pytest.raises(InvalidProblemError, match=r"it is a link to 'gone\.csv', which leads no"):
        read_scores(tmp_path / "s.csv")


def test_what_a_certificate_replaces_is_read_with_care(tmp_path: Path) -> None:
    solution = solve(Problem([[1.0], [2.0]], budget=1))
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(FileExistsError, match=r"pipe\.json is a pipe, a device or a socket"):
        solution.save(tmp_path / "pipe.json")
    place, ours = tmp_path / "c.json", '"format": "roundlot-certificate"'
    for content in ("[" * 100_000, f'{{{ours}, "a": {"[" * 900}{"]" * 900}}}', '{"format": []}'):
        place.write_text(content, "utf-8")
        solution.save(place)
        assert main(["check", str(place)]) == 0


def test_a_library_that_gives_up_inside_says_nothing_of_itself(
    tmp_path: Path, capfd, monkeypatch
) -> None:
    """Its column says that it has 42 values, and the file that it has two rows."""
    place = tmp_path / "s.parquet"
    pl.DataFrame({"client": ["a", "b"], "a": [1.0, 2.0]}).write_parquet(place)

    def gives_up(*_: object, **__: object) -> None:
        os.write(2, b"thread 'x' panicked at nodes/parquet.rs:418:9\n")
        raise pl.exceptions.PanicException("left: 2")

    monkeypatch.setattr(pl, "read_parquet", gives_up)
    assert main(["solve", str(place), "--budget", "1"]) == 2
    said = capfd.readouterr().err
    assert "panicked" not in said
    assert len(said.splitlines()) == 1
    with unsaid(), unsaid():  # as by two threads
        os.write(2, b"a warning\n")
    assert capfd.readouterr().err == "a warning\n"


def test_what_takes_the_place_of_a_file_meanwhile_is_refused(tmp_path: Path, monkeypatch) -> None:
    """A pipe is put there between the first look and the opening."""
    place = tmp_path / "s.csv"
    place.write_text("client,a\nx,1\n")
    real = os.open

    def swapped(path: str, *rest: int) -> int:
        place.unlink()
        os.mkfifo(place)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(plain_files.NotPlainError, match=r"s\.csv is a pipe"):
        plain_files.content_of(place)


def test_limits_of_size_are_in_the_message(tmp_path: Path) -> None:
    place = tmp_path / "x"
    place.write_bytes(b"12345")
    assert plain_files.content_of(place, most=5) == b"12345"
    with pytest.raises(OSError, match="x is larger than 4 bytes, the limit for such a file"):
        plain_files.content_of(place, most=4)
    with place.open("r+b") as file:
        file.truncate(5 << 30)  # no block of it is on the disk
    for name in ("a.csv", "a.json", "a.toml"):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).hardlink_to(place)
    for name in ("a.csv", "a.json"):
        with pytest.raises(InvalidProblemError, match="larger than 1 GiB, the limit"):
            (read_scores if name == "a.csv" else read_data_set)(tmp_path / name)
    with pytest.raises(InvalidProblemError, match="larger than 2 MiB, the limit"):
        load_train_setup(tmp_path / "a.toml")


def test_refusals_of_files_travel_between_processes(tmp_path: Path) -> None:
    with pytest.raises(plain_files.NotPlainError) as refused:
        plain_files.opened(tmp_path)
    again = pickle.loads(pickle.dumps(refused.value))
    assert str(again) == str(refused.value) == f"{tmp_path} is a folder; give a file"


def zeros(place: Path, gib: int) -> None:
    """An archive whose array unpacks to so many GiB of zeros; they are one block, again and again.

    Deflate's own form of it: what compresses a block of zeros can be repeated.
    """
    block = bytes(1 << 26)
    with (
        zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("scores.npy", "w", force_zip64=True) as stream,
    ):
        shape = (gib << 27, 1)
        head = {"descr": "<f8", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, head)
        for _ in range(gib << 4):
            stream.write(block)


@pytest.mark.slow
def test_three_gigabytes_of_zeros_are_refused_unread(tmp_path: Path) -> None:
    zeros(tmp_path / "z.npz", 3)
    with pytest.raises(InvalidProblemError, match=r"it unpacks to 3 GiB from 1\d\.\d+ MiB, 1 GiB"):
        read_scores(tmp_path / "z.npz")


def test_archives_that_unpack_to_more_are_refused_unread(tmp_path: Path, monkeypatch) -> None:
    place = tmp_path / "z.npz"
    np.savez_compressed(place, scores=np.zeros((10_000, 10)))
    assert read_scores(place, allow_unreachable=True).values.shape == (10_000, 10)
    monkeypatch.setattr(array_files, "UNPACKED", 500_000)
    with pytest.raises(InvalidProblemError, match=r"unpacks to 800128 bytes from \d+ bytes"):
        read_scores(place)
    np.savez(place, scores=np.ones((10_000, 10)))  # not packed: of any size
    assert read_scores(place).values.sum() == 100_000.0


def header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    out = io.BytesIO()
    head = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, head)
    return out.getvalue()


@pytest.mark.parametrize("shape", [(10**12, 4), (10**30,), (-1, 4), (2**62, 2**62)])
def test_arrays_that_promise_more_than_follows_are_refused(tmp_path: Path, shape) -> None:
    content = header(shape) + bytes(100)
    (tmp_path / "s.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as archive:
        archive.writestr("scores.npy", content)
    for name in ("s.npy", "s.npz"):
        with pytest.raises(InvalidProblemError, match="100 bytes follow; it was cut short"):
            read_scores(tmp_path / name)


def test_names_of_no_length_are_no_trillion(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as archive:
        archive.writestr("scores.npy", header((2, 1)) + bytes(16))
        archive.writestr("clients.npy", header((10**12,), "<U0"))
    with pytest.raises(InvalidProblemError, match="it was cut short or damaged"):
        read_scores(tmp_path / "s.npz")


def test_archives_name_an_array_once_and_not_too_many(tmp_path: Path, monkeypatch) -> None:
    place, array = tmp_path / "s.npz", header((1, 1)) + bytes(8)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("scores.npy", array)
        archive.writestr("scores", array)
    with pytest.raises(InvalidProblemError, match="two arrays 'scores'"):
        read_scores(place)
    monkeypatch.setattr(array_files, "MOST_ARRAYS", 1)
    with pytest.raises(InvalidProblemError, match="it has 2 arrays, 1 at most"):
        read_scores(place)


def test_a_footer_of_parquet_is_read_as_arrow_reads_it(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    frame = pl.DataFrame(
        {"client": [str(k) for k in range(1000)], "a": [1.0, None] * 500, "b": [[1], [2]] * 500}
    )
    frame.write_parquet(tmp_path / "polars.parquet", row_group_size=70)
    pq.write_table(frame.to_arrow(), tmp_path / "arrow.parquet", row_group_size=90)
    for name in ("polars.parquet", "arrow.parquet"):
        said = pq.read_metadata(tmp_path / name)
        found = parquet_footer.parquet_size(tmp_path / name, most_columns=100)
        groups = [said.row_group(k).total_byte_size for k in range(said.num_row_groups)]
        assert (found.rows, found.unpacked) == (1000, sum(groups))
        assert found.columns == 5  # a list is three elements of the schema


def forged(columns: int, rows: int, unpacked: int) -> bytes:
    """A Parquet file of nothing but its end, written by hand in Thrift's compact protocol."""

    def number(value: int) -> bytes:
        return varint(value << 1)

    def head(count: int) -> bytes:
        return b"\xfc" + varint(count)  # of a list of records

    def varint(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            value, out = value >> 7, out + bytes([value & 0x7F | 0x80])
        return out + bytes([value])

    schema = b"\x19" + head(columns + 1) + b"\x00" * (columns + 1)  # field 2: records of nothing
    group = b"\x26" + number(unpacked) + b"\x00"  # its field 2
    footer = b"\x15\x02" + schema + b"\x16" + number(rows) + b"\x19" + head(1) + group + b"\x00"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((3, 10**9, 8), "has 1000000000 rows of 3 columns; at most 33554432 rows"),
        ((20_000, 20_000, 8), "and 268435456 cells are read as a whole"),
        ((3, 2, 5 << 30), "unpacks to 5 GiB, 4 GiB at most"),
        ((200_000, 2, 8), "has 200000 columns, 20000 at most"),
    ],
)
def test_parquet_beyond_a_limit_is_refused_by_its_end(tmp_path: Path, size, said: str) -> None:
    (tmp_path / "s.parquet").write_bytes(forged(*size))
    with pytest.raises(InvalidProblemError, match=said):
        read_scores(tmp_path / "s.parquet")


@pytest.mark.parametrize("end", [b"", b"\xff" * 40, b"\x19\xfc" + b"\xff" * 9, b"\x1c" * 200])
def test_damaged_ends_of_parquet_are_refused(tmp_path: Path, end: bytes) -> None:
    content = b"PAR1" + end + len(end).to_bytes(4, "little") + b"PAR1"
    (tmp_path / "s.parquet").write_bytes(content)
    with pytest.raises(InvalidProblemError, match="is not a readable parquet file"):
        read_scores(tmp_path / "s.parquet")


def test_a_line_that_no_table_has_is_refused_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "MOST_LINE", 1000)
    place = tmp_path / "s.csv"
    place.write_text("client,a\n" + "x" * 2000 + ",1\n")
    with pytest.raises(InvalidProblemError, match="a line of more than 1000 bytes"):
        read_scores(place)
    place.write_text("client,a\r" + "xy,1\r" * 1000)
    assert read_scores(place).values.shape == (1000, 1)


def test_cells_of_text_are_bounded(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "MOST_CELLS", 10_000)
    place = tmp_path / "s.csv"
    place.write_text("client,a\n" + "x,1\n" * 4000)
    assert read_scores(place).values.shape == (4000, 1)
    place.write_text("client,a\n" + "x,1\n" * 9000)
    with pytest.raises(InvalidProblemError, match="more than 10000 cells, the limit for text"):
        read_scores(place)


def test_empty_rows_are_counted_and_not_kept() -> None:
    """A million of them at the end are nothing; the first empty line before a row is named."""
    text = "client,a\nx,1\n" + ",\n" * 1000 + "\n" * 300_000
    assert delimited.delimited(text, "t").height == 1
    with pytest.raises(InvalidProblemError, match="row 1002 is an empty line"):
        delimited.delimited(text + "y,2\n", "t")
    with pytest.raises(InvalidProblemError, match="row 2 is an empty line"):
        delimited.delimited("client,a\nx,1\n" + "\n" * 300_000 + "y,2\n", "t")
    held = delimited.delimited("client,a\nx,1\n,\n,\ny,2\n", "t")
    assert held.columns == (["x", "", "", "y"], ["1", "", "", "2"])


def test_very_many_lines_of_comments_are_passed_over() -> None:
    found = delimited.delimited("# a\r\n" * 300_000 + "client,a\nx,1\n", "t")
    assert (found.header, found.height) == (("client", "a"), 1)


def test_the_closest_of_very_many_or_very_long_names() -> None:
    names = [f"client-{k}" for k in range(200_000)]
    assert closest("client-77x7", names).startswith("did you mean 'client-")
    assert closest("x" * 10**7, names).startswith("valid: client-0, ")
    assert closest("a", ["b" * 10**7]) == f"valid: {'b' * 60}..."


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_no_column_is_searched_for_among_all(tmp_path: Path, monkeypatch, ending: str) -> None:
    """A frame goes through all names for one: what does so for each takes time by their square."""
    place, searched = tmp_path / f"s{ending}", []
    frame = pl.DataFrame({"client": ["x"]} | {f"m{k}": [k + 1.0] for k in range(300)})
    frame.write_csv(place) if ending == ".csv" else frame.write_parquet(place)
    for name in ("__getitem__", "get_column", "to_series"):
        real = getattr(pl.DataFrame, name)
        monkeypatch.setattr(
            pl.DataFrame,
            name,
            lambda *a, real=real, **k: (searched.append(a[0].width), real(*a, **k))[1],
        )
    assert read_scores(place).values.tolist() == [[k + 1.0 for k in range(300)]]
    assert sum(width > 10 for width in searched) < 30
