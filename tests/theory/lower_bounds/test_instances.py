"""Instances, written out as clients and draws and enumerated, meet what their theorems assume.

Every number that a theorem is given is derived here from the clients: smoothness, dissimilarity,
noise, what the draw adds. The value is that of all outcomes with their chances, in fractions.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product

import pytest

from roundlot.theory.lower_bounds import INSTANCES

State = tuple[Fraction, ...]
Outcomes = Callable[[State, int], Iterable[tuple[Fraction, State]]]


def enumerate_rounds(start: State, one_round: Outcomes, rounds: int) -> list[dict[State, Fraction]]:
    """The chances of every state before each round and after the last."""
    laws = [{start: Fraction(1)}]
    for t in range(rounds):
        law: dict[State, Fraction] = {}
        for state, chance in laws[-1].items():
            for odds, after in one_round(state, t):
                if odds:
                    law[after] = law.get(after, Fraction(0)) + chance * odds
        assert sum(law.values()) == 1
        laws.append(law)
    return laws


def mean(law: dict[State, Fraction], value: Callable[[State], Fraction]) -> Fraction:
    return sum((chance * value(state) for state, chance in law.items()), Fraction(0))


SIGNS = (Fraction(-1), Fraction(1))


@pytest.mark.parametrize("step", [Fraction(1, 5), Fraction(3, 8)])
def test_a_quadratic_with_noise(step: Fraction) -> None:
    mu, noise, first, rounds = Fraction(2), Fraction(3, 2), Fraction(5, 3), 4

    def one_round(state: State, t: int) -> list[tuple[Fraction, State]]:
        return [(Fraction(1, 2), (state[0] - step * (mu * state[0] + s * noise),)) for s in SIGNS]

    laws = enumerate_rounds((first,), one_round, rounds)
    shared = {"step": step, "variance": noise**2}
    distance = INSTANCES["constant_step"](
        {**shared, "strong_convexity": mu, "smoothness": mu, "initial": first**2, "round": rounds}
    )
    assert distance.value == mean(laws[-1], lambda x: x[0] ** 2)
    given = {**shared, "smoothness": mu, "value": mu / 2 * first**2, "rounds": Fraction(rounds)}
    gradients = sum(mean(law, lambda x: mu**2 * x[0] ** 2) for law in laws[:-1])
    assert INSTANCES["nonconvex_rate"](given).value == gradients / rounds
    decrease = step * (1 - step * mu / 2)
    whole = decrease * gradients + mean(laws[-1], lambda x: mu / 2 * x[0] ** 2)
    assert INSTANCES["nonconvex_rate_sum"](given).value == whole


def test_steps_that_decrease() -> None:
    mu, noise, first, scale, offset = (
        Fraction(1),
        Fraction(2),
        Fraction(3),
        Fraction(2),
        Fraction(4),
    )

    def one_round(state: State, t: int) -> list[tuple[Fraction, State]]:
        step = scale / (offset + t)
        return [(Fraction(1, 2), (state[0] - step * (mu * state[0] + s * noise),)) for s in SIGNS]

    laws = enumerate_rounds((first,), one_round, 5)
    given = {"strong_convexity": mu, "scale": scale, "offset": offset, "variance": noise**2}
    found = INSTANCES["decreasing_steps"]({**given, "initial": first**2, "round": Fraction(5)})
    assert found.value == mean(laws[-1], lambda x: x[0] ** 2)


@pytest.mark.parametrize(
    ("covariance", "noise"),
    [(Fraction(0), Fraction(1)), (Fraction(7), Fraction(1)), (Fraction(100), Fraction(1, 2))],
)
def test_clients_that_pull_hard(covariance: Fraction, noise: Fraction) -> None:
    """Three clients; ``noise`` is that of one whose weight is 1."""
    L, mu, step, first, z, rounds = (
        Fraction(2),
        Fraction(1),
        Fraction(1, 8),
        Fraction(2),
        Fraction(3),
        3,
    )
    shares = {z: mu / (2 * L), -z: mu / (2 * L), None: 1 - mu / L}

    def value(x: Fraction, y: Fraction) -> Fraction:  # F less the least values, 0
        of_pulling = sum(d * L / 2 * (x - c) ** 2 for c, d in shares.items() if c is not None)
        return of_pulling + mu / 2 * y**2

    heterogeneity = value(Fraction(0), Fraction(0))
    square = noise**2
    own = noise  # of ξ where the client's weight is h: E h²ξ² is N
    given = {
        "client_smoothness": L,
        "strong_convexity": mu,
        "step": step,
        "initial": first**2,
        "heterogeneity": heterogeneity,
        "covariance": covariance,
        "batch_noise": square,
        "round": Fraction(rounds),
    }
    from roundlot.theory.lower_bounds.participation import _Pulled

    extra = _Pulled(n=given, longest=step).spread
    # At |x| = z a client that pulls has the value 2Lz², the others that of y, at most N/(2μ).
    beside = square / (2 * mu)
    squares = mu / (2 * L) * (2 * L * z**2 + beside) ** 2 + (1 - mu / (2 * L)) * beside**2
    more = extra * Fraction(10001, 10000)
    assert extra * (1 + extra) * squares <= covariance**2
    assert (
        not covariance or more > 1 / (step * L) - 1 or more * (1 + more) * squares > covariance**2
    )
    weights = {Fraction(0): extra / (1 + extra), 1 + extra: 1 / (1 + extra)}
    assert sum(h * odds for h, odds in weights.items()) == 1

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        x, y = state
        for (c, d), (h, odds) in product(shares.items(), weights.items()):
            pull = Fraction(0) if c is None else L * (x - c)
            yield d * odds, (x - step * h * pull, y - step * h * mu * y)

    laws = enumerate_rounds((first, Fraction(0)), one_round, rounds)
    for law in laws:
        for x, y in ((x, y) for x, _ in law for y in (Fraction(0), noise / mu)):
            total = [
                (
                    h,
                    h * (Fraction(0) if c is None else L / 2 * (x - c) ** 2) + h * mu / 2 * y**2,
                    d * o,
                )
                for (c, d), (h, o) in product(shares.items(), weights.items())
            ]
            r = sum(o * r for _, r, o in total)
            assert r == value(x, y)  # E R, and the curvature of Fraction is μ in x and in y
            # Var H · Var R, which is not the covariance of both
            assert extra * (sum(o * s**2 for _, s, o in total) - r**2) <= covariance**2
    # The noise is in y alone, so its moments add: E (hξ)² = N.
    beside = Fraction(0)
    for _ in range(rounds):
        kept = sum(odds * (1 - step * h * mu) ** 2 for h, odds in weights.items())
        beside = kept * beside + step**2 * own**2
    found = INSTANCES["participation_floor"](given)
    assert found.value == mean(laws[-1], lambda s: s[0] ** 2) + beside
    assert all(abs(s[0]) <= z for s in laws[-1])


@pytest.mark.parametrize(
    ("share", "chosen"), [(Fraction(1, 3), Fraction(1, 2)), (Fraction(3, 5), Fraction(1, 4))]
)
def test_two_groups_of_which_some_are_chosen(share: Fraction, chosen: Fraction) -> None:
    """Groups at ``z`` and ``z'`` with weights ``share`` and the rest, chosen by ``chosen``."""
    mu, z = Fraction(2), Fraction(3)
    other = -share * z / (1 - share)  # the optimum is at 0
    still = chosen * z + (1 - chosen) * other

    def excess(x: Fraction, of: Fraction) -> Fraction:
        return mu / 2 * (of * (x - z) ** 2 + (1 - of) * (x - other) ** 2)

    heterogeneity = excess(Fraction(0), share)
    given = {
        "strong_convexity": mu,
        "step": Fraction(1, 10),
        "initial": still**2,
        "heterogeneity": heterogeneity,
        "least_skew": excess(still, chosen) / excess(still, share),
        "skew": excess(Fraction(0), chosen) / heterogeneity,
        "round": Fraction(5),
    }
    assert mu * (chosen * (still - z) + (1 - chosen) * (still - other)) == 0
    assert INSTANCES["selection_bias"](given).value == still**2


