"""``roundlot audit module:function`` on a module in the current directory."""

import json
import sys

import pytest

MODULE = """
def right(rng):
    return [i for i in range(4) if rng.random() < 0.5]

def weighted(rng):
    drawn = right(rng)
    return drawn, [0.5 for _ in drawn]

def wrong(rng):
    return [0]

def wild(rng):
    return [9]

def named(rng):
    return {name: 0.5 for name in "abcd" if rng.random() < 0.5}

def vague(rng):
    return "somebody"

def fixed(rng):
    return rng.choice(4, 2, replace=False)

def loud(rng):
    print("I draw")
    return right(rng)

number = 5
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "their_sampler.py").write_text(MODULE, "utf-8")
    (tmp_path / "broken_sampler.py").write_text("import nothing_of_that_name", "utf-8")
    (tmp_path / "exits.py").write_text("import sys; sys.exit(7)", "utf-8")
    (tmp_path / "p.csv").write_text("client,p\na,0.5\nb,0.5\nc,0.5\nd,0.5\n", "utf-8")
    (tmp_path / "w.csv").write_text("w\n0.25\n0.25\n0.25\n0.25\n", "utf-8")
    (tmp_path / "bare.csv").write_text("0.5\n0.5\n0.5\n0.5\n", "utf-8")
    (tmp_path / "text.csv").write_text("p\nmuch\n", "utf-8")
    (tmp_path / "nan.csv").write_text("p\n0.5\nNaN\n", "utf-8")
    yield
    for name in ("their_sampler", "broken_sampler", "exits"):
        sys.modules.pop(name, None)


def test_a_right_sampler(call):
    code, out, _ = call(
        *("audit", "their_sampler:weighted", "--probabilities", "p.csv", "--weights", "w.csv"),
        *("--budget", 2, "--discrepancy", 0.2, "--false-alarm", 1e-4),
    )
    assert code == 0
    assert out.startswith("audit: supported")
    assert str(sys.path[0]) != "p.csv"


def test_a_wrong_sampler_as_json(call):
    code, out, _ = call("audit", "their_sampler:wrong", "--probabilities", "p.csv", "--json")
    assert code == 1
    assert json.loads(out)["outcome"] == "refuted"


def test_a_fault_in_the_first_round_with_a_budget(call):
    code, out, _ = call("audit", "their_sampler:wild", "--clients", 4, "--budget", 2)
    assert code == 1
    assert "round 0 returned index 9, out of range" in out


def test_what_a_sampler_prints_does_not_spoil_the_json(call):
    code, out, err = call("audit", "their_sampler:loud", "--clients", 4, "--rounds", 9, "--json")
    assert code == 0
    assert json.loads(out)["outcome"] == "inconclusive"
    assert err.count("I draw") == 11  # and twice with the same seed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["their_sampler"], "module:function"),
        (["their_sampler:nobody"], "nobody"),
        (["no_such_module:f"], "cannot import"),
        (["broken_sampler:f"], "nothing_of_that_name"),
        (["exits:f"], "cannot import 'exits': SystemExit: 7"),
        (["their_sampler:number"], "sampler is int"),
        (["their_sampler:right", "--clients", "4", "--every-draw"], "--budget"),
        (["their_sampler:right", "--clients", "99999999999999"], "n_clients"),
        (["their_sampler:right"], "how many clients"),
        (["their_sampler:right", "--probabilities", "text.csv"], "give a number"),
        (["their_sampler:right", "--probabilities", "nan.csv"], "row 2 is nan, not a number"),
        (["their_sampler:right", "--probabilities", "bare.csv"], "put names of columns there"),
        (["their_sampler:right", "--probabilities", "none.csv"], "none.csv"),
        (["their_sampler:right", "--clients", "4", "--form", "dice"], "form"),
    ],
)
def test_bad_input_is_one_line(call, arguments, words):
    code, out, err = call("audit", *arguments)
    assert code == 2
    assert not out
    assert len(err.splitlines()) == 1
    assert words in err


def test_names_of_the_table_may_be_returned(call):
    code, out, _ = call(
        *("audit", "their_sampler:named", "--probabilities", "p.csv", "--weights", "w.csv"),
        *("--discrepancy", 0.2, "--false-alarm", 1e-4),
    )
    assert code == 0
    assert out.startswith("audit: supported")


def test_what_cannot_be_read_ends_with_2(call):
    code, out, error = call("audit", "their_sampler:vague", "--probabilities", "p.csv")
    assert code == 2
    assert "round 0 returned 'somebody'" in out + error
    assert "refuted" not in out + error


def test_independence_is_claimed_by_name_only(call):
    honest = ("audit", "their_sampler:fixed", "--probabilities", "p.csv", "--rounds", 3000)
    assert call(*honest)[0] == 0
    code, out, _ = call(*honest, "--design", "independent")
    assert code == 1
    assert "refuted: clients are drawn independently" in out
    assert call(*honest, "--design", "lucky")[0] == 2
