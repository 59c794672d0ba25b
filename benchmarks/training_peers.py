"""Environments of other frameworks, made on demand, and rounds per second in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

#: Package and version, script, rounds timed.
PEERS = {
    "pfl": ("pfl==0.6.0", "with_pfl.py", 5),
    "fluke": ("fluke-fl==0.8.1", "with_fluke.py", 5),
    "FLGo": ("flgo==0.4.4", "with_flgo.py", 3),
    "Flower": ("flwr[simulation]==1.41.0", "with_flower.py", 2),
}
_LIMIT = 300.0


def folder() -> Path:
    """Where the environments are: ``ROUNDLOT_PEERS`` or the user's cache."""
    given = os.environ.get("ROUNDLOT_PEERS")
    return Path(given) if given else Path.home() / ".cache" / "roundlot" / "peers"


def _python(name: str) -> Path:
    package = PEERS[name][0].split("==")[0].split("[")[0]
    return folder() / package / "bin" / "python"


def make() -> None:
    """An environment per framework that sees this one's packages too, torch among them."""
    own = sysconfig.get_paths()["purelib"]
    for name, (package, _, _) in PEERS.items():
        python = _python(name)
        if python.exists():
            continue
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        site = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
        place = subprocess.run([python, "-c", site], check=True, capture_output=True, text=True)
        Path(place.stdout.strip(), "main.pth").write_text(f"{own}\n", "utf-8")
        subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)


def installed() -> tuple[str, ...]:
    """The frameworks that have an environment."""
    return tuple(name for name in PEERS if _python(name).exists())


def rounds_per_second(name: str, network: str) -> tuple[float, float] | str:
    """Rounds per second and per processor second, or why there are none.

    Medians over a few rounds after one that does not count. Processor seconds are of all processes
    that it started; a busy machine leaves them nearly as they are.
    """
    _, script, rounds = PEERS[name]
    path = Path(__file__).parent / "peers" / script
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(path.parent)}
    try:
        ran = subprocess.run(
            [_python(name), path, network, str(rounds)],
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            env=surroundings,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {_LIMIT:g} s"
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or "failed").strip().splitlines()
        return lines[-1][:80]
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    found = json.loads(lines[-1])
    return float(found["rounds"]), float(found["per_processor"])
