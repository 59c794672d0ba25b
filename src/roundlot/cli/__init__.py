"""The command line: one file a command, errors in one line, exit code 2 for bad input."""

from roundlot.cli.app import app, main

__all__ = ["app", "main"]