@pytest.mark.parametrize("curve", ["strong_convexity", "client_smoothness"])
def test_a_pair_with_local_steps(curve: str) -> None:
    given = {
        "client_smoothness": Fraction(2),
        "strong_convexity": Fraction(1),
        "offset": Fraction(9),
        "local_steps": Fraction(2),
        "initial": Fraction(4),
        "batch_noise": Fraction(1, 2),
        "second_moment": Fraction(10**6),
        "participation_variance": Fraction(1, 2),
        "round": Fraction(4),
    }
    c, z, each = given[curve], Fraction(3), Fraction(1)  # noise ±1 of either client: N = 1/4 + 1/4
    given["heterogeneity"] = c / 2 * z**2
    chance = 1 / (1 + 2 * given["participation_variance"])

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        (x,) = state
        for signs in product(SIGNS, repeat=4):
            ends = []
            for client, centre in enumerate((z, -z)):
                w = x
                for k in range(2):
                    step = 2 / (1 * (Fraction(2 * t + k) + 9))
                    w -= step * (c * (w - centre) + each * signs[2 * client + k])
                ends.append(w - x)
            for drawn in product((0, 1), repeat=2):
                odds = Fraction(1, 16)
                for bit in drawn:
                    odds *= chance if bit else 1 - chance
                moved = sum(bit * end / (2 * chance) for bit, end in zip(drawn, ends, strict=True))
                yield odds, (x + moved,)

    laws = enumerate_rounds((Fraction(2),), one_round, 2)
    truth = mean(laws[-1], lambda s: s[0] ** 2)
    found = INSTANCES["local_steps"](given).value
    assert found >= truth
    from roundlot.theory.lower_bounds.local import _Pair

    assert _Pair(n=given, curve=c).distance() == truth
    # With a small G² all is smaller in proportion, and so is the largest second moment.
    small = _Pair(n={**given, "second_moment": Fraction(1, 10)}, curve=c).distance()
    assert 0 < small < truth / 100


