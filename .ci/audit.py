"""Known weaknesses of the packages that `constraints.txt` names, by pip-audit: ``make audit``.

It asks a service. What the service does not answer is not audited, and the last line says so: it
is no failure, for a machine without a network can still test, and no pass either.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
#: Weaknesses that do not concern roundlot, by their identifiers, each with the reason.
ALLOWED: Mapping[str, str] = {}
_SECONDS = 600


def audited() -> tuple[Mapping[str, Any], str]:
    """What pip-audit reports, and what it says where it reports nothing."""
    words = ("--requirement", str(CONSTRAINTS), "--no-deps", "--disable-pip", "--format", "json")
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return {}, f"no answer within {_SECONDS} s"
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return {}, (done.stderr.strip().splitlines() or ["no answer"])[-1]


def verdict(report: Mapping[str, Any], said: str, allowed: Mapping[str, str]) -> tuple[int, str]:
    """The exit code, 1 for a weakness that is not allowed, and what to say."""
    packages = report.get("dependencies", [])
    asked = [one for one in packages if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}"
        + (f", cured in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "")
        for one in asked
        for flaw in one.get("vulns", [])
        if not {flaw["id"], *flaw.get("aliases", [])} & allowed.keys()
    ]
    if not asked:
        return 0, f"NOT AUDITED: no package could be looked up ({said or 'the service has none'})"
    left = len(packages) - len(asked)
    lines = [*found, f"{len(asked)} packages looked up, {len(found)} known weaknesses"]
    if left:
        lines.append(f"NOT AUDITED: {left} packages, which could not be looked up")
    return int(bool(found)), "\n".join(lines)


if __name__ == "__main__":
    code, text = verdict(*audited(), ALLOWED)
    print(text)
    sys.exit(code)
