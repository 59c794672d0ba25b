"""The tables behind the default fleet, with their sources and licences, and the default setup."""

from importlib.resources import files


def data_bytes(name: str) -> bytes:
    """The content of a shipped file, such as ``"phones.csv"``; see README.md beside it."""
    return files(__name__).joinpath(name).read_bytes()