@pytest.mark.parametrize("first", [Fraction(0), Fraction(1, 4), Fraction(5)])
def test_errors_that_lead_away(first: Fraction) -> None:
    curve, step, error, rounds = Fraction(2), Fraction(1, 8), Fraction(3, 4), 4
    x, gradients = first, Fraction(0)
    for _ in range(rounds):
        gradients += (curve * x) ** 2
        after = x - step * (curve * x - error)
        decrease = step / 2 * (error**2 - (curve * x) ** 2)
        assert curve / 2 * after**2 <= curve / 2 * x**2 + decrease  # theorem path_step
        x = after
    given = {
        "step_smoothness": curve,
        "step": step,
        "squared_error": error**2,
        "value": curve / 2 * first**2,
        "rounds": Fraction(rounds),
    }
    assert INSTANCES["path_rate"](given).value == gradients / rounds
    whole = step / 2 * gradients + curve / 2 * x**2
    assert INSTANCES["path_rate_sum"](given).value == whole


def test_local_paths() -> None:
    step, count, scale = Fraction(1, 3), 4, Fraction(2)
    gradients = [scale * (count - 1 - k) for k in range(count)]
    given = {
        "step": step,
        "updates": Fraction(count),
        "gradient_squares": sum(g**2 for g in gradients),
    }
    moved = [step * sum(gradients[:k]) for k in range(count)]
    assert INSTANCES["exact_path"](given).value == sum(x**2 for x in moved)
    total = Fraction(0)
    for signs in product(SIGNS, repeat=count):
        noisy = [
            step * sum(g + s for g, s in zip(gradients[:k], signs[:k], strict=True))
            for k in range(count)
        ]
        total += sum(x**2 for x in noisy) / 2**count
    assert INSTANCES["local_path"]({**given, "variance": Fraction(1)}).value == total


LOCAL = {
    "client_smoothness": Fraction(2),
    "local_step": Fraction(1, 12),
    "local_steps": Fraction(2),
    "step": Fraction(1, 4),
    "local_noise": Fraction(1),
    "batch_noise": Fraction(1, 2),
    "rounds": Fraction(2),
}


