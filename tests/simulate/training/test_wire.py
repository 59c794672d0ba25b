"""What comes between processes of one training is theirs before anything of it is unpickled."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st

from roundlot.simulate.processes.keys import VARIABLE, SharedKey
from roundlot.simulate.processes.messages import raise_failure
from roundlot.simulate.processes.rendezvous import signed_wire
from roundlot.simulate.processes.signing import Seal, run_key
from roundlot.simulate.training import LostProcessError, Processes
from roundlot.theory import InvalidProblemError

# A process that came to the rendezvous, and sends what makes a folder where it is unpickled.
GUEST = """
import os, sys
from roundlot.simulate.processes.keys import SharedKey
from roundlot.simulate.processes.messages import Order, Word, packed
from roundlot.simulate.processes.rendezvous import signed_wire

class Harm:
    def __reduce__(self):
        return os.mkdir, (sys.argv[3],)

key = SharedKey(given=sys.argv[2], place=None)
wire = signed_wire("file://" + sys.argv[1], 1, 2, 60.0, key)
wire.send(0, Order(word=Word.FAILED))
wire.send_object(0, packed(Harm()))
"""


@pytest.mark.parametrize("theirs", ["a second credential" * 2, "the credential of the run" * 2])
def test_a_second_credential_has_nothing_unpickled(tmp_path: Path, theirs: str) -> None:
    """With the key of the run it has, so that the first is the key's doing."""
    own, harm = "the credential of the run" * 2, tmp_path / "harm"
    store = str(tmp_path / "store")
    with subprocess.Popen([sys.executable, "-c", GUEST, store, theirs, str(harm)]) as guest:
        try:
            key = SharedKey(given=own, place=tmp_path)
            wire = signed_wire(f"file://{store}", 0, 2, 60.0, key)
            if theirs == own:
                wire.receive(1)
                with pytest.raises(AttributeError):  # what harm gives is no failure
                    raise_failure(wire.receive_object(1), rank=1, size=2)
            else:
                with pytest.raises(LostProcessError, match="1 of 2 sent what is not signed"):
                    wire.receive(1)
        finally:
            guest.kill()
            if dist.is_initialized():
                dist.destroy_process_group()
    assert harm.exists() == (theirs == own)


@pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="the system lists no sockets")
def test_nobody_can_connect_to_processes_that_were_started() -> None:
    before = listening(os.getpid())
    with Processes(2) as crew:
        (helper,) = crew._place.helpers  # type: ignore[union-attr]
        assert listening(os.getpid()) == before
        assert not listening(helper.pid)


def listening(pid: int) -> set[str]:
    """Sockets of a process that wait for others, of the internet and of the machine."""
    handles = list(Path(f"/proc/{pid}/fd").iterdir())
    links = [str(one.readlink()) for one in handles if one.is_symlink()]
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    waiting = set()
    for name, state, inode, waits in (
        ("tcp", 3, 9, "0A"),
        ("tcp6", 3, 9, "0A"),
        ("unix", 3, 6, ""),
    ):
        for line in Path(f"/proc/net/{name}").read_text("utf-8").splitlines()[1:]:
            words = line.split()
            flags = words[state]
            waits_here = flags == waits if waits else bool(int(flags, 16) & 0x10000)
            if waits_here and words[inode] in own:
                waiting.add(words[inode])
    return waiting


messages = st.lists(st.binary(max_size=40), min_size=1, max_size=5)


@given(messages, st.data())
def test_only_the_next_message_of_the_other_fits(sent: list[bytes], data: st.DataObject) -> None:
    key = run_key(b"k" * 32, b"n" * 32)
    tags = [sealed.sign(0, one) for sealed in [Seal(rank=1, keys={0: key})] for one in sent]
    honest = Seal(rank=0, keys={1: key})
    assert all(honest.is_signed(1, one, tag) for one, tag in zip(sent, tags, strict=True))
    place = data.draw(st.integers(0, len(sent) - 1))

    def fits(content: bytes, tag: bytes, seal: Seal) -> bool:
        for one, other in zip(sent[:place], tags[:place], strict=True):
            assert seal.is_signed(1, one, other)
        return seal.is_signed(1, content, tag)

    content, tag = sent[place], tags[place]
    other = data.draw(st.binary(max_size=40).filter(lambda one: one != content))
    assert not fits(other, tag, Seal(rank=0, keys={1: key}))
    flipped = bytearray(tag)
    flipped[data.draw(st.integers(0, 31))] ^= 1
    assert not fits(content, bytes(flipped), Seal(rank=0, keys={1: key}))
    late = data.draw(st.integers(0, len(sent)).filter(lambda k: k != place))
    if late < len(sent):  # another message of the same run, before its time or again
        assert not fits(sent[late], tags[late], Seal(rank=0, keys={1: key}))
    assert not Seal(rank=0, keys={1: run_key(b"k" * 32, b"m" * 32)}).is_signed(1, sent[0], tags[0])
    back = Seal(rank=0, keys={1: key}).sign(1, sent[0])  # sent back to whom it came from
    assert not Seal(rank=0, keys={1: key}).is_signed(1, sent[0], back)


