"""Fills the tables and draws the figures of docs/papers.md from trainings kept in a folder.

`python docs/make_papers.py --run build/papers` first runs the commands that the page names, and
goes on where an earlier call was interrupted; `--overnight` adds those that take a night. Without
`--run`, what is in the folder is taken as it is.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from _papers import tables
from _papers.claims import CLAIMS
from _papers.commands import run, trainings
from _papers.pictures import pictures, variances

from roundlot.train import load_bench

HERE = Path(__file__).parent
PAGE, IMAGES = HERE / "papers.md", HERE / "images"
DRAWN = ("digits", "mnist-perceptron")  # with curves, and with all methods in order
MEASURED = "digits-variance"
NIGHT = "mnist"  # not in the folder unless a night was given to it


def filled(text: str, name: str, table: str) -> str:
    """The page with a table between its marks."""
    mark = re.escape(f"<!-- {name} -->")
    pattern = re.compile(f"({mark}\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{PAGE} has no mark <!-- {name} --> with an end")
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def fill(folder: Path) -> None:
    """Write tables and figures; says so."""
    names = [name for name in CLAIMS if name != NIGHT or (folder / name).exists()]
    if NIGHT not in names:
        print(f"no {folder / NIGHT}: its claims are not on the page; --overnight trains it")
    benches = {name: load_bench(folder / name) for name in names}
    rows = tables.weighed(benches)
    text = PAGE.read_text("utf-8")
    for name in benches:
        text = filled(text, name, tables.claims_table([row for row in rows if row.setup == name]))
    text = filled(text, "family", tables.family_table(rows))
    measured = load_bench(folder / MEASURED)
    text = filled(text, "runs", tables.runs_table({**benches, MEASURED: measured}, folder))
    text = filled(text, "variance", tables.variance_table(folder / MEASURED, measured))
    variances(measured, "digits", IMAGES)
    for name in DRAWN:
        text = filled(text, f"{name} methods", tables.methods_table(benches[name]))
        pictures(benches[name], name, IMAGES)
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE} and {IMAGES}/papers-*.svg")


def main() -> None:
    """Run, if asked to, and fill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/papers"))
    parser.add_argument("--run", action="store_true", help="run the commands of the page first")
    parser.add_argument("--overnight", action="store_true", help="and those that take a night")
    asked = parser.parse_args()
    marks = ("commands", "overnight") if asked.overnight else ("commands",) if asked.run else ()
    for mark in marks:
        for training in trainings(PAGE.read_text("utf-8"), mark):
            run(training, asked.folder)
    fill(asked.folder)


if __name__ == "__main__":
    main()
