"""Who reaches the port of a worker or a scheduler, and has not its credentials, has nothing run."""

import asyncio
import contextlib
import os
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from roundlot.private import private_folder
from roundlot.sweep import TlsFiles, clusters, credentials, load_sweep_setup, run_sweep
from roundlot.sweep.clusters import local_client, remote_client
from roundlot.theory import InvalidProblemError, RoundlotWarning

distributed = pytest.importorskip("distributed")
pytest.importorskip("cryptography", reason="no TLS without it: intruders are untested here")
serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")

Call = Callable[..., tuple[int, str, str]]

LISTENS = "0A"  # the state of a socket in /proc/net/tcp
LOOPBACK = "0100007F"  # 127.0.0.1 there
LISTS = Path("/proc/net/tcp").exists()

# Another account that asks a scheduler to run a function on its workers: without credentials, with
# its own and, to see that it asks as it should, with those of the cluster. It imports what it needs
# before it changes its user, who may not read the folders of packages.
OTHER_ACCOUNT = """
import logging, os, sys
import asyncio, cloudpickle, cryptography.x509, distributed, ssl, tornado.netutil
from distributed.comm import tcp
logging.disable(logging.CRITICAL)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
own, theirs, address = distributed.Security.temporary(), distributed.Security(), sys.argv[1]
pem = sys.stdin.read()
theirs.require_encryption = True
theirs.tls_ca_file = theirs.tls_client_cert = theirs.tls_client_key = pem
for where, security in (address.replace("tls", "tcp"), None), (address, own), (address, theirs):
    options = {"timeout": 20 if security is theirs else 3, "set_as_default": False}
    try:
        with distributed.Client(where, security=security, **options) as client:
            print("ran as", *client.run(os.getuid).values())
    except OSError:
        print("refused")
"""


def refused(address: str, security: Any) -> bool:
    """Whether one end of a wire turns somebody away before it reads what was sent."""

    async def ask() -> Any:
        arguments = {} if security is None else security.get_connection_args("client")
        wire = await distributed.core.connect(address, timeout=3, **arguments)
        try:
            await wire.write({"op": "identity", "reply": True})
            return await wire.read()
        finally:
            wire.abort()

    try:
        return not asyncio.run(ask())
    except OSError:
        return True


def listening() -> set[str]:
    """Addresses on which this process and its children listen for anything, as /proc has them."""
    pids = [str(os.getpid())]
    for pid in pids:
        with contextlib.suppress(OSError):
            pids += Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                sockets.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
    lines = (Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()).splitlines()
    rows = [line.split() for line in lines]
    return {row[1] for row in rows if row[3] == LISTENS and row[9] in sockets}


@pytest.fixture(scope="module")
def before() -> set[str]:
    return listening() if LISTS else set()


@pytest.fixture(scope="module")
def client(before: set[str]) -> Iterator[Any]:
    with local_client(1) as started:
        yield started


@pytest.fixture(scope="module")
def files(client: Any, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """The cluster's own credentials as somebody keeps them who starts one by hand."""
    return written(client.security, tmp_path_factory.mktemp("own"))


def written(security: Any, folder: Path) -> TlsFiles:
    (folder / "ca.pem").write_text(security.tls_ca_file, "utf-8")
    (folder / "cert.pem").write_text(security.tls_client_cert, "utf-8")
    (folder / "key.pem").write_text(security.tls_client_key, "utf-8")
    (folder / "key.pem").chmod(0o600)
    return TlsFiles(ca=folder / "ca.pem", cert=folder / "cert.pem", key=folder / "key.pem")


def test_a_second_credential_is_refused_at_every_end(client: Any) -> None:
    ((worker, facts),) = client.scheduler_info()["workers"].items()
    own, other = client.security, distributed.Security.temporary()
    for address in (client.cluster.scheduler_address, worker, facts["nanny"]):
        assert address.startswith("tls://127.0.0.1:")
        assert not refused(address, own)  # so that the question is one that is answered
        assert refused(address, other)
        assert refused(address.replace("tls", "tcp"), None)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="not root: a second account is untested here, a second credential is tested above",
)
def test_a_second_account_is_refused(client: Any) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", OTHER_ACCOUNT, client.cluster.scheduler_address],
        input=client.security.tls_client_cert + client.security.tls_client_key,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.splitlines() == ["refused", "refused", "ran as 0"], asked.stderr


@pytest.mark.skipif(not LISTS, reason="the system lists no sockets: who listens is untested here")
def test_all_listen_on_loopback_and_threads_on_nothing_but_an_empty_page(
    client: Any, before: set[str]
) -> None:
    mine = listening() - before
    assert mine
    assert {address.partition(":")[0] for address in mine} == {LOOPBACK}
    before = listening()
    with local_client(1, threads=True) as threads:
        assert threads.cluster.scheduler_address.startswith("inproc://")
        mine = listening() - before
        assert {address.partition(":")[0] for address in mine} <= {LOOPBACK}
        for address in mine:
            connection = HTTPConnection("127.0.0.1", int(address.partition(":")[2], 16), timeout=5)
            for page in (
                "/",
                "/status",
                "/info/main/workers.html",
                "/json/counts.json",
                "/metrics",
            ):
                connection.request("GET", page)
                answer = connection.getresponse()
                assert (answer.status, b"worker" in answer.read()) == (404, False)