def test_a_key_on_one_machine_is_a_file_of_this_account(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("MASTER_PORT", "1")
    first = SharedKey.of(size=2, local_size=2)
    with pytest.raises(InvalidProblemError, match=f"left no key in .*; set {VARIABLE}"):
        first.read()
    first.lay()
    assert first.read() == SharedKey.of(size=2, local_size=2).read()
    assert stat.S_IMODE(first.place.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.place.parent.stat().st_mode) == 0o700
    before = first.read()
    first.lay()  # of a run that was killed: the next one has a key of its own
    assert first.read() != before
    if os.name == "posix" and os.geteuid() == 0:
        code = "import os, sys; os.setgid(65534); os.setuid(65534); open(sys.argv[1])"
        tmp_path.chmod(0o755)
        asked = subprocess.run(
            [sys.executable, "-c", code, first.place], capture_output=True, text=True, check=False
        )
        assert "PermissionError" in asked.stderr
    monkeypatch.setenv("MASTER_PORT", "2")
    assert SharedKey.of(size=2, local_size=2).place != first.place
    first.remove()
    assert not first.place.exists()


def test_a_key_on_several_machines_is_asked_for(monkeypatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InvalidProblemError, match=rf"on several machines .*; set {VARIABLE}"):
        SharedKey.of(size=4, local_size=2)
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(InvalidProblemError, match=f"{VARIABLE} has 5 characters; give 32 or more"):
        SharedKey.of(size=4, local_size=2)
    monkeypatch.setenv(VARIABLE, "x" * 32)
    assert len(SharedKey.of(size=4, local_size=2).read()) == 32


# Puts what makes a folder where it is unpickled into every key of the rendezvous of a torchrun.
STORED = """
import base64, os, pickle, sys, time
from datetime import timedelta
from torch.distributed import TCPStore

class Harm:
    def __reduce__(self):
        return os.mkdir, (sys.argv[2],)

store = TCPStore("127.0.0.1", int(sys.argv[1]), is_master=False, wait_for_workers=False,
                 timeout=timedelta(seconds=60))
while not any("default_pg" in key for key in store.list_keys()):
    time.sleep(0.05)
time.sleep(1)  # the processes have met
for key in store.list_keys():
    store.set(key, base64.b64encode(pickle.dumps(Harm())))
print("stored")
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_torchrun_as_documented_unpickles_nothing_of_its_rendezvous(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/train.md").read_text("utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("torchrun ")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"29500": str(port), "4": "2", "fair": "t.toml"}
    words = [own.get(word, word) for word in line.split()[1:]]
    assert str(port) in words
    (tmp_path / "t.toml").write_text(
        'methods = ["random"]\n[tasks]\nkind = "quadratics"\nmodels = 1\nclients = 8\n'
        "[local]\nlearning_rate = 0.0001\n[run]\nrounds = 300\nseeds = 1\n",
        "utf-8",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        deed = tmp_path / "harm"
        guest = subprocess.run(
            [sys.executable, "-c", STORED, str(port), deed],
            capture_output=True,
            text=True,
            check=False,
        )
        said = running.communicate()[0]
    assert guest.stdout == "stored\n", guest.stderr
    assert not deed.exists()
    ours = [line for line in said.splitlines() if line.startswith("roundlot: ")]
    assert running.returncode == 0 or "did not meet the others" in ours[0], said
    assert "internal error" not in said


@pytest.mark.parametrize("error", [ValueError("basic_string::_M_create"), RuntimeError("a\nb")])
def test_a_rendezvous_that_somebody_else_writes_to_is_one_line(monkeypatch, error) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(dist, "init_process_group", fail)
    key = SharedKey(given="k" * 32, place=Path("none"))
    with pytest.raises(LostProcessError, match="0 of 2 did not meet the others") as told:
        signed_wire("env://", 0, 2, 1.0, key)
    assert "\n" not in str(told.value)
