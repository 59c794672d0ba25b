"""Audit the samplers of public packages as installed from PyPI, each in an environment of its own.

    python examples/audit_public_samplers.py --install

makes the environments (with pip, under ``build/public-samplers``), draws, audits, two at a time,
and prints the findings as a table. Without ``--install`` it audits what earlier calls have drawn;
if there is nothing yet, it shows the same audit on the textbook rule, uniform sampling of a fixed
number. ``--fedlab-source PATH``, a checkout of FedLab, adds its `OptimalSampler`, which is in no
release.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.verify import adapters, audit

WORKER = Path(globals().get("__file__", ".")).resolve().parent / "public_samplers" / "draw.py"
_UNMANAGED = ["pandas", "tzdata", "pytz", "scikit-learn", "joblib", "threadpoolctl", "tqdm"]
REQUIREMENTS = {
    "samplics": ["samplics==0.6.1"],
    "package-sampling": ["package-sampling==1.0.0"],
    "flwr": ["flwr==1.41.0"],
    # Its requirement on torch would fetch another one: this environment's is made visible instead.
    "fedlab": ["--no-deps", "fedlab==1.3.0", "munch", "nvidia-ml-py", *_UNMANAGED],
}
CASES = {
    "samplics": [
        *("srs_wor", "sys", "grs", "pps_sys", "pps_hv", "pps_brewer", "pps_murphy", "pps_rs"),
        "pps_wr",
    ],
    "package-sampling": [
        *("up_poisson", "up_systematic", "up_brewer", "up_tille", "up_max_entropy"),
        *("up_brewer:certain", "up_tille:certain", "up_max_entropy:certain"),
    ],
    "flwr": ["sample", "fedavg"],
    "fedlab": ["sample", "sample:ratio", "aggregate", "powerofchoice", "OptimalSampler"],
}
FROM_SOURCE = ("OptimalSampler", "OptimalSampler:saturated")
SLOW = ("max_entropy", "tille", "brewer")  # drawn first, so that no core waits at the end


def install(package: str, where: Path) -> str:
    """Make the environment of a package; "" or why it cannot be made."""
    python = where / package / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", where / package], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    done = subprocess.run(
        [*pip, "install", "--quiet", *REQUIREMENTS[package]], capture_output=True, text=True
    )
    if package == "fedlab":
        import torch

        seen = f"{Path(torch.__file__).parents[1]}\n{sysconfig.get_path('purelib')}\n"
        site = next((where / package).glob("lib/python*/site-packages"))
        (site / "outer.pth").write_text(seen, "utf-8")
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def draw(package: str, case: str, rounds: int, where: Path, source: str) -> None:
    """Draw one case in the environment of its package, on one thread."""
    python, out = where / package / "bin" / "python", drawn(package, case, where, source)
    command = [python, WORKER, package, case, str(rounds), out, *filter(None, [source])]
    one = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=one)
    if done.returncode:
        raise SystemExit(f"{package} {case}: {done.stderr.strip().splitlines()[-1]}")


def drawn(package: str, case: str, where: Path, source: str) -> Path:
    """Where the rounds of a case are kept."""
    return where / f"{package}{'-source' if source else ''}-{case.replace(':', '-')}.npz"


def judge(kept_at: Path, package: str, case: str) -> str:
    """A row of the table: what was drawn, the outcome and the finding."""
    if not kept_at.exists():
        return f"{package} | `{case}` | 0 | not drawn | run with --install"
    with np.load(kept_at) as opened:
        kept = dict(opened)  # every look into the opened file would unpack it again
    rounds, error = len(kept["masks"]), str(kept["error"])
    name = f"{package} {kept['version']} | `{case}`"
    if error.startswith(("ModuleNotFoundError", "ImportError")):
        return f"{name} | 0 | not run | not in this release: {error.partition(': ')[2]}"
    if not rounds:
        return f"{name} | 0 | refuted | raises {error}"
    try:
        found, claim = played(kept, kept.get("claimed"), error), ""
    except InvalidProblemError as refusal:
        found, claim = played(kept, None, error), f"{refusal}; as a black box it "
    return f"{name} | {rounds} | {'refuted' if claim else found.outcome} | {claim}{finding(found)}"


def played(kept, claimed, error: str):
    """The audit of recorded rounds."""
    rows = iter(kept["weights"] if "weights" in kept else kept["masks"].astype(bool))

    def play() -> np.ndarray:
        for row in rows:
            return row
        raise RuntimeError(error or "no more rounds were recorded")

    return audit(
        play,
        claimed=claimed,
        weights=kept["target"] if "weights" in kept else None,
        n_clients=kept["masks"].shape[1],
        form="coefficients" if "weights" in kept else "mask",
        checks=("inclusion", "weights", "rounds"),
        rounds=len(kept["masks"]) + bool(error),
        discrepancy=0.05,
        stop_early=False,
        # Without probabilities this is what lets a mean that is too small be told.
        rarest=0.01 if claimed is None else None,
    )


def finding(found) -> str:
    """What is wrong, or what was supported and how finely."""
    wrong = [v for v in found.verdicts if v.outcome == "refuted"]
    facts = found.facts
    many = (
        f"draws {facts.draws_min}"
        if facts.draws_min == facts.draws_max
        else f"draws {facts.draws_min} to {facts.draws_max}"
    )
    if not wrong:
        tested = [v for v in found.verdicts if v.detectable > 0]
        return f"{many}; sees {max(v.detectable for v in tested):.1%}" if tested else many
    return "; ".join([many, *(said(v) for v in wrong)])


def said(verdict) -> str:
    """A refusal in words: how many pairs, the worst of them, what was seen and expected."""
    if verdict.false_alarm == 0.0:
        return verdict.detail
    pairs, _, rest = verdict.detail.partition(" refused, shown: ")
    place = f"{pairs} wrong, {rest.split(';')[0]}" if rest else "worst"
    return f"{verdict.claim}: {place}: {verdict.estimate:.4g}, not {verdict.expected:.4g}"


def show_textbook() -> None:
    """The same audit on ``random.sample``, the rule behind most defaults."""
    rng = random.Random(0)
    sampler = adapters.self_normalised(lambda: rng.sample(range(8), 3), np.arange(1.0, 9.0))
    print(audit(sampler, claimed=np.full(8, 3 / 8), weights=np.arange(1.0, 9.0) / 36.0))


def run_case(package: str, case: str, ready: Future[str] | None, options, source: str) -> str:
    """Wait for the environment, draw, judge: a row of the table."""
    if ready is not None:
        problem = ready.result()
        if problem:
            return f"{package} | `{case}` | 0 | not installed | {problem}"
        draw(package, case, options.rounds, options.where, source)
    return judge(drawn(package, case, options.where, source), package, case)


def table(options) -> list[Future[str]]:
    """The rows, in order, as they become known; environments first, then slow samplers."""
    source = options.fedlab_source
    cases = [(package, case, "") for package, names in CASES.items() for case in names]
    cases += [("fedlab", case, str(source.resolve())) for case in FROM_SOURCE if source]
    pool = ThreadPoolExecutor(2)
    ready: dict[str, Future[str]] = {}
    if options.install:
        options.where.mkdir(parents=True, exist_ok=True)
        ready = {name: pool.submit(install, name, options.where) for name in CASES}
    order = sorted(cases, key=lambda case: not any(word in case[1] for word in SLOW))
    rows = {c: pool.submit(run_case, *c[:2], ready.get(c[0]), options, c[2]) for c in order}
    return [rows[case] for case in cases]


def main() -> None:
    """Print the table of findings."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--where", type=Path, default=Path("build/public-samplers"))
    parser.add_argument("--rounds", type=int, default=120_000)
    parser.add_argument("--fedlab-source", type=Path)
    options, _ = parser.parse_known_args()
    if not (options.install or options.where.exists()):
        show_textbook()
        return
    began = time.perf_counter()
    print("| package | sampler | rounds | outcome | finding |\n|---|---|---|---|---|")
    for row in table(options):
        print(f"| {row.result()} |", flush=True)
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
