"""A process of a training that is started, and whose first process has gone meanwhile, ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name == "nt", reason="parents are known on Unix alone")
def test_a_helper_ends_when_the_first_process_goes_before_they_meet(tmp_path: Path) -> None:
    (tmp_path / "go").touch()  # told to meet a process that is not there
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ours, theirs = socket.socketpair()
    words = ("-m", "roundlot.simulate.processes.helper", tmp_path, 1, 2, theirs.fileno(), gone.pid)
    with ours, theirs:
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            check=False,
            timeout=120,
            pass_fds=[theirs.fileno()],
        )
    assert done.returncode == 1
