"""A process that is forked after threads were started: solving and drawing work in the child."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys, threading
import numpy as np
import roundlot as rl
from roundlot.simulate import design

def work():
    problem = rl.Problem([[1.0, 0.2], [2.0, 0.5], [0.5, 3.0]], budget=2)
    solution = rl.solve(problem)
    return solution.probabilities.tobytes(), design(solution, "independent").draw(5, seed=0)

stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(3)]
for one in threads:
    one.start()
before, drawn = work()
child = os.fork()
if not child:
    after, again = work()
    os._exit(0 if after == before and str(again) == str(drawn) else 9)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
stop.set()
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_solving_and_drawing_after_a_fork() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], check=False, timeout=120)
    assert done.returncode == 0
