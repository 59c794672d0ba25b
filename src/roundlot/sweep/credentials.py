"""Who may speak with a Dask cluster: whoever does can have it run any function.

Both ends show a certificate of TLS (RFC 8446) that the other one's authority has signed, before
anything is read that could run code.
"""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from roundlot.extras import install_command
from roundlot.setup.reading import existing_file
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn

_OPTIONS = "--tls-ca, --tls-cert and --tls-key (tls=TlsFiles(...) in Python)"
_SECURE = ("tls", "wss")
_OTHERS = 0o077  # of the permissions of a file, those that are not its owner's


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """Files in PEM with which this process and a scheduler show each other who they are.

    Attributes:
        ca: certificates of the authority that signed those of scheduler and workers.
        cert: this process's certificate, signed by it.
        key: the private key of ``cert``.
    """

    ca: str | Path
    cert: str | Path
    key: str | Path

    @classmethod
    def of(cls, files: Mapping[str, str | Path | None]) -> TlsFiles | None:
        """The three files, or None where none is given.

        Raises:
            InvalidProblemError: some are missing.
        """
        given = {name: file for name, file in files.items() if file is not None}
        if not given:
            return None
        missing = [f"--tls-{name}" for name in ("ca", "cert", "key") if name not in given]
        if missing:
            raise InvalidProblemError(f"{' and '.join(missing)} is missing; TLS takes {_OPTIONS}")
        return cls(**given)

    def security(self, distributed: Any) -> Any:
        """Dask's record of them.

        Raises:
            InvalidProblemError: a file that is not there or holds something else.
        """
        ca = str(existing_file(self.ca, "TLS authority"))
        cert = str(existing_file(self.cert, "TLS certificate"))
        key = str(existing_file(self.key, "TLS key"))
        _require_pem(ca, cert, key)
        _require_in_date({"authority": ca, "certificate": cert})
        _warn_of_readers(key)
        return distributed.Security(
            require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key
        )


def temporary(distributed: Any) -> Any:
    """Credentials of this process, in its memory alone, for it and the workers that it starts.

    Raises:
        InvalidProblemError: the package that makes them is not installed.
    """
    try:
        return distributed.Security.temporary()
    except ImportError as error:
        raise InvalidProblemError(
            f"workers need cryptography, for nobody else to use them: {install_command('dask')}; "
            "or compute in this process with --workers 0"
        ) from error


def remote(distributed: Any, address: str, files: TlsFiles | None) -> Any:
    """What a scheduler at an address asks for: the files, or those of Dask's own configuration.

    Raises:
        InvalidProblemError: an address of TLS without files, files for one of something else, a
            file that cannot be used.
    """
    secure = address.partition("://")[0] in _SECURE
    if files is not None and not secure:
        raise InvalidProblemError(
            f"scheduler is {address}, which does not use the TLS files; give tls:// instead"
        )
    if files is not None:
        return files.security(distributed)
    found = distributed.Security()
    if secure and not (found.tls_ca_file and found.tls_client_cert):
        raise InvalidProblemError(f"scheduler is {address}; TLS takes {_OPTIONS}")
    if not secure:
        warn(
            f"any account that reaches the scheduler at {address} can run code on its workers and "
            f"here; start it with TLS and give tls://, {_OPTIONS}"
        )
    return found


def _require_pem(ca: str, cert: str, key: str) -> None:
    """Look at the files now: Dask's error of a wrong one does not say which."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(ca)
    except (ssl.SSLError, OSError) as error:
        raise InvalidProblemError(
            f"TLS authority {ca} holds no certificate in PEM; give the one that signed the "
            "scheduler's"
        ) from error
    try:
        context.load_cert_chain(cert, key, password=_refuse_password)
    except (ssl.SSLError, OSError) as error:
        raise InvalidProblemError(
            f"TLS certificate {cert} and key {key} do not belong together, or are not in PEM "
            "without a password; give a pair that the scheduler's authority signed"
        ) from error


def _require_in_date(files: Mapping[str, str]) -> None:
    """A scheduler would turn one that has ended away, and not say so."""
    try:
        from cryptography import x509
    except ImportError:  # the scheduler's refusal has to do
        return
    now = datetime.now(UTC)
    for name, file in files.items():
        try:
            first = x509.load_pem_x509_certificates(Path(file).read_bytes())[0]
        except ValueError:  # of a kind that OpenSSL reads and this does not
            continue
        begins, ends = first.not_valid_before_utc, first.not_valid_after_utc
        if not begins <= now <= ends:
            raise InvalidProblemError(
                f"TLS {name} {file} is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, not now; "
                "renew it, or set the clock"
            )


def _warn_of_readers(key: str) -> None:
    if os.name == "posix" and stat.S_IMODE(Path(key).stat().st_mode) & _OTHERS:
        warn(
            f"TLS key {key} can be read by other accounts, which can then run code on the workers "
            f"and here: chmod 600 {key}"
        )


def _refuse_password() -> str:
    """Instead of asking for one in the terminal."""
    return ""
