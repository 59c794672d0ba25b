"""coqc, where it is installed."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

#: What the reals of the standard library rest on; nothing else may appear.
_AXIOMS_OF_THE_REALS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
}


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What coqc said of a file."""

    passed: bool
    text: str

    @property
    def axioms(self) -> set[str]:
        """What ``Print Assumptions`` named: words at the beginning of a line."""
        words = re.findall(r"^([A-Za-z_][\w.']*)(?=\s*:\s|\s*$)", self.text, re.MULTILINE)
        return set(words) - {"Axioms"}

    @property
    def foreign(self) -> set[str]:
        """Axioms that are not those of the reals."""
        return self.axioms - _AXIOMS_OF_THE_REALS

    @property
    def printed(self) -> int:
        """How many ``Print Assumptions`` were answered."""
        return len(re.findall(r"^(?:Axioms:|Closed under the global context)", self.text, re.M))

    def place(self, source: str) -> str:
        """The part of ``source`` that the first error is about."""
        found = re.search(r"line (\d+), characters (\d+)-(\d+):\nError", self.text)
        assert found, self.text
        line, start, end = map(int, found.groups())
        rest = source.encode().split(b"\n", line - 1)[-1]
        return rest[start:end].decode()


@pytest.fixture
def coqc(tmp_path: Path) -> Callable[[str], Compiled]:
    """Compiles a text; without coqc the test is skipped."""
    program = shutil.which("coqc")
    if program is None:
        pytest.skip("coqc is not installed: proofs are not replayed")

    def compiled(text: str) -> Compiled:
        place = tmp_path / "proof.v"
        place.write_text(text, "utf-8")
        done = subprocess.run(
            [program, "-q", place.name], cwd=tmp_path, capture_output=True, text=True, timeout=600
        )
        return Compiled(passed=done.returncode == 0, text=done.stdout + done.stderr)

    return compiled
