"""Signatures of what processes of one training send by a network that others may reach.

Orders and pickled objects are signed (HMAC, RFC 2104) with a key that only these processes know,
and nothing is unpickled before its signature was checked. Parameters and updates are numbers, and
too many to sign: who can change what a network carries can change a training, but not run code.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

TAG = 32  # bytes
NONCE = 16  # bytes


@dataclass(kw_only=True)
class Seal:
    """Signs and checks what goes between this process and others, each message for its place.

    A message that is repeated, left out, from another run or sent back has no valid signature.

    Attributes:
        rank: of this process.
        keys: by the rank of the other process; see `run_key`.
    """

    rank: int
    keys: Mapping[int, bytes]
    _sent: Counter[int] = field(default_factory=Counter)
    _received: Counter[int] = field(default_factory=Counter)

    def sign(self, to: int, content: bytes) -> bytes:
        """The signature of the next message to a process, `TAG` bytes."""
        self._sent[to] += 1
        return _tag(self.keys[to], self.rank, self._sent[to], content)

    def is_signed(self, sender: int, content: bytes, tag: bytes) -> bool:
        """Whether this is the next message that a process sent, as it sent it."""
        self._received[sender] += 1
        own = _tag(self.keys[sender], sender, self._received[sender], content)
        return hmac.compare_digest(own, tag)


def run_key(key: bytes, nonces: bytes) -> bytes:
    """The key of two processes in one run: ``nonces`` are drawn for it, so nothing older fits."""
    return hmac.digest(key, nonces, "sha256")


def _tag(key: bytes, sender: int, number: int, content: bytes) -> bytes:
    head = b"%d %d " % (sender, number)
    return hmac.digest(key, head + hashlib.sha256(content).digest(), "sha256")
