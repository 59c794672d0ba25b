"""Which folder is which package. What does not depend on the command stands in pyproject.toml.

An editable installation puts one folder on the path, `src`, with links to the other four folders
in it. Type checkers and editors follow a path; they do not run the import hook that setuptools
would install for a package made of several folders.
"""

import sys
from pathlib import Path

from setuptools import setup

FACE = Path("src", "roundlot")
FOLDERS = ("theory", "solvers", "simulate", "verify")


def linked() -> bool:
    """Link the folders into ``src/roundlot``; False where a file system has no links."""
    try:
        for name in FOLDERS:
            link = FACE / name
            if not link.is_dir():
                link.unlink(missing_ok=True)
                link.symlink_to(Path("..", "..", name), target_is_directory=True)
    except OSError:
        return False
    return True


if "editable_wheel" in sys.argv and linked():
    folders = {"": "src"}
else:
    folders = {"roundlot": str(FACE), **{f"roundlot.{name}": name for name in FOLDERS}}
setup(package_dir=folders)
