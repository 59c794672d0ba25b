"""CIFAR-10's Python version, opcode by opcode as Python 2 wrote it; nothing it asks for runs."""

import pickle
import struct

import numpy as np
import pytest

from roundlot.simulate.pickled_arrays import load_plain_pickle
from roundlot.simulate.tasks import load_cifar10
from roundlot.theory import InvalidProblemError

BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def text(content):
    """SHORT_BINSTRING or BINSTRING: the str of Python 2."""
    if len(content) < 256:
        return b"U" + bytes([len(content)]) + content
    return b"T" + struct.pack("<i", len(content)) + content


def number(value):
    """BININT1, BININT2 or BININT."""
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if 0 <= value < 65536:
        return b"M" + struct.pack("<H", value)
    return b"J" + struct.pack("<i", value)


def array(rows):
    """numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), 'b'), then its state."""
    dtype = b"cnumpy\ndtype\nq\x08" + text(b"u1") + number(0) + number(1) + b"\x87Rq\x09("
    dtype += number(3) + text(b"|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    shape = number(rows.shape[0]) + number(rows.shape[1]) + b"\x86"
    state = b"(" + number(1) + shape + dtype + b"\x89" + text(rows.tobytes()) + b"tb"
    head = b"cnumpy.core.multiarray\n_reconstruct\nq\x04cnumpy\nndarray\nq\x05"
    return head + number(0) + b"\x85" + text(b"b") + b"\x87Rq\x06" + state


def batch(rows, labels, about=b"training batch 1 of 5"):
    """A batch in protocol 2."""
    listed = b"]q\x02(" + b"".join(map(number, labels)) + b"e"
    files = b"](" + b"".join(text(b"image_%d.png" % n) for n in range(len(labels))) + b"e"
    return (
        b"\x80\x02}q\x01("
        + text(b"batch_label") + text(about)
        + text(b"labels") + listed
        + text(b"data") + array(rows)
        + text(b"filenames") + files
        + b"u."
    )  # fmt: skip


@pytest.fixture
def python_folder(tmp_path):
    """All six batches of 20 images; rows and labels by name."""
    rng, known = np.random.default_rng(3), {}
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in BATCHES:
        known[name] = rng.integers(0, 256, (20, 3072), dtype=np.uint8), rng.integers(0, 10, 20)
        (folder / name).write_bytes(batch(known[name][0], known[name][1].tolist()))
    return tmp_path, known


def refusal(path, content):
    """The message, one line, of the error for a file of these bytes."""
    path.write_bytes(content)
    with pytest.raises(InvalidProblemError) as caught:
        load_plain_pickle(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path} ")
    return str(caught.value)


def test_the_hand_written_batch_is_what_pickle_reads(python_folder):
    """So that the format is not one of this test's own; NumPy still knows the old module name."""
    folder, known = python_folder
    content = (folder / "cifar-10-batches-py" / "data_batch_2").read_bytes()
    found = pickle.loads(content, encoding="bytes")
    np.testing.assert_array_equal(found[b"data"], known["data_batch_2"][0])
    assert found[b"labels"] == known["data_batch_2"][1].tolist()


def test_the_python_version_is_read_as_written(python_folder):
    folder, known = python_folder
    data = load_cifar10(folder)
    rows, labels = known["data_batch_4"]
    np.testing.assert_array_equal(data.train_labels[60:80], labels)
    # A row is 1,024 bytes of red by rows, then green, then blue.
    np.testing.assert_array_equal(data.train[63, 1], rows[3, 1024:2048].reshape(32, 32))
    np.testing.assert_array_equal(data.test_labels, known["test_batch"][1])
    assert load_cifar10(folder / "cifar-10-batches-py").train.shape == (100, 3, 32, 32)


def test_both_versions_give_the_same_images(python_folder):
    folder, known = python_folder
    by_pickle = load_cifar10(folder)
    binary = folder / "cifar-10-batches-bin"
    binary.mkdir()
    for name, (rows, labels) in known.items():
        records = np.column_stack([labels.astype("u1"), rows])
        (binary / f"{name}.bin").write_bytes(records.tobytes())
        (folder / "cifar-10-batches-py" / name).write_bytes(b"")  # is not read any more
    by_bytes = load_cifar10(folder)
    for name in ("train", "train_labels", "test", "test_labels"):
        np.testing.assert_array_equal(getattr(by_pickle, name), getattr(by_bytes, name))


@pytest.mark.parametrize("protocol", [3, 4])
def test_what_python_3_saved_again_is_read(tmp_path, protocol):
    rows = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = tmp_path / "again"
    path.write_bytes(pickle.dumps({b"data": rows, b"labels": [1, 2], "n": (1, None)}, protocol))
    found = load_plain_pickle(path)
    np.testing.assert_array_equal(found[b"data"], rows)
    assert found[b"labels"] == [1, 2]
    assert found["n"] == (1, None)


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('the pickle was run')",))


TRAPS = [
    (pickle.dumps(Trap(), 0), "asks for '__builtin__.exec'"),
    (pickle.dumps(Trap(), 4), "asks for 'builtins.exec'"),
    (pickle.dumps({"data": Trap()}, 2), "asks for '__builtin__.exec'"),
    (b"cos\nsystem\n(S'true'\ntR.", "asks for 'os.system'"),
    (b"(S'true'\nios\nsystem\n.", "has the opcode INST"),
    (b"(cos\nsystem\nS'true'\no.", "has the opcode OBJ"),
    (b"\x80\x02cos\nPopen\n(U\x04truet\x81.", "has the opcode NEWOBJ"),
    (b"cos\nsystem\n}b.", "gives a state to a _Name"),
    (b"\x80\x02\x82\x01.", "has the opcode EXT1"),
    (b"\x80\x02U\x01aQ.", "has the opcode BINPERSID"),
    (b"cnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\nK\0\x85U\x01btR.", "_reconstruct"),
    (b"\x80\x02cnumpy\ndtype\nU\x01OK\0K\x01\x87R.", "asks for 'numpy.dtype' of another kind"),
    (b"\x80\x02}(K\x01K\x02u.", "keys are no text"),
    (b"\x80\x02].", "has a list where a dict belongs"),
    (pickle.dumps({"data": np.zeros(3, dtype=object)}, 4), "asks for"),
    (pickle.dumps({"data": exec}, 4), "asks for 'builtins.exec'"),
]


@pytest.mark.parametrize(("content", "said"), TRAPS)
def test_nothing_is_run(tmp_path, content, said):
    message = refusal(tmp_path / "trap", content)
    assert said in message
    assert "a pickle could run code, so only plain data are read" in message


def test_a_trap_among_the_batches_is_named(python_folder):
    folder, _ = python_folder
    path = folder / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(pickle.dumps(Trap(), 2))
    with pytest.raises(InvalidProblemError, match="data_batch_3 asks for"):
        load_cifar10(folder)


def test_an_array_is_as_long_as_it_says(tmp_path):
    rows = np.zeros((4, 5), dtype=np.uint8)
    content = batch(rows, [0] * 4).replace(number(4) + number(5) + b"\x86", b"K\x04K\x06\x86")
    assert "not as long as it says" in refusal(tmp_path / "short", content)


SQUARED = b"q\x01h\x01\x86" * 60  # (x, x) of itself: 2**60 texts if it were written out
HEAD, NAMED = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n", b"cnumpy\ndtype\n"
EMPTY = HEAD + number(0) + b"\x85" + text(b"b") + b"\x87R"
BYTE = NAMED + text(b"u1") + b"\x85R"
HUGE = b"(\x8a\xc8" + b"\x7f" * 200 + b"q\x07" + b"h\x07" * 20_000 + b"t"  # 2**32,000,000 bytes


def state(shape, order=b"\x89", version=1, kind=BYTE):
    return EMPTY + b"(" + number(version) + shape + kind + order + text(b"ab") + b"tb"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NAMED + text(b"u1") + SQUARED + b"\x85R", "has a tuple where text belongs"),
        (text(b"os") + SQUARED + text(b"x") + b"\x93", "has a tuple where text belongs"),
        (b")" + b"\x85" * 5000 + text(b"x") + b"\x93", "has a tuple where text belongs"),
        (state(HUGE), "no table of bytes"),
        (state(b"G" + struct.pack(">d", 2.5) + b"\x85"), "no table of bytes"),
        (state(text(b"\x02")), "no table of bytes"),
        (state(b"X\x01\0\0\x002"), "no table of bytes"),
        (state(b"K\x02\x85", order=b"\x88"), "no table of bytes"),
        (state(b"K\x02\x85", order=b"N"), "no table of bytes"),
        (state(b"K\x02\x85", version=2), "no table of bytes"),
        (state(b"K\x02\x85", kind=BYTE + b"(K\x03U\x01|U\x02u1NNtb"), "no table of bytes"),
        (EMPTY, "has an array without content"),
        (BYTE, "has an array without content"),
    ],
)
def test_nothing_is_guessed_nor_grows_without_bound(tmp_path, value, said):
    start = text(b"data")
    assert said in refusal(tmp_path / "value", b"\x80\x02}" + start + value + b"s.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"}(U\x01aK\x01U\x01aK\x02u.", "has 'a' twice"),
        (b"}(U\x01aK\x01X\x01\0\0\0aK\x02u.", "has a key as text and as bytes"),
        (b"}.}.", "goes on after its end, at byte 2 of 4"),
        (b"K\x01}.", "leaves more than one object"),
        (b"}U\x01a(K\x01s.", "is no pickle of plain data"),
        (b"}" + b"N" * 1_000_000, "takes more than 1,000,000 steps"),
    ],
)
def test_what_could_be_meant_in_two_ways_is_refused(tmp_path, content, said):
    assert said in refusal(tmp_path / "unclear", content)


@pytest.mark.parametrize("cut", [0, 1, 40, 500, 3000, -1])
def test_a_batch_cut_short_is_named(tmp_path, cut):
    content = batch(np.zeros((3, 3072), dtype=np.uint8), [0, 1, 2])
    message = refusal(tmp_path / "cut", content[:cut])
    assert "is no pickle of plain data, cut short or damaged" in message


@pytest.mark.parametrize(
    ("rows", "labels", "said"),
    [
        (np.zeros((2, 3072), np.uint8), [3], "has 1 labels for 2 images"),
        (np.zeros((2, 3072), np.uint8), [3, 10], "they must lie in 0 .. 9"),
        (np.zeros((2, 3000), np.uint8), [3, 4], "without 'data' of n x 3072 bytes"),
        (np.zeros((2, 3072), np.uint8), [3, 70000], "and 'labels' from 0 to 9"),
    ],
)
def test_another_file_is_named(python_folder, rows, labels, said):
    folder, _ = python_folder
    (folder / "cifar-10-batches-py" / "data_batch_1").write_bytes(batch(rows, labels))
    with pytest.raises(InvalidProblemError) as caught:
        load_cifar10(folder)
    assert said in str(caught.value)
    assert "data_batch_1" in str(caught.value)