@pytest.mark.parametrize("load", [Fraction(1, 36), Fraction(1, 9)])
def test_clients_of_opposite_slopes_that_are_drawn(load: Fraction) -> None:
    """Two clients; the noise of a local gradient is ±1, so ``N = 1/4 + 1/4``."""
    L, eta, step, first, slope = (
        Fraction(2),
        Fraction(1, 12),
        Fraction(1, 4),
        Fraction(3),
        Fraction(5),
    )
    chance = 1 / (1 + 2 * load)

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        (x,) = state
        for signs in product(SIGNS, repeat=4):
            means = []
            for client, pull in enumerate((slope, -slope)):
                w, total = x, Fraction(0)
                for k in range(2):
                    g = L * w + pull + signs[2 * client + k]
                    total, w = total + g / 2, w - eta * g
                means.append(total)
            for drawn in product((0, 1), repeat=2):
                odds = Fraction(1, 16)
                for bit in drawn:
                    odds *= chance if bit else 1 - chance
                heard = sum(b * g / (2 * chance) for b, g in zip(drawn, means, strict=True))
                yield odds, (x - step * heard,)

    laws = enumerate_rounds((first,), one_round, 2)
    given = {**LOCAL, "dissimilarity": slope**2, "value": L / 2 * first**2}
    gradients = sum(mean(law, lambda s: L**2 * s[0] ** 2) for law in laws[:-1])
    found = INSTANCES["fedavg_weights"]({**given, "weight_variance": load})
    assert "ζx" in found.by
    assert found.value == gradients / 2
    whole = step / 6 * gradients + mean(laws[-1], lambda s: L / 2 * s[0] ** 2)
    assert INSTANCES["fedavg_weights_sum"]({**given, "weight_variance": load}).value == whole
    # The same two clients, of which either trains the model with the chance 1/(1 + c)/(1 + nR).
    told = {"largest_weight": Fraction(1, 2), "other_models": Fraction(2)}
    idle = Fraction(1, 40)
    told["loss_ratio"] = (1 / chance / (1 + idle) - 1) / 2
    fair = INSTANCES["fair_rounds"]({**given, **told, "idle_odds": idle})
    assert fair.value == gradients / 2


def test_what_the_draw_adds_stays_within_its_bound() -> None:
    from roundlot.theory.lower_bounds.rounds import _variance

    given = {
        **LOCAL,
        "dissimilarity": Fraction(3),
        "value": Fraction(9),
        "variance": Fraction(2),
        "rounds": Fraction(7),
    }
    found = _variance(given)
    each, _ = found.noise
    path = found.drawn()
    for t in range(20):
        square = found.short**2 * (Fraction(4) * path.after(t) + 3) + each
        assert found.load * square <= 2


