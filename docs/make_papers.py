"""Fills the tables and draws the figures of docs/papers.md from trainings kept in a folder.

`python docs/make_papers.py --run build/papers` first runs the commands that the page names, and
goes on where an earlier call was interrupted; `--overnight` adds those that take a night. Without
`--run`, what is in the folder is taken as it is. A page is filled from whole trainings alone: one
of the commands that is not, or was trained by another code than today's, is refused; one of the
night that is not is said on the page not to have been run.

`--rounds 2 --seeds 2 --page tried/papers.md` tries all that on a copy of the page.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from _papers import tables
from _papers.commands import Training, run, shrunk, trainings
from _papers.kept import kept, whole_bench
from _papers.pictures import pictures, variances

from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.simulate.training import Bench

PAGE = Path(__file__).parent / "papers.md"
DRAWN = ("digits", "mnist-perceptron")  # with curves, and with all methods in order
MEASURED = "digits-variance"
NOT_RUN = "*Not run.*"


def filled(text: str, name: str, table: str) -> str:
    """The page with a table between its marks."""
    mark = re.escape(f"<!-- {name} -->")
    pattern = re.compile(f"({mark}\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{PAGE} has no mark <!-- {name} --> with an end")
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def loaded(day: list[Training], night: list[Training], folder: Path) -> dict[str, Bench]:
    """Whole trainings by name; those of a night are left out that are not whole.

    Raises:
        ValueError: another is not whole.
        InvalidProblemError: runs of another code.
    """
    states = {training: kept(training, folder) for training in (*day, *night)}
    lacking = [str(state) for training, state in states.items() if not state.whole]
    if any(not states[training].whole for training in day):
        raise ValueError(f"{'; '.join(lacking)}: --run {folder} trains what is missing")
    for line in lacking:
        print(f"{line}: the page says that it was not run; --overnight trains what is missing")
    return {one.name: whole_bench(one, folder) for one, state in states.items() if state.whole}


def fill(page: Path, day: list[Training], night: list[Training], folder: Path) -> None:
    """Write tables and figures, all or none of them; says so.

    Raises:
        ValueError, InvalidProblemError: as `loaded`.
    """
    benches = loaded(day, night, folder)
    rows = tables.weighed({name: one for name, one in benches.items() if name != MEASURED})
    text = page.read_text("utf-8")
    for one in (*day, *night):
        own = [row for row in rows if row.setup == one.name]
        if one.name != MEASURED:
            text = filled(text, one.name, tables.claims_table(own) if own else NOT_RUN)
    text = filled(text, "family", tables.family_table(rows))
    text = filled(text, "runs", tables.runs_table(benches, folder))
    text = filled(text, "variance", tables.variance_table(folder / MEASURED, benches[MEASURED]))
    for name in DRAWN:
        text = filled(text, f"{name} methods", tables.methods_table(benches[name]))
    images = page.parent / "images"
    variances(benches[MEASURED], "digits", images)
    for name in DRAWN:
        pictures(benches[name], name, images)
    page.write_text(text, "utf-8")
    print(f"{page} and {images}/papers-*.svg")


def main() -> None:
    """Run, if asked to, and fill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/papers"))
    parser.add_argument("--run", action="store_true", help="run the commands of the page first")
    parser.add_argument("--overnight", action="store_true", help="and those that take a night")
    parser.add_argument("--rounds", type=int, help="other than the page's; needs --page")
    parser.add_argument("--seeds", type=int, help="other than the page's; needs --page")
    parser.add_argument("--page", type=Path, default=PAGE, help="where a copy of it is written")
    asked = parser.parse_args()
    if asked.page == PAGE and (asked.rounds or asked.seeds):
        parser.error("--rounds and --seeds are not those that the page speaks of; give --page")
    original = PAGE.read_text("utf-8")
    if asked.page != PAGE:
        (asked.page.parent / "images").mkdir(parents=True, exist_ok=True)
        asked.page.write_text(original, "utf-8")
    day, night = (
        [shrunk(one, asked.rounds, asked.seeds) for one in trainings(original, mark)]
        for mark in ("commands", "overnight")
    )
    try:
        for training in [*(day if asked.run or asked.overnight else []), *night * asked.overnight]:
            run(training, asked.folder)
        fill(asked.page, day, night, asked.folder)
    except subprocess.CalledProcessError as error:  # it has said why
        sys.exit(error.returncode)
    except (ValueError, InvalidProblemError) as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
