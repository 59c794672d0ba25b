"""Nobody gets the shipped fleet's answer unawares: it is named first, or a fleet is asked for."""

import json
from pathlib import Path

import pytest

from roundlot.fleet import SHIPPED, check, read_setup
from roundlot.theory import InvalidProblemError

FIRST = "shipped fleet speech-commands: none was given; for your own give "


@pytest.mark.parametrize("command", [("solve",), ("fleet", "show"), ("fleet", "check")])
def test_the_first_line_names_the_shipped_fleet(call, command: tuple[str, ...]) -> None:
    code, out, err = call(*command)
    assert code == 0
    assert out.splitlines()[0].startswith(FIRST)
    assert not err


def test_json_stays_json(call) -> None:
    code, out, err = call("fleet", "check", "--json")
    assert code == 0
    assert json.loads(out)["valid"] is True
    assert err.startswith(FIRST)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "shipped"),
    [(("graph",), "graph paper8"), (("partition", "--workers", 2), "points digits")],
)
def test_other_examples_are_named_as_well(call, command, shipped: str) -> None:
    if command[0] == "partition":
        command = (*command, "--method", "round-robin", "--neighbours", 2)
    code, out, _ = call(*command)
    assert code == 0
    assert out.startswith(f"shipped {shipped}: none was given")


def test_a_name_is_no_surprise(call, scores: Path) -> None:
    for source in (SHIPPED, scores):
        code, out, err = call("solve", source, "--budget", 2)
        assert (code, err) == (0, "")
        assert "none was given" not in out


@pytest.mark.parametrize("command", ["decide", "bound", "explore"])
@pytest.mark.parametrize("beside", [(), ("--budget", 2), ("--json",)])
def test_advice_is_for_a_fleet_that_is_given(
    call, command: str, beside: tuple[object, ...], tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = call(command, *beside)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    for word in (f"{command} needs a fleet", ".toml", "table of scores", SHIPPED):
        assert word in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("read", [read_setup, check])
def test_functions_ask_as_well(read) -> None:
    with pytest.raises(InvalidProblemError, match=r"give a setup .*'speech-commands'"):
        read(None)
    assert read(SHIPPED) is not None