def test_local_steps_that_do_not_move() -> None:
    L, eta, count, slope = Fraction(2), Fraction(1, 12), 3, Fraction(7)
    given = {
        **LOCAL,
        "local_steps": Fraction(count),
        "variance": Fraction(0),
        "local_noise": Fraction(0),
    }

    def mean_gradient(y: Fraction, curve: Fraction, pull: Fraction) -> Fraction:
        w, total = y, Fraction(0)
        for _ in range(count):
            g = curve * w + pull
            total, w = total + g / count, w - eta * g
        return total

    def step_at(y: Fraction) -> Fraction:
        return (mean_gradient(y, L, slope) + mean_gradient(y, -L / 2, -slope)) / 2

    at_zero, at_one = step_at(Fraction(0)), step_at(Fraction(1))
    still = -at_zero / (at_one - at_zero)  # the step is linear in y
    assert step_at(still) == 0 != still
    gradient = L / 4 * still
    apart = L * still + slope - gradient
    value = L / 8 * still**2
    from roundlot.theory.lower_bounds.rounds import Local

    told = {**given, "dissimilarity": apart**2, "value": value}
    assert Local(n=told, load=Fraction(0)).held() == gradient**2
    assert Local(n={**told, "value": value / 2}, load=Fraction(0)).held() == gradient**2 / 2
    # All of the value is spent there, so the mean gradient is this one.
    _, drifted = Local(n={**told, "rounds": Fraction(9)}, load=Fraction(0)).totals()
    assert drifted.gradients == 9 * gradient**2
    assert drifted.value == value


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_turns(length: int) -> None:
    """One side always in a coordinate, both sides by turns in another; a full round between."""
    L, step, biased, turned, far = (
        Fraction(2),
        Fraction(1, 40),
        Fraction(3),
        Fraction(5),
        Fraction(6),
    )
    half = length // 2

    def window(b: Fraction, v: Fraction, x: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        for k in range(length):
            side = 1 if k < half else -1 if k >= length - half else 0
            b -= step * L * (b - biased / L)
            v -= step * L * (v - side * turned / L)
            x -= step * L * x
        return b, v, x

    at_zero, at_one = (
        window(Fraction(0), Fraction(0), Fraction(0))[1],
        window(Fraction(0), Fraction(1), Fraction(0))[1],
    )
    still = at_zero / (1 - (at_one - at_zero))
    assert window(biased / L, still, Fraction(0)) == (biased / L, still, 0)
    # u_k is the bias of round k where the window begins; half of the clients at either side.
    biases = [
        (biased, turned * (1 if k < half else -1 if k >= length - half else 0))
        for k in range(length)
    ]
    given = {
        "client_smoothness": L,
        "step": step,
        "window": Fraction(length),
        "round_bias": sum((b**2 + v**2 for b, v in biases), Fraction(0)) / length,
        "window_bias": biased**2 + (sum(v for _, v in biases) / length) ** 2,
        "value": L / 2 * ((biased / L) ** 2 + still**2 + far**2),
        "windows": Fraction(3),
    }
    x, gradients = far, Fraction(0)
    for _ in range(3):
        gradients += L**2 * ((biased / L) ** 2 + still**2 + x**2)
        x = window(Fraction(0), Fraction(0), x)[2]
    value = L / 2 * ((biased / L) ** 2 + still**2 + x**2)
    # Spending all of the value on decay is tried, too.
    alone, decay = Fraction(0), 2 * L * given["value"]
    for _ in range(3):
        alone, decay = alone + decay, decay * (1 - step * L) ** (2 * length)
    assert INSTANCES["windows"](given).value == max(gradients, alone) / 3
    decrease = step * length / 4
    whole = max(decrease * gradients + value, decrease * alone + decay / (2 * L))
    assert INSTANCES["windows_sum"](given).value == whole


@pytest.mark.parametrize("method", ["latest", "stale"])
def test_one_client_whose_memory_is_wrong(method: str) -> None:
    L, step, p, first, error, rounds = (
        Fraction(2),
        Fraction(1, 32),
        Fraction(1, 2),
        Fraction(1),
        Fraction(40),
        4,
    )
    noise = Fraction(1) if method == "stale" else Fraction(0)
    root = Fraction(1)  # r² = 1/p − 1

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        x, h = state
        for s in SIGNS:
            fresh = L * x + s * noise
            taken = fresh if method == "latest" else h + (fresh - h) / p
            yield p / 2, (x - step * taken, fresh)
        yield 1 - p, (x - step * h, h)

    given = {
        "client_smoothness": L,
        "step": step,
        "probability": p,
        "staleness": error**2,
        "memory_root": root,
        "memory_noise": noise**2,
        "batch_noise": noise**2 / p,
        "value": L / 2 * first**2,
        "rounds": Fraction(rounds),
    }
    gradients, value, stale = Fraction(0), Fraction(0), Fraction(0)
    for sign in SIGNS:
        laws = enumerate_rounds((first, L * first + sign * error), one_round, rounds)
        gradients += sum(mean(law, lambda s: (L * s[0]) ** 2) for law in laws[:-1]) / 2
        value += mean(laws[-1], lambda s: L / 2 * s[0] ** 2) / 2
        stale += mean(laws[-1], lambda s: (s[1] - L * s[0]) ** 2) / 2
    name = f"{method}_updates"
    assert "±√H₀" in INSTANCES[name](given).by
    assert INSTANCES[name](given).value == gradients / rounds
    weight = step * (1 - p) / (p * (1 + p))
    if method == "stale":
        weight = 2 * L * step**2 * root**2 / p
    whole = step / 2 * gradients + value + weight * stale
    assert INSTANCES[f"{name}_sum"](given).value == whole


def test_corrected_steps_of_clients_that_agree() -> None:
    L, eta, step, p, first = (
        Fraction(1),
        Fraction(1, 6),
        Fraction(1, 10),
        Fraction(1, 2),
        Fraction(3),
    )

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        (x,) = state
        w = x - eta * L * x  # two local steps; corrections are 0
        mean_of_both = (L * x + L * w) / 2
        yield p, (x - step / p * mean_of_both,)
        yield 1 - p, (x,)

    laws = enumerate_rounds((first,), one_round, 4)
    gradients = sum(mean(law, lambda s: (L * s[0]) ** 2) for law in laws[:-1])
    given = {
        "client_smoothness": L,
        "local_step": eta,
        "local_steps": Fraction(2),
        "step": step,
        "probability": Fraction(1, 4),
        "weight_variance": 1 / p - 1,
        "value": L / 2 * first**2,
        "rounds": Fraction(4),
    }
    assert INSTANCES["scaffold"](given).value == gradients / 4
    whole = step / 4 * gradients + mean(laws[-1], lambda s: L / 2 * s[0] ** 2)
    assert INSTANCES["scaffold_sum"](given).value == whole


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("name", ["decentralised", "decentralised_mix_first"])
def test_workers_of_two_kinds(name: str, workers: int) -> None:
    L, r, step, first, noise, slope, rounds = (
        Fraction(2),
        Fraction(1, 2),
        Fraction(1, 20),
        Fraction(3),
        Fraction(1),
        Fraction(5),
        3,
    )
    near = workers // 2
    share = Fraction(near, workers)
    pulls = [slope] * near + [-slope * near / (workers - near)] * (workers - near)
    curves = [L] * near + [Fraction(0)] * (workers - near)
    if workers == 1:
        pulls, curves = [Fraction(0)], [Fraction(0)]

    def mixed(values: list[Fraction]) -> list[Fraction]:
        middle = sum(values) / workers
        return [middle + r * (v - middle) for v in values]

    def moved(y: list[Fraction], gradients: list[Fraction]) -> list[Fraction]:
        if name == "decentralised":
            return mixed([v - step * g for v, g in zip(y, gradients, strict=True)])
        return [v - step * g for v, g in zip(mixed(y), gradients, strict=True)]

    def apart(centre: Fraction) -> Fraction:
        gradients = [c * centre + b for c, b in zip(curves, pulls, strict=True)]
        middle = sum(gradients) / workers
        return sum((g - middle) ** 2 for g in gradients) / workers

    y, gradients, centres = [Fraction(0)] * workers, Fraction(0), []
    for _ in range(300):
        centre = sum(y) / workers
        centres.append(centre)
        if len(centres) <= rounds:
            gradients += (share * L * centre) ** 2
        y = moved(y, [c * v + b for c, v, b in zip(curves, y, pulls, strict=True)])
        y = [v.limit_denominator(10**15) for v in y] if len(centres) > rounds else y
    last = centres[rounds]

    def one_round(state: State, t: int) -> Iterable[tuple[Fraction, State]]:
        for signs in product(SIGNS, repeat=workers):
            noisy = [L * v + s * noise for v, s in zip(state, signs, strict=True)]
            yield Fraction(1, 2**workers), tuple(moved(list(state), noisy))

    laws = enumerate_rounds((first,) * workers, one_round, rounds)
    common = sum(mean(law, lambda s: (L * sum(s) / workers) ** 2) for law in laws[:-1])
    reach = step / (1 - r) * (r if name == "decentralised" else 1)
    given = {
        "smoothness": L,
        "contraction": r,
        "step": step,
        "variance": noise**2,
        "dissimilarity": apart(slope * reach),
        "workers": Fraction(workers),
        "value": L / 2 * first**2,
        "rounds": Fraction(rounds),
    }
    # On the whole way the workers are no less alike than the theorem is told.
    assert max(map(apart, centres)) <= given["dissimilarity"]
    found = INSTANCES[name](given)
    assert found.value == (common + gradients) / rounds
    middle = mean(laws[-1], lambda s: L / 2 * (sum(s) / workers) ** 2)
    whole = step / 2 * (common + gradients) + middle + share * L / 2 * last**2
    potential = "consensus_potential" if name == "decentralised" else "leaders_sum"
    assert INSTANCES[potential](given).value == whole