def test_modules_of_workers_are_in_a_folder_of_this_account(client: Any) -> None:
    """Dask has its workers import from their folder first, which is in that of all accounts."""
    (place,) = client.run(own_folder).values()
    above = [place, *place.parents][: len(place.relative_to(tempfile.gettempdir()).parts)]
    found = above[-1].lstat()
    assert stat.S_ISDIR(found.st_mode)
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (os.getuid(), 0o700)


def own_folder(dask_worker: Any) -> Path:
    return Path(dask_worker.local_directory)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="every account has a folder of its own")
def test_a_private_folder_is_never_one_that_somebody_else_made(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = private_folder()
    assert own == private_folder()
    own.chmod(0o770)
    assert private_folder() != own
    own.rmdir()
    (tmp_path / "theirs").mkdir(mode=0o700)
    own.symlink_to("theirs")
    other = private_folder()
    assert other.parent == tmp_path
    assert other != own
    assert stat.S_IMODE(other.lstat().st_mode) == 0o700


def test_a_scheduler_elsewhere_takes_tls_files(client: Any, files: TlsFiles) -> None:
    with remote_client(client.cluster.scheduler_address, tls=files) as connected:
        assert connected.submit(pow, 2, 5).result(timeout=20) == 32


def test_files_of_another_authority_are_one_line(client: Any, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(clusters, "SECONDS", 2)
    other = written(distributed.Security.temporary(), tmp_path)
    told = "no scheduler answers at tls://.* with these TLS files; start one"
    with (
        pytest.raises(ConnectionError, match=told),
        remote_client(client.cluster.scheduler_address, tls=other),
    ):
        pass


def test_a_scheduler_without_tls_is_warned_of(sweep_file: Path, monkeypatch) -> None:
    monkeypatch.setattr(clusters, "SECONDS", 0.2)
    with (
        pytest.warns(
            RoundlotWarning, match="any account that reaches the scheduler at tcp://127.0.0.1:9"
        ),
        pytest.raises(
            ConnectionError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9; start"
        ),
    ):
        run_sweep(
            load_sweep_setup(sweep_file), sweep_file.parent / "out", scheduler="tcp://127.0.0.1:9"
        )


@pytest.mark.parametrize(
    ("address", "change", "told"),
    [
        ("tls://127.0.0.1:9", None, "TLS takes --tls-ca, --tls-cert and --tls-key"),
        ("tcp://127.0.0.1:9", {}, "does not use the TLS files; give tls://"),
        ("tls://127.0.0.1:9", {"ca": "none.pem"}, "TLS authority .*none.pem does not exist"),
        ("tls://127.0.0.1:9", {"ca": "key.pem"}, "TLS authority .*key.pem holds no certificate"),
        ("tls://127.0.0.1:9", {"key": "cert.pem"}, "cert.pem do not belong together"),
        ("tls://127.0.0.1:9", {"key": "other.pem"}, "other.pem do not belong together"),
        ("tls://127.0.0.1:9", {"key": "locked.pem"}, "locked.pem do not belong .* a password"),
    ],
)
def test_tls_files_that_cannot_be_used_are_named(
    files: TlsFiles, address: str, change: dict[str, str] | None, told: str
) -> None:
    folder = Path(files.key).parent
    other = distributed.Security.temporary().tls_client_key
    (folder / "other.pem").write_text(other, "utf-8")
    key = serialization.load_pem_private_key(Path(files.key).read_bytes(), None)
    (folder / "locked.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    changes = {name: folder / file for name, file in (change or {}).items()}
    with pytest.raises(InvalidProblemError, match=told) as refusal:
        clusters.scheduler_security(address, None if change is None else replace(files, **changes))
    assert "\n" not in str(refusal.value)


def test_a_certificate_that_is_not_valid_now_is_named(client: Any, files, monkeypatch) -> None:
    """By the clock, not by waiting for a scheduler that does not answer."""
    address = client.cluster.scheduler_address
    for year, told in ((2001, "valid from"), (2999, "not now; renew it, or set the clock")):

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None, year=year):
                return datetime(year, 1, 1, tzinfo=tz)

        monkeypatch.setattr(credentials, "datetime", Clock)
        with pytest.raises(InvalidProblemError, match=f"TLS authority .*ca.pem is .*{told}"):
            clusters.scheduler_security(address, files)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of Unix")
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o604])
def test_a_key_that_others_can_read_is_warned_of(client: Any, files, mode: int) -> None:
    key = Path(files.key)
    key.chmod(mode)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        clusters.scheduler_security(client.cluster.scheduler_address, files)
    key.chmod(0o600)
    assert len(heard) == (1 if mode & 0o077 else 0)
    assert all(f"chmod 600 {key}" in str(one.message) for one in heard)


def test_some_of_the_three_options_are_not_enough(sweep_file: Path, call: Call) -> None:
    code, _, err = call("sweep", sweep_file, "--tls-ca", "a.pem", "--scheduler", "tls://a:1")
    assert (code, err.count("\n")) == (2, 1)
    assert "--tls-cert and --tls-key is missing" in err
    with pytest.raises(InvalidProblemError, match="workers here make their own"):
        run_sweep(
            load_sweep_setup(sweep_file),
            sweep_file.parent / "out",
            tls=TlsFiles(ca="a", cert="b", key="c"),
        )
    assert not (sweep_file.parent / "out").exists()


def test_without_cryptography_there_is_a_remedy(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    told = r"workers need cryptography.*\[dask\].*--workers 0"
    with pytest.raises(InvalidProblemError, match=told), local_client(1):
        pass
