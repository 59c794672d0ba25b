"""Constants of a path on functions whose constants are known by hand."""

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError
from roundlot.theory.estimates import ConfidenceInterval, Constants, PathRecord, path_constants
from roundlot.theory.estimates.path import segment_smoothness
from roundlot.theory.theorems import named

H = np.array([[1.0, 4.0], [3.0, 2.0]])  # diagonal Hessians of two clients
C = np.array([[1.0, 0.0], [-1.0, 2.0]])  # their centres
D = np.array([0.25, 0.75])
MEAN = D @ H  # 2.5, 2.5
BEST = D @ (H * C) / MEAN
LEAST = float(D @ np.sum(H * (BEST - C) ** 2, axis=1)) / 2


def quadratic(points: list[list[float]], **more) -> PathRecord:
    x = np.array(points)
    gradients = H * (x[:, None] - C)
    values = np.sum(H * (x[:, None] - C) ** 2, axis=2) @ D / 2
    exact = (ConfidenceInterval.exact(2.5), ConfidenceInterval.exact(2.5))
    clients = (
        (ConfidenceInterval.exact(1.0), ConfidenceInterval.exact(4.0)),
        (ConfidenceInterval.exact(2.0), ConfidenceInterval.exact(3.0)),
    )
    return PathRecord(
        **{
            "weights": D,
            "points": x,
            "values": values,
            "gradients": gradients,
            "noise": np.full((len(x), 2), 0.5),
            "curvature": (exact,) * len(x),
            "client_curvature": (clients,) * len(x),
            "floor": 0.0,
            **more,
        }
    )


PATH = [[3.0, 3.0], [1.0, 2.0], [0.0, 1.6], [BEST[0] + 0.01, BEST[1]]]


def test_every_constant_of_two_quadratics_is_that_by_hand() -> None:
    record = quadratic(PATH)
    found = path_constants(record, participation=0.5)
    x0 = np.array(PATH[0])
    for name, value in {
        "smoothness": 2.5,
        "strong_convexity": 2.5,
        "client_smoothness": 4.0,
        "client_strong_convexity": 1.0,
        "step_smoothness": 2.5,
        "client_noise": 0.5,
        "local_noise": 0.5,
        "batch_noise": 0.5 * (0.25**2 + 0.75**2),
        "squared_gradient": float(np.sum((MEAN * (x0 - BEST)) ** 2)),
        "second_moment": float(np.sum((H * (x0 - C)) ** 2, axis=1).max()) + 0.5,
    }.items():
        assert found[name].low - 1e-9 <= value <= found[name].high + 1e-9, name
        assert found[name].estimate == pytest.approx(value, rel=1e-9), name
    distance = float(np.sum((x0 - BEST) ** 2))
    assert found["initial"].low <= distance <= found["initial"].high
    assert found["initial"].high - found["initial"].low < 0.2
    above = float(record.values[0]) - LEAST
    assert found["value"].low <= above <= found["value"].high
    assert found["dominance"].low <= 2.5 <= found["dominance"].high
    # Horvitz-Thompson with probability 1/2, one batch: by its definition, over both coins
    start = H * (x0 - C)
    full, outcomes = D @ start, []
    for coins in ((a, b) for a in (0, 1) for b in (0, 1)):
        step = (np.array(coins) / 0.5 * D) @ start
        outcomes.append(np.sum((step - full) ** 2) + np.sum((np.array(coins) / 0.5 * D) ** 2) * 0.5)
    assert record.variances(0.5)[0] == pytest.approx(np.mean(outcomes))
    assert not found.warnings


def test_what_points_prove_says_beyond_which_points_it_does_not() -> None:
    found = path_constants(quadratic(PATH))
    assert "points alone prove L at least" in found["smoothness"].condition
    assert "points alone prove μ at most" in found["strong_convexity"].condition
    assert "visited points" in found["variance"].condition
    assert "every client is drawn and sends one" in found["variance"].condition
    half = path_constants(quadratic(PATH), participation=0.5)
    assert "each client is drawn by itself with probability 0.5" in half["noise"].condition
    assert not found["squared_gradient"].condition  # of the start alone
    bound = named("constant_step").bound(found, step=0.1, round=20)
    assert "nowhere larger" in bound.condition
    assert "less convex" in bound.condition


def test_secants_alone_are_a_lower_bound_of_smoothness() -> None:
    record = quadratic(PATH, curvature=(), client_curvature=())
    found = path_constants(record)
    assert "smoothness" not in found.values
    assert found["step_smoothness"].estimate == pytest.approx(2.5)
    assert all(one.low <= 2.5 <= one.high for one in segment_smoothness(record))


def test_segments_that_are_too_short_for_floats_widen_their_interval() -> None:
    near = quadratic([[1.0, 1.0], [1.0, 1.0 + 1e-9], [1.0, 1.0 + 1e-9]])
    (only,) = segment_smoothness(near)
    assert only.low <= 2.5 <= only.high
    assert only.high - only.low > 1.0


def test_a_path_whose_smoothness_grows_is_warned_of_with_an_error_rate() -> None:
    steeper = tuple(
        (
            ConfidenceInterval.exact(2.5),
            ConfidenceInterval(low=L - 0.1, estimate=L, high=L, confidence=0.99),
        )
        for L in (2.5, 2.6, 4.0, 5.0)
    )
    (line,) = path_constants(quadratic(PATH, curvature=steeper)).warnings
    assert line.startswith("refuted: the smoothness of the first half")
    assert "error rate 0.04" in line
    assert "smaller steps" in line
    assert "\n" not in line


