"""Constants of a training: measured, written, read again and carried into bounds and decisions."""

import json
import re

import numpy as np
import pytest

from roundlot.simulate import tasks
from roundlot.theory.estimates import ConfidenceInterval, Constants
from roundlot.theory.rates.rounds import rounds_to_target

SETUP = """
name = "lines"
seed = 0
[tasks]
kind = "quadratics"
clients = 4
dimension = 3
[federation]
devices = "none"
[local]
epochs = 1
batch_size = 4
learning_rate = 0.05
[run]
rounds = 6
budget = 2
methods = ["random"]
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "lines.toml").write_text(
        SETUP.replace('methods = ["random"]', "") + '[[methods]]\nmethod = "random"\n'
    )
    return tmp_path


def interval(low: float, high: float, condition: str = "") -> ConfidenceInterval:
    return ConfidenceInterval(
        low=low, estimate=(low + high) / 2, high=high, confidence=0.99, condition=condition
    )


@pytest.fixture
def measured(tmp_path):
    found = Constants(
        values={
            "smoothness": interval(3.0, 4.0, "F is nowhere less smooth"),
            "strong_convexity": interval(0.4, 0.5),
            "initial": interval(9.0, 10.0),
            "variance": interval(0.1, 0.2),
            "client_noise": interval(0.01, 0.02),
        },
        warnings=("refuted: the noise is independent; draw every batch afresh",),
    )
    found.save(tmp_path / "c.json")
    return tmp_path / "c.json"


def test_a_training_gives_the_constants_of_its_quadratics(call, place) -> None:
    out = place / "c.json"
    code, text, error = call("constants", place / "lines.toml", "--out", out, "--points", 3)
    assert (code, error) == (0, "")
    assert "method random, seed 0; after rounds 0, 3, 6" in text
    known = tasks.quadratics(n_clients=4, dimension=3, seed=0).constants[0]
    mean = np.linalg.eigvalsh(np.einsum("n,nij->ij", known.data_weights, known.hessians))
    found = Constants.load(out)
    assert found["smoothness"].estimate == pytest.approx(mean[-1], rel=1e-6)
    assert found["strong_convexity"].estimate == pytest.approx(mean[0], rel=1e-6)
    code, _, error = call("constants", place / "lines.toml", "--out", out)
    assert code == 2
    assert "--overwrite" in error


def test_a_bound_is_an_interval_with_its_condition_and_warnings(call, measured) -> None:
    args = ("bound", "one_step", "--constants", measured, "--with", "step=0.1")
    code, text, _ = call(*args, "--with", "squared_distance=2")
    assert code == 0
    assert "only if F is nowhere less smooth" in text
    assert "without it nothing is promised" in text
    assert "refuted: the noise is independent" in text
    record = json.loads(call(*args, "--with", "squared_distance=2", "--json")[1])
    # (1 − γμ)² a + γ²σ², γ = 0.1: by hand, at the ends of μ and σ²
    assert record["low"] == pytest.approx(0.95**2 * 2 + 0.001)
    assert record["high"] == pytest.approx(0.96**2 * 2 + 0.002)
    assert record["confidence"] == pytest.approx(0.97)
    assert record["unconditional"] is False


def test_rounds_to_a_target_are_an_interval(call, measured) -> None:
    args = ("bound", "constant_step", "--constants", measured, "--target", "0.5", "--json")
    record = json.loads(call(*args, "--with", "step=0.1")[1])
    assert record["quantity"] == "rounds"
    assert 0 < record["low"] <= record["estimate"] <= record["high"]
    assert json.loads(call(*args)[1])["numbers"]["step"] > 0  # the best one found


def test_decide_is_for_the_hardest_constants_and_says_the_range(call, measured, tmp_path) -> None:
    (tmp_path / "scores.csv").write_text(
        "client,a\n" + "".join(f"c{i},{i + 1}\n" for i in range(6))
    )
    args = ("decide", tmp_path / "scores.csv", "--constants", measured, "--by", "draws")
    code, text, error = call(*args, "--target", "0.5")
    assert code == 0, error
    assert "rounds of the best budget" in text
    assert "only if F is nowhere less smooth" in text
    record = json.loads(call(*args, "--target", "0.5", "--json")[1])
    assert record["rounds"]["high"] == record["best"]["rounds"]
    assert record["rounds"]["confidence"] == pytest.approx(0.96)
    hardest = rounds_to_target(
        smoothness=4.0, strong_convexity=0.4, variance=record["best"]["variance"], initial=10.0,
        target=0.5 * 9.0,
    )  # fmt: skip
    assert hardest.rounds == record["best"]["rounds"]
    assert record["rounds"]["low"] <= record["rounds"]["estimate"] <= record["rounds"]["high"]


def test_a_number_without_an_upper_end_is_shown_and_named(call, measured) -> None:
    endless = ConfidenceInterval(low=1.0, estimate=1.0, high=float("inf"), confidence=1.0)
    Constants.load(measured).with_values(value=endless).save(measured)
    args = ("bound", "nonconvex_rate", "--constants", measured)
    text = call(*args, "--with", "step=0.01", "--with", "rounds=10")[1]
    assert "no upper end" in text
    assert "value: 1 (1 to inf" in text
    code, _, error = call(*args, "--target", "0.5")
    assert code == 2
    assert "value has no upper end" in error


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("constants",), "needs a training"),
        (("constants", "{place}/none.toml"), "none.toml"),
        (("constants", "{place}/lines.toml", "--model", "x"), "model is 'x'"),
        (("constants", "{place}/lines.toml", "--method", "x"), "no method is called 'x'"),
        (("constants", "{place}/lines.toml", "--out", "{place}/c.txt"), ".json"),
        (("constants", "{place}/lines.toml", "--participation", "0"), "participation is 0"),
        (("constants", "workers"), "workers"),
        (("bound", "one_step", "--constants", "{place}/lines.toml"), "no file of constants|JSON"),
        (("bound", "one_step", "--constants", "{place}/none.json"), "none.json"),
        (("bound", "one_step", "--constants", "{measured}"), "needs step"),
        (("bound", "one_step", "--constants", "{measured}", "--fleet", "f.toml"), "one of them"),
        (("bound", "--constants", "{measured}"), "theorem's name"),
        (("bound", "one_step", "--constants", "{measured}", "--with", "step=0.9", "--with",
          "squared_distance=1"), "for a part of the intervals"),
        (("decide", "speech-commands", "--constants", "{measured}"), "leave out --constants"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(call, place, measured, words, match) -> None:
    given = [word.format(place=place, measured=measured) for word in words]
    if given[0] == "constants" and "--out" not in given and len(given) > 1:
        given += ["--out", str(place / "new.json")]
    code, _, error = call(*given)
    assert code == 2
    assert len(error.strip().splitlines()) == 1

    assert re.search(match, error), error
    assert not (place / "new.json").exists()


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"high": 4.0', '"high": 1' + "0" * 400, "smoothness.high is beyond"),
        ('"constants"', '"constant"', "no constants"),
        ("nowhere less", r"\\nrounds: 1", "smoothness.condition is .* one line"),
        ("draw every", r"\\u001b[2J", "warnings is .* one line"),
        ('"confidence": 0.99', '"confidence": 0', "confidence of smoothness is 0"),
        ('"low": 3.0', '"low": NaN', "NaN is not JSON"),
        ('"low": 3.0', '"low": 5.0', "smoothness goes from 5"),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_one_line(call, measured, old, new, match) -> None:
    text = measured.read_text()
    assert old in text
    measured.write_text(text.replace(old, new.replace(r"\\", "\\"), 1))
    code, out, error = call(
        "bound", "one_step", "--constants", measured, "--with", "step=0.1", "--with",
        "squared_distance=2",
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert len(error.strip().splitlines()) == 1
    assert re.search(match, error), error


def test_each_number_says_its_condition_as_the_answer_does(call, measured) -> None:
    args = ("bound", "one_step", "--constants", measured, "--with", "step=0.1", "--json")
    record = json.loads(call(*args, "--with", "squared_distance=2")[1])
    assert record["numbers"]["smoothness"]["condition"] == "F is nowhere less smooth"
    assert record["numbers"]["strong_convexity"]["condition"] == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("smoothness=2", "refuted: smoothness = 2, as given (the measured points have at least 3)"),
        ("strong_convexity=0.6", "refuted: strong_convexity = 0.6, as given"),
        ("smoothness=3.5", ""),
        ("strong_convexity=0.1", ""),
    ],
)
def test_a_number_given_that_the_points_contradict_is_named(call, measured, given, said) -> None:
    args = ("bound", "one_step", "--constants", measured, "--with", "step=0.1", "--with", given)
    code, text, _ = call(*args, "--with", "squared_distance=2")
    assert code == 0
    assert said in text
    assert ("as given" in text) == bool(said)
    record = json.loads(call(*args, "--with", "squared_distance=2", "--json")[1])
    assert any("as given" in line for line in record["warnings"]) == bool(said)
