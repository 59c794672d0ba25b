"""``roundlot graph``: text and JSON agree, files are written, bad input names the remedy."""

import json
from pathlib import Path

import pytest

from roundlot.fleet.links import read_arcs
from roundlot.theory import InvalidProblemError


def test_text_and_json_agree(call, tmp_path: Path) -> None:
    code, text, error = call("graph", "paper8", "--budget", 0.5, "--sweep", "--out", tmp_path / "g")
    assert code == 0, error
    assert "0.56120  0.39643" in text
    assert "0.63291" in text
    record = json.loads(call("graph", "paper8", "--json")[1])
    assert record["design"]["rho"] == pytest.approx(0.64398, abs=1e-5)
    assert record["design"]["certificate"]["verified"]
    for name in ("links.svg", "links.pdf", "sweep.svg", "sweep.pdf", "graph.json"):
        assert (tmp_path / "g" / name).stat().st_size > 1000
    lines = (tmp_path / "g" / "p.csv").read_text("utf-8").splitlines()
    assert lines[0] == "from,to,matching,probability"
    assert len(lines) == 13
    code, _, error = call("graph", "paper8", "--out", tmp_path / "g")
    assert code == 2
    assert "holds an earlier result" in error


def test_tables_and_setups(call, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("from,to\nann,bob\nbob,cy\ncy,ann\n", "utf-8")
    (tmp_path / "mine.csv").write_text("from,to,matching\n1,2,x\n3,4,x\n2,3,y\n4,1,y\n", "utf-8")
    (tmp_path / "table.csv").write_text(",a,b,c\na,0,1,1\nb,1,0,1\nc,1,1,0\n", "utf-8")
    (tmp_path / "fleet.toml").write_text(
        '[graph]\nshape = "ring"\nfleet = "default"\nnodes = 5\n[links]\nbudget = 0.4\n', "utf-8"
    )
    for name, nodes, matchings in (
        ("links.csv", 3, 3),
        ("mine.csv", 4, 2),
        ("table.csv", 3, 3),
        ("fleet.toml", 5, 3),
    ):
        code, out, error = call("graph", tmp_path / name, "--json")
        assert code == 0, error
        record = json.loads(out)
        assert (record["nodes"], len(record["matchings"])) == (nodes, matchings)


def test_the_rate_and_its_range(call) -> None:
    code, text, _ = call("graph", "paper8", "--step", 0.05, "--variance", 0.1)
    assert code == 0
    assert "proved, decentralised" in text
    code, _, error = call("graph", "paper8", "--step", 0.5)
    assert code == 2
    assert "at most 0.0615" in error


def test_bad_input_is_one_line(call, tmp_path: Path) -> None:
    bad = {
        "pieces.csv": ("from,to\na,b\nc,d\n", "not connected"),
        "loop.csv": ("from,to\na,b\nb,b\n", "linked to itself"),
        "twice.csv": ("from,to\na,b\nb,a\n", "twice"),
        "cells.csv": ("from,to\na,b\nb\n", "row 2 has 1 cell, 2 expected"),
        "one-way.csv": (",a,b,c\na,0,1,0\nb,0,0,1\nc,1,0,0\n", "not symmetric"),
        "key.toml": ('[graph]\nshap = "ring"\n', "no key 'shap'"),
        "none.toml": ("[links]\nbudget = 0.5\n", "one of the keys"),
        "high.toml": ('[graph]\nshape = "ring"\n[links]\nbudget = 1.5\n', "budget"),
    }
    for name, (text, words) in bad.items():
        (tmp_path / name).write_text(text, "utf-8")
        code, _, error = call("graph", tmp_path / name)
        assert code == 2, name
        assert words in error, (name, error)
        assert error.count("\n") == 1
    for arguments in (("--budget", 0), ("--budget", 2), ("--method", "guess"), ("--nodes", 1)):
        assert call("graph", "ring", *arguments)[0] == 2
    assert "paper8" in call("graph", "paper9")[2]


def test_a_first_line_that_is_a_link_is_not_lost(call, tmp_path: Path) -> None:
    for name, text in (
        ("names.csv", "a,b\nb,c\nc,d\n"),
        ("numbers.csv", "0,1\n1,2\n2,0\n2,3\n"),
        ("groups.csv", "a,b,1\nc,d,1\nb,c,2\n"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        code, out, error = call("graph", tmp_path / name)
        assert (code, out) == (2, "")
        assert "first line" in error
        assert "from,to" in error
        assert error.count("\n") == 1


def test_sizes_that_a_graph_does_not_take_are_refused(call, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("from,to\na,b\nb,c\n", "utf-8")
    for source, option in (
        ("paper8", "--nodes"),
        (tmp_path / "links.csv", "--nodes"),
        ("ring", "--degree"),
        (tmp_path / "links.csv", "--degree"),
    ):
        code, out, error = call("graph", source, option, 20)
        assert (code, out) == (2, "")
        assert option.strip("-") + " is 20" in error
        assert "leave it out" in error
    assert call("graph", "paper8", "--nodes", 8)[0] == 0


def test_a_weight_of_zero_is_not_called_negative(call, tmp_path: Path) -> None:
    path = tmp_path / "path.csv"
    path.write_text("from,to\na,b\nb,c\nd,c\n", "utf-8")  # both links of b: 1 - 2/2 of its own
    code, text, error = call("graph", path, "--budget", 1)
    assert code == 0, error
    assert "on its own model" not in text
    assert "weight -0.333 on its own model" in call("graph", path)[1]


def test_exact_rounds_are_a_schedule_of_a_complete_graph(call, tmp_path: Path) -> None:
    import numpy as np

    from roundlot.simulate.workers import read_schedule

    place = tmp_path / "exact.json"
    asked = ("--gossip", "exact-rounds", "--schedule", place)
    code, _, error = call("graph", "complete", "--nodes", 6, *asked)
    assert code == 0, error
    schedule = read_schedule(place)
    product = np.eye(6)
    for matrix in schedule.matrices(len(schedule.graphs)):
        product = matrix @ product
    assert product == pytest.approx(np.full((6, 6), 1 / 6), abs=1e-12)
    place.unlink()
    for gossip in ("exact-rounds", "equi-dynamic"):
        code, _, error = call("graph", "ring", "--gossip", gossip, "--schedule", place)
        assert code == 2
        assert f"{gossip} may link any two workers" in error
        assert not place.exists()


def test_random_partners_are_a_schedule_of_a_complete_graph(call, tmp_path: Path) -> None:
    from roundlot.simulate.workers import read_schedule
    from roundlot.solvers.topologies import EquiDynamic

    place = tmp_path / "random.json"
    asked = ("--gossip", "equi-dynamic", "--seed", 3, "--schedule", place)
    code, _, error = call("graph", "complete", "--nodes", 6, *asked)
    assert code == 0, error
    drawn = EquiDynamic(nodes=6).matrices(20, seed=3)
    assert read_schedule(place).matrices(20) == pytest.approx(drawn)


@pytest.mark.parametrize("gossip", ["exact-rounds", "d-psgd", "equi-dynamic"])
@pytest.mark.parametrize(
    "option",
    [("--budget", 0.5), ("--mixing", "nonnegative"), ("--method", "direct"), ("--tries", 2)],
)
def test_settings_that_a_schedule_ignores_are_refused(call, tmp_path: Path, gossip, option) -> None:
    place = tmp_path / "ignored.json"
    code, out, error = call(
        "graph", "complete", "--nodes", 4, *option, "--gossip", gossip, "--schedule", place
    )
    assert (code, out) == (2, "")
    assert f"{gossip} " in error
    assert f"leave {option[0]} out" in error
    assert not place.exists()


def test_the_file_names_rho_as_theorems_do(call) -> None:
    """Theorems call the root of ρ contraction: a key of that name would be taken for it."""
    record = json.loads(call("graph", "paper8", "--json")[1])
    assert "contraction" not in json.dumps(record)
    rho = record["design"]["rho"]  # of a squared norm of 1 so much is left
    code, out, error = call(
        "bound", "mixing", f"--with=rho={rho!r}", "--with=squared_norm=1", "--json"
    )
    assert code == 0, error
    (told,) = json.loads(out)["methods"]
    assert told["bound"] == pytest.approx(0.64398, abs=1e-5)


def test_decompositions_are_tried(call, tmp_path: Path) -> None:
    code, text, error = call("graph", "erdos-renyi", "--nodes", 10, "--degree", 5, "--tries", 4)
    assert code == 0, error
    assert "best of 4 decompositions" in text
    (tmp_path / "mine.csv").write_text("from,to,matching\n1,2,x\n3,4,x\n2,3,y\n4,1,y\n", "utf-8")
    code, _, error = call("graph", tmp_path / "mine.csv", "--tries", 4)
    assert code == 2
    assert "the matchings are given" in error


COSTED = "to,from,cost,seconds\nb,a,3,2\nd,c,1,8\nc,b,0.5,1\nd,a,0.5,1\n"  # rows not in order


def test_costs_seconds_caps_and_traffic(call, tmp_path: Path) -> None:
    # Two matchings of a ring of four: λ₂ = 2 min(p, q); costs 4 p + q, seconds 8 p + q.
    (tmp_path / "links.csv").write_text(COSTED, "utf-8")
    (tmp_path / "nodes.csv").write_text("node,traffic\na,0.6\nc,5\n", "utf-8")
    setup = tmp_path / "all.toml"
    head = '[graph]\nedges = "links.csv"\n[links]\n'
    for own, options, second in (
        ("", ("--cost-budget", 2.5), 1.0),
        ("", ("--seconds", 2.25), 0.5),
        ("", ("--cap", 0.3), 0.6),
        ("", ("--traffic", 0.5), 0.5),
        ("", ("--traffic", tmp_path / "nodes.csv"), 0.6),
        ("", ("--budget", 0.4, "--cost-budget", 2.5), 0.8),
        ('traffic = "nodes.csv"\n', (), 0.6),
        ("cost_budget = 1.5\nseconds = 100\n", (), 0.6),
    ):
        setup.write_text(head + own, "utf-8")
        code, out, error = call("graph", setup, *options, "--json")
        assert code == 0, error
        found = json.loads(out)["design"]
        assert found["certificate"]["lower"] == pytest.approx(second, rel=1e-6), (own, options)
        assert found["certificate"]["verified"]
        p, q = sorted(found["probabilities"])
        assert p == pytest.approx(q, abs=1e-6)
        assert found["cost_per_round"] == pytest.approx(5 * p, rel=1e-5)
        assert found["seconds_per_round"] == pytest.approx(9 * p, rel=1e-5)
    text = call("graph", tmp_path / "links.csv", "--cost-budget", 2.5, "--seconds", 9)[1]
    assert "costs 2.5 (at most 2.5); takes 4.5 s (at most 9), matchings one after" in text


def test_limits_without_their_numbers_are_one_line(call, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("from,to,cap\na,b,0.5\nb,c,1\n", "utf-8")
    (tmp_path / "zero.csv").write_text("from,to,cap\na,b,0\nb,c,1\n", "utf-8")
    (tmp_path / "word.csv").write_text("from,to,cost\na,b,dear\nb,c,1\n", "utf-8")
    (tmp_path / "two.csv").write_text("from,to,time,seconds\na,b,1,1\n", "utf-8")
    (tmp_path / "weight.csv").write_text("from,to,weight\na,b,1\n", "utf-8")
    for arguments, words in (
        (("ring", "--cost-budget", 2), "give a table of links with a column cost"),
        (("ring", "--seconds", 2), "column time"),
        (("links.csv", "--cap", 0.5), "has a column cap; leave one out"),
        (("zero.csv",), "leave a link that is never used out of the graph"),
        (("word.csv",), "dear"),
        (("two.csv",), "two columns for the time of a link"),
        (("weight.csv",), "cost, time or cap"),
        (("ring", "--traffic", 0), "traffic"),
        (("ring", "--traffic", "none.csv"), "the table of traffic"),
        (("links.csv", "--gossip", "d-psgd", "--schedule", tmp_path / "s.json"), "leave limits"),
        (
            ("ring", "--cap", 0.5, "--gossip", "d-psgd", "--schedule", tmp_path / "s.json"),
            "leave --cap out",
        ),
    ):
        name = arguments[0]
        place = tmp_path / name if name.endswith("csv") else name
        code, _, error = call("graph", place, *arguments[1:])
        assert code == 2, arguments
        assert words in error, (arguments, error)
        assert error.count("\n") == 1
    assert not (tmp_path / "s.json").exists()


def test_a_node_with_a_name_of_thousands_of_digits_is_text(call, tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(f"from,to\n{'1' * 5000},2\n2,3\n", "utf-8")
    code, _, error = call("graph", tmp_path / "long.csv")
    assert (code, error) == (0, "")


def test_of_workers_too(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(f"from,to\n{'1' * 5000},2\n", "utf-8")
    with pytest.raises(InvalidProblemError, match="workers are 0 to 2"):
        read_arcs(tmp_path / "long.csv", 3)