def test_curvature_below_zero_refutes_convexity() -> None:
    bent = (
        (
            ConfidenceInterval(low=-2, estimate=-1, high=-0.9, confidence=0.95),
            ConfidenceInterval.exact(2.5),
        ),
    ) * 4
    lines = path_constants(quadratic(PATH, curvature=bent)).warnings
    assert any(line.startswith("refuted: F is convex") for line in lines)
    with pytest.raises(ValueError, match="strong convexity μ must be"):
        named("one_step").bound(
            path_constants(quadratic(PATH, curvature=bent)), squared_distance=1.0, step=0.1
        )


def test_a_variance_that_grows_as_the_value_falls_is_warned_of() -> None:
    growing = np.array([[0.1], [0.1], [0.1], [9.0]]) * np.ones(2)
    (line,) = path_constants(quadratic(PATH, noise=growing)).warnings
    assert "the variance stays below" in line
    assert "point 3" in line


def test_a_gradient_that_vanishes_above_the_least_value_refutes_dominance() -> None:
    record = quadratic(PATH)
    flat = record.gradients.copy()
    flat[2] = 0.0
    found = path_constants(quadratic(PATH, gradients=flat, curvature=(), client_curvature=()))
    assert found["dominance"].high == 0.0
    assert any("gradient dominance" in line for line in found.warnings)


def test_a_record_comes_back_from_its_file_with_infinite_ends(tmp_path) -> None:
    found = path_constants(quadratic(PATH, floor=None, curvature=(), client_curvature=()))
    assert found["value"].high == np.inf
    found.save(tmp_path / "constants.json")
    again = Constants.load(tmp_path / "constants.json")
    assert again.values == found.values
    assert (again.clients, again.how) == (found.clients, found.how)
    assert (again.notes, again.warnings) == (found.notes, found.warnings)
    assert again.with_values(smoothness=7).values["smoothness"] == ConfidenceInterval.exact(7)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"version": 1', '"version": 2', "version 2"),
        ('"low": 2.5', '"low": 9.5', "smoothness goes from 9.5"),
        ('"low": 2.5', '"low": "2.5"', "smoothness.low is '2.5'"),
        ('"low": 2.5', '"low": true', "smoothness.low is True"),
        ('"low": 2.5', '"low": {"number": "NaN"}', "smoothness goes from nan"),
        ('"confidence": 1.0', '"confidence": 1.5', "confidence of smoothness is 1.5"),
        ('"smoothness"', '"smothness"', "no constant is called 'smothness'"),
        ('"clients": {', '"clients": [', "JSON"),
        ('"warnings": []', '"warnings": 3', "warnings is 3"),
    ],
)
def test_a_file_that_was_changed_by_hand_is_refused_by_value(tmp_path, old, new, match) -> None:
    text = path_constants(quadratic(PATH)).to_json()
    assert old in text
    place = tmp_path / "c.json"
    place.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidProblemError, match=match) as caught:
        Constants.load(place)
    assert "c.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"values": np.zeros(3)}, "values has shape"),
        ({"noise": np.full((4, 2), -1.0)}, "at least 0"),
        ({"noise": np.full((4, 2), np.inf)}, "not finite"),
        ({"weights": np.array([1.0, 1.0])}, "sum to 2"),
        ({"floor": 100.0}, "floor is 100"),
        ({"rounds": (1,)}, "rounds has 1"),
    ],
)
def test_bad_records_are_named(change, match) -> None:
    with pytest.raises(InvalidProblemError, match=match):
        quadratic(PATH, **change)
    with pytest.raises(InvalidProblemError, match="participation is 0"):
        path_constants(quadratic(PATH), participation=0.0)


def test_dissimilarity_of_large_and_alike_gradients_is_no_rounding() -> None:
    gradients = np.array([[[2.0**30], [2.0**30 + 2.0**-10]]])
    record = PathRecord(
        weights=np.array([0.5, 0.5]),
        points=np.zeros((1, 1)),
        values=np.zeros(1),
        gradients=gradients,
        noise=np.zeros((1, 2)),
    )
    found = path_constants(record)
    assert found["dissimilarity"].estimate == 2.0**-22  # half of the gap, squared
    assert all("visited points" in one.condition for one in found.clients["client_noise"])


def test_a_client_that_is_not_convex_refutes_theorems_of_convex_clients() -> None:
    def both(least: float, greatest: float) -> tuple[ConfidenceInterval, ConfidenceInterval]:
        return ConfidenceInterval.exact(least), ConfidenceInterval.exact(greatest)

    record = PathRecord(
        weights=np.array([0.5, 0.5]),
        points=np.array([[0.0], [1.0]]),
        values=np.array([1.0, 0.5]),
        gradients=np.ones((2, 2, 1)),
        noise=np.zeros((2, 2)),
        curvature=(both(1.0, 1.0), both(1.0, 1.0)),
        client_curvature=((both(3.0, 3.0), both(-1.0, -1.0)),) * 2,
    )
    (said,) = (text for text in path_constants(record).warnings if "convex" in text)
    assert "every client's f_i is convex (curvature -1 of client 1 at point 0" in said
