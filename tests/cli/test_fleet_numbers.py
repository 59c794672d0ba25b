"""Numbers that join theorems on a fleet, against every outcome of the draw of tiny fleets.

Every client's objective is ``½ (w − c)ᵀ H (w − c)``; all designs are enumerated, so that the truth
beside a bound is exact.
"""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from roundlot.cli.theorem import rows_on_fleet
from roundlot.fleet import load_setup
from roundlot.run.applicability import assumed, require_joinable
from roundlot.run.case import Case
from roundlot.run.path_variance import compare_at_start, path_variance
from roundlot.run.theorem_numbers import TRAINED, fleet_numbers, tellable
from roundlot.simulate import Updates
from roundlot.simulate.local.optimum import Landscape
from roundlot.solvers.rules.data_size import trials
from roundlot.theory import CATALOGUE, AssumptionError, InfeasibleError
from roundlot.theory.proofs.requirements import Role, Subject
from roundlot.theory.rates.rounds import least_round, rounds_to_target
from roundlot.theory.theorems import named

SETUP = """
[fleet]
source = "tables"
clients = "clients.csv"
samples = "samples.csv"
[problem]
budget = {budget}
[scores]
source = "norms"
path = "norms.csv"
losses = "norms.csv"
"""
STEP = 0.05
BIASED = ("power-of-choice", "worst draws")


def quadratic_fleet(folder, seed: int, *, models: int, processors: list[int], budget: float):
    """A case whose landscape is that of random quadratics in two dimensions, and these."""
    random, n = np.random.default_rng(seed), len(processors)
    names = [f"c{i}" for i in range(n)]
    heads = ",".join(f"m{s}" for s in range(models))
    samples = random.integers(1, 20, (n, models))
    tables = {
        "clients.csv": ("processors", [str(b) for b in processors]),
        "samples.csv": (heads, [",".join(map(str, row)) for row in samples]),
        "norms.csv": (heads, [",".join(["1.0"] * models)] * n),
    }
    for file, (head, rows) in tables.items():
        lines = [f"client,{head}", *(f"{a},{b}" for a, b in zip(names, rows, strict=True))]
        (folder / file).write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "setup.toml").write_text(SETUP.format(budget=budget), "utf-8")
    setup = load_setup(folder / "setup.toml")
    fleet = setup.fleet
    half = random.normal(size=(n, models, 2, 2))
    H = half @ half.transpose(0, 1, 3, 2) + 0.2 * np.eye(2)
    centre, start = random.normal(size=(n, models, 2)), random.normal(size=(models, 2)) + 1.0
    d = fleet.data_weights
    mean = np.einsum("is,isab->sab", d, H)
    pull = np.einsum("is,isab,isb->sa", d, H, centre)
    best = np.linalg.solve(mean, pull[:, :, None])[:, :, 0]
    about = SimpleNamespace(H=H, centre=centre, start=start, best=best, d=d, mean=mean)
    spectra = np.linalg.eigvalsh(H)
    land = Landscape(
        start=tuple(start),
        optimum=tuple(best),
        gradients_start=tuple(gradients(about, start).transpose(1, 0, 2)),
        gradients_optimum=tuple(gradients(about, best).transpose(1, 0, 2)),
        losses_start=losses(about, start),
        losses_optimum=losses(about, best),
        local_minima=np.zeros((n, models)),
        data_weights=d,
        model_smoothness=np.linalg.eigvalsh(mean)[:, -1],
        client_smoothness=spectra[:, :, -1],
        strong_convexity=float(spectra.min()),
        gradient_norm=np.zeros(models),
        iterations=np.zeros(models, dtype=np.int64),
        seconds=0.0,
    )
    updates = Updates(directions=land.gradients_start, client=fleet.client, weights=fleet.weights)
    case = Case(
        setup=setup,
        fleet=fleet,
        problem=setup.problem(updates.scores),
        updates=updates,
        losses=fleet.expand(land.losses_start),
        landscape=land,
        assumptions=(),
    )
    return case, about


def gradients(about, w) -> np.ndarray:
    return np.einsum("isab,isb->isa", about.H, w[None] - about.centre)


def losses(about, w) -> np.ndarray:
    away = w[None] - about.centre
    return np.einsum("isa,isab,isb->is", away, about.H, away) / 2


def excess(about, w) -> float:
    return float(np.sum(about.d * (losses(about, w) - losses(about, about.best))))


def outcomes(design: str, p: np.ndarray, cluster):
    """Every outcome ``(chance, how often each pair is drawn)`` of a design."""
    V, S = p.shape
    pairs = [(v, s) for v in range(V) for s in range(S)]
    if design == "independent":
        yield from _groups([[(v, s) for s in range(S)] for v in range(V)], p)
    elif design == "clusters":
        members = [[(v, s) for v, s in pairs if cluster[v] == k] for k in range(max(cluster) + 1)]
        yield from _groups(members, p)
    elif design == "multinomial":
        n = trials(p)
        chances = [p[pair] / n for pair in pairs]
        for drawn in itertools.product([*range(len(pairs)), None], repeat=n):
            counts, chance = np.zeros((V, S)), 1.0
            for k in drawn:
                chance *= 1.0 - sum(chances) if k is None else chances[k]
                if k is not None:
                    counts[pairs[k]] += 1.0
            yield chance, counts
    else:
        assert design in ("turns", "blocks")
        block = np.zeros(V, int) if design == "turns" else cluster
        rows = np.arange(V)
        for phase, joins in itertools.product(range(S), itertools.product((0.0, 1.0), repeat=V)):
            model, counts = (block + phase) % S, np.zeros((V, S))
            q = S * p[rows, model]
            counts[rows, model] = joins
            yield float(np.prod(np.where(np.array(joins) > 0, q, 1.0 - q))) / S, counts


def _groups(groups, p):
    """Each group draws one of its pairs, or none."""
    for drawn in itertools.product(*([*group, None] for group in groups)):
        counts, chance = np.zeros(p.shape), 1.0
        for group, pair in zip(groups, drawn, strict=True):
            chance *= 1.0 - sum(p[one] for one in group) if pair is None else p[pair]
            if pair is not None:
                counts[pair] += 1.0
        yield chance, counts


def weights_of(case, counts, p) -> np.ndarray:
    """Aggregation weights per client ``(N, S)``."""
    each = np.divide(counts * case.fleet.weights, p, out=np.zeros_like(p), where=p > 0.0)
    found = np.zeros((case.fleet.n_clients, p.shape[1]))
    np.add.at(found, case.fleet.client, each)
    return found


class Truth:
    """What a method does in the first round, from all its outcomes."""

    def __init__(self, case, about, row) -> None:
        p = row.probabilities
        every = [
            (chance, weights_of(case, counts, p))
            for chance, counts in outcomes(row.design, p, row.cluster)
        ]
        self.about = about
        self.chance = np.array([chance for chance, _ in every])
        self.weights = np.array([weights for _, weights in every])
        assert self.chance.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(np.tensordot(self.chance, self.weights, 1), about.d, rtol=1e-8)
        slopes = gradients(about, about.start)
        self.steps = np.einsum("ois,isa->osa", self.weights, slopes)
        self.slope = np.einsum("is,isa->sa", about.d, slopes)

    def mean(self, values) -> float:
        return float(self.chance @ values)

    @property
    def variance(self) -> float:
        return self.mean(np.sum((self.steps - self.slope) ** 2, axis=(1, 2)))

    @property
    def weight_variance(self) -> float:
        total = self.weights.sum(axis=1)
        return self.mean(np.sum((total - 1.0) ** 2, axis=1))

    @property
    def surrogate_variance(self) -> float:
        values = np.einsum("ois,is->os", self.weights, losses(self.about, self.about.start))
        return self.mean(np.sum((values - self.chance @ values) ** 2, axis=1))

    def distance(self, step: float) -> float:
        ends = self.about.start - step * self.steps - self.about.best
        return self.mean(np.sum(ends**2, axis=(1, 2)))

    def excess(self, step: float) -> float:
        return self.mean(
            np.array([excess(self.about, self.about.start - step * g) for g in self.steps])
        )


@pytest.fixture(params=range(3))
def two_models(request, tmp_path):
    return quadratic_fleet(tmp_path, request.param, models=2, processors=[1, 2, 1, 1], budget=2.0)


def test_numbers_of_methods_are_those_of_all_outcomes(two_models) -> None:
    case, about = two_models
    rows = {row.name: row for row in compare_at_start(case, case.landscape).rows}
    designs = set()
    for method in fleet_numbers(case).methods:
        if not method.numbers:
            assert method.name in BIASED
            continue
        truth = Truth(case, about, rows[method.name])
        designs.add(rows[method.name].design)
        assert method.numbers[Role.STEP_VARIANCE] == pytest.approx(truth.variance, rel=1e-8)
        assert method.numbers[Role.PARTICIPATION] == pytest.approx(truth.weight_variance, rel=1e-8)
        assert method.numbers[Role.SURROGATE] == pytest.approx(truth.surrogate_variance, rel=1e-8)
    assert designs == {"independent", "turns", "blocks", "clusters", "multinomial"}


def hand(about, truth: Truth, step: float) -> dict[str, float]:
    """Every bound on one step, by hand: formulas of the books, constants of the quadratics."""
    start, best = about.start, about.best
    L = np.linalg.eigvalsh(about.mean).max()
    clients = np.linalg.eigvalsh(about.H)
    mu, most = clients.min(), clients.max()
    a, F = float(np.sum((start - best) ** 2)), excess(about, start)
    V, g2 = truth.variance, float(np.sum(truth.slope**2))
    spread = float(np.sum(about.d * losses(about, best)))
    kappa = math.sqrt(truth.weight_variance * truth.surrogate_variance)
    return {
        "one_step": (1 - step * mu) ** 2 * a + step**2 * V,
        "convex_step": a - 2 * step * F + step**2 * V,
        "best_steps": a * V / (mu**2 * a + V),
        "nonconvex_descent": F - step * (1 - L * step / 2) * g2 + L * step**2 * V / 2,
        "gradient_dominated": (1 - step * mu * (2 - L * step)) * F + L * step**2 * V / 2,
        "partial_participation": (1 - step * mu) * a
        - 2 * step * (1 - most * step) * F
        + 2 * most * step**2 * (spread + kappa),
    }


OWN = {
    "best_steps": {},
    "partial_participation": {"step": STEP, "batch_noise": 0.0},
}


@pytest.mark.parametrize(
    "name",
    [
        "one_step",
        "convex_step",
        "best_steps",
        "nonconvex_descent",
        "gradient_dominated",
        "partial_participation",
    ],
)
def test_one_step_of_every_method_is_bounded_and_by_the_right_number(two_models, name) -> None:
    case, about = two_models
    rows = {row.name: row for row in compare_at_start(case, case.landscape).rows}
    theorem, own = named(name), OWN.get(name, {"step": STEP})
    require_joinable(theorem, TRAINED, own, to_target=False)
    for found in rows_on_fleet(theorem, fleet_numbers(case), own, None):
        if found["method"] in BIASED:
            assert f"is biased: {rows[found['method']].weight_moved:.2g}" in found["refused"]
            continue
        truth = Truth(case, about, rows[found["method"]])
        if "refused" in found:
            assert name == "best_steps"
            assert "μa (L − μ) <= 2σ²" in found["refused"]
            continue
        assert found["bound"] == pytest.approx(hand(about, truth, STEP)[name], rel=1e-7)
        step = STEP
        if name == "best_steps":
            mu, a = np.linalg.eigvalsh(about.H).min(), np.sum((about.start - about.best) ** 2)
            step = mu * a / (mu**2 * a + truth.variance)
        quantity = theorem.requirements.left.quantity.value
        actual = truth.distance(step) if "distance" in quantity else truth.excess(step)
        assert actual <= found["bound"] * (1 + 1e-9)


def walked(case, about, truth: Truth, *, rounds: int, step, local_steps: int):
    """All paths of a few rounds: squared distances at their ends, and what the path must respect.

    ``step(t)`` is the step size of local step ``t``.
    """
    paths = [(1.0, about.start)]
    most = 0.0
    for k in range(rounds):
        longer = []
        for chance, w in paths:
            local = np.repeat(w[None], case.fleet.n_clients, axis=0)
            for j in range(local_steps):
                slopes = np.einsum("isab,isb->isa", about.H, local - about.centre)
                most = max(most, float(np.sum(slopes**2, axis=(1, 2)).max()))
                local = local - step(k * local_steps + j) * slopes
            moves = np.einsum("ois,isa->osa", truth.weights, local - w[None])
            longer += [(chance * q, w + m) for q, m in zip(truth.chance, moves, strict=True)]
        paths = longer
    square = sum(chance * float(np.sum((w - about.best) ** 2)) for chance, w in paths)
    value = sum(chance * excess(about, w) for chance, w in paths)
    return square, value, most, [w for _, w in paths]


@pytest.mark.parametrize("seed", range(3))
def test_rounds_of_local_steps_are_bounded(tmp_path, seed) -> None:
    case, about = quadratic_fleet(tmp_path, seed, models=1, processors=[1, 1, 1], budget=1.5)
    K, rounds = 2, 2
    spectra = np.linalg.eigvalsh(about.H)
    mu, offset = spectra.min(), 4.1 * spectra.max() / spectra.min()
    checked = 0
    for row in compare_at_start(case, case.landscape).rows:
        if row.design != "independent":
            continue
        truth = Truth(case, about, row)
        square, value, most, _ = walked(
            case,
            about,
            truth,
            rounds=rounds,
            step=lambda t: 2 / (mu * (offset + t)),
            local_steps=K,
        )
        own = {
            "offset": offset,
            "local_steps": K,
            "batch_noise": 0.0,
            "second_moment": most,
            "round": K * rounds,
        }
        for name, actual in (("local_steps", square), ("local_steps_value", value)):
            (found,) = (
                one
                for one in rows_on_fleet(named(name), fleet_numbers(case), own, None)
                if one["method"] == row.name
            )
            assert actual <= found["bound"] * (1 + 1e-9)
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("seed", range(3))
def test_rounds_of_one_gradient_step_are_bounded(tmp_path, seed) -> None:
    case, about = quadratic_fleet(tmp_path, seed, models=1, processors=[1, 1, 1], budget=1.5)
    rounds, step = 3, 0.9 / float(np.linalg.eigvalsh(about.H).max())
    row = compare_at_start(case, case.landscape).row("uniform")
    truth = Truth(case, about, row)
    square, _, _, ends = walked(
        case, about, truth, rounds=rounds, step=lambda t: step, local_steps=1
    )
    points = [about.start, *ends]
    kappa, variance = 0.0, 0.0
    for k in range(rounds):
        points = walked(case, about, truth, rounds=k, step=lambda t: step, local_steps=1)[3]
        for w in points:
            values = np.einsum("ois,is->o", truth.weights, losses(about, w))
            spread = truth.mean((values - truth.mean(values)) ** 2)
            kappa = max(kappa, math.sqrt(truth.weight_variance * spread))
            moves = np.einsum("ois,isa->osa", truth.weights, gradients(about, w))
            apart = moves - np.tensordot(truth.chance, moves, 1)
            variance = max(variance, truth.mean(np.sum(apart**2, axis=(1, 2))))
    cases = {
        "participation_floor": {"covariance": kappa, "batch_noise": 0.0},
        "constant_step": {"variance": variance},
    }
    for name, own in cases.items():
        given = {**own, "step": step, "round": rounds}
        found = {
            one["method"]: one
            for one in rows_on_fleet(named(name), fleet_numbers(case), given, None)
        }["uniform"]
        assert square <= found["bound"] * (1 + 1e-9)
        today = math.sqrt(truth.weight_variance * truth.surrogate_variance)
        below = {"covariance": today, "variance": truth.variance}
        less = {key: 0.99 * below[key] for key in own if key in below}
        found = {
            one["method"]: one
            for one in rows_on_fleet(named(name), fleet_numbers(case), {**given, **less}, None)
        }["uniform"]
        assert "at the start already" in found["refused"]


@pytest.mark.parametrize(
    ("name", "number", "times"),
    [
        ("one_step", "variance", 0.0),
        ("one_step", "squared_distance", 0.5),
        ("best_steps", "variance", 0.9),
        ("convex_step", "value", 1.1),  # which the bound subtracts
        ("nonconvex_descent", "squared_gradient", 1.1),
        ("gradient_dominated", "value", 0.9),
        ("partial_participation", "surrogate_variance", 0.0),
        ("partial_participation", "participation_variance", 0.5),
    ],
)
def test_a_number_by_hand_does_not_replace_what_is_measured(
    two_models, name, number, times
) -> None:
    case, _ = two_models
    theorem, fleet = named(name), fleet_numbers(case)
    role = theorem.requirements.roles[number]
    measured = fleet.methods[0].numbers.get(role, fleet.shared.get(role))
    own = OWN.get(name, {"step": STEP})
    (found, *_) = rows_on_fleet(theorem, fleet, own | {number: times * measured}, None)
    assert f"its {number} is {measured:.4g} on this fleet" in found.get("refused", "") or (
        "no instance" in found["refused"]
    )
    (same, *_) = rows_on_fleet(theorem, fleet, own | {number: measured}, None)
    assert same == rows_on_fleet(theorem, fleet, own, None)[0]


def test_a_constant_by_hand_is_said_beside_that_of_the_fleet(two_models) -> None:
    case, _ = two_models
    fleet = fleet_numbers(case)
    own = {"step": STEP, "smoothness": 9.0, "expected_smoothness": 0.5}
    said = assumed(named("growing_step"), fleet, own)
    least = fleet.shared[Role.SMOOTHNESS]
    assert f"smoothness is 9; the fleet tells {least:.4g}" in said
    assert "expected_smoothness is 0.5 for every method; the fleet tells each its own" in said


def test_a_target_and_a_number_of_rounds_are_two_questions() -> None:
    own = {"step": STEP, "variance": 1.0, "round": 3.0}
    with pytest.raises(AssumptionError, match="leave out --with round or --target"):
        require_joinable(named("constant_step"), TRAINED, own, to_target=True)


def test_a_bound_that_grows_meets_no_target() -> None:
    numbers = {"smoothness": 1.0, "contraction": 0.5, "step": 0.1, "variance": 0.01}
    numbers |= {"dissimilarity": 0.0, "workers": 8, "value": 1.0}
    with pytest.raises(InfeasibleError, match="grows with rounds"):
        least_round(named("consensus_potential"), 100.0, **numbers)


#: What no fleet tells, for theorems about rounds of a server.
BY_HAND = {
    "one_step": {"step"},
    "best_steps": set(),
    "convex_step": {"step"},
    "nonconvex_descent": {"step"},
    "gradient_dominated": {"step"},
    "growing_step": {"step"},
    "steep_step": {"step"},
    "constant_step": {"step", "variance", "round"},
    "decreasing_steps": {"scale", "offset", "variance", "constant", "round"},
    "partial_participation": {"step", "batch_noise"},
    "participation_floor": {"step", "covariance", "batch_noise", "round"},
    "participation_rate": {"scale", "offset", "covariance", "batch_noise", "constant", "round"},
    "nonconvex_rate": {"step", "variance", "rounds"},
    "local_steps": {"offset", "local_steps", "batch_noise", "second_moment", "round"},
    "local_steps_value": {"offset", "local_steps", "batch_noise", "second_moment", "round"},
}


@pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)
def test_without_numbers_a_theorem_names_all_that_it_needs(theorem) -> None:
    needed = BY_HAND.get(theorem.name, {p.name for p in theorem.domain.numbers})
    if not needed:
        require_joinable(theorem, TRAINED, {}, to_target=False)
        return
    with pytest.raises(AssumptionError) as caught:
        require_joinable(theorem, TRAINED, {}, to_target=False)
    line = str(caught.value)
    assert "\n" not in line
    assert {word[:-7] for word in line.split() if word.endswith("=NUMBER")} == needed
    if theorem.requirements.subject is not Subject.SERVER:
        assert f"{theorem.name} is about {theorem.requirements.subject}" in line


@pytest.mark.parametrize("name", [t.name for t in CATALOGUE if t.name.startswith("fedavg")])
def test_what_a_draw_adds_to_local_steps_is_told_by_no_fleet(name) -> None:
    """A variance of 0 given by hand would hold for no method that draws."""
    own = {p.name: 0.0 for p in named(name).domain.numbers}
    with pytest.raises(AssumptionError, match=rf"{name} is about .*not about .*leave out --fleet"):
        require_joinable(named(name), TRAINED, own, to_target=False)


@pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)
def test_what_must_hold_in_every_round_of_a_method_has_a_role_to_be_compared_by(theorem) -> None:
    rules = theorem.requirements
    if rules.subject is Subject.SERVER:
        assert rules.held <= rules.roles.keys()


def test_dependent_draws_are_refused_by_name_where_processors_must_be_independent(
    two_models,
) -> None:
    case, _ = two_models
    own = {
        "offset": 1e4,
        "local_steps": 2,
        "batch_noise": 0.0,
        "second_moment": 10.0,
        "round": 100,
    }
    found = {
        row["method"]: row.get("refused", "")
        for row in rows_on_fleet(named("local_steps"), fleet_numbers(case), own, None)
    }
    for method, words in (
        ("round-robin", "blocks of clients go round"),
        ("turns", "turns"),
        ("MD", "with replacement"),
        ("clustered", "cluster"),
        ("power-of-choice", "biased"),
        ("worst draws", "biased"),
    ):
        assert words in found.pop(method)
    assert found
    assert not any(found.values())


def test_scores_tell_only_what_they_hold(tmp_path) -> None:
    case, _ = quadratic_fleet(tmp_path, 0, models=2, processors=[1, 1], budget=1.0)
    assert tellable(case.setup) == {Role.STEP_VARIANCE, Role.PARTICIPATION}
    by_loss = case.setup.replaced({"scores.kind": "loss"})
    assert Role.STEP_VARIANCE not in tellable(by_loss)


def path_truths(case, about):
    """Every method that a theorem covers: its name, all its outcomes, what bounds its variance."""
    for row in compare_at_start(case, case.landscape).rows:
        path = path_variance(case, case.landscape, row)
        if not path.refusal:
            yield row, Truth(case, about, row), path


def test_variance_anywhere_is_below_expected_smoothness(two_models) -> None:
    case, about = two_models
    random, closest = np.random.default_rng(5), {}
    for row, truth, path in path_truths(case, about):
        for scale in (0.0, 0.01, 0.1, 1.0, 10.0) * 8:
            point = about.best + scale * random.normal(size=about.best.shape)
            slopes = gradients(about, point)
            steps = np.einsum("ois,isa->osa", truth.weights, slopes)
            full = np.einsum("is,isa->sa", about.d, slopes)
            variance = truth.mean(np.sum((steps - full) ** 2, axis=(1, 2)))
            value = excess(about, point)
            if scale == 0.0:
                exact = row.design != "multinomial" and path.noise == pytest.approx(variance)
                assert exact or variance <= path.noise * (1 + 1e-9)
                continue
            bounds = [
                2 * (path.slope + share * path.split) * value + (1 + 1 / share) * path.noise
                for share in np.geomspace(1e-3, 1e3, 61)
            ]
            assert variance <= min(bounds) * (1 + 1e-9), row.name
            closest[row.design] = max(closest.get(row.design, 0.0), variance / min(bounds))
    assert set(closest) == {"independent", "turns", "blocks", "clusters", "multinomial"}
    assert min(closest.values()) > 0.2  # a slope five times too small would be found out


def test_no_method_is_above_its_rounds(two_models) -> None:
    case, about = two_models
    land = case.landscape
    for row, truth, path in path_truths(case, about):
        bound = rounds_to_target(
            smoothness=land.smoothness,
            strong_convexity=land.strong_convexity,
            expected_smoothness=path.slope,
            noise=path.noise,
            split=path.split,
            initial=land.squared_distance,
            target=0.05 * land.squared_distance,
        )
        assert bound.lower <= bound.rounds
        rounds = min(bound.rounds, 1500)
        ends = sum(
            squared_distance(about, truth, s, bound.schedule.steps(np.arange(rounds)))
            for s in range(2)
        )
        assert ends <= bound.curve(rounds) * (1 + 1e-9), row.name


def squared_distance(about, truth, model: int, steps) -> float:
    """``E‖w − w*‖²`` of one model after these steps, from the moments of all outcomes, exactly."""
    away = about.best[model] - about.centre[:, model]
    A = np.einsum("oi,iab->oab", truth.weights[:, :, model], about.H[:, model])
    b = np.einsum("oi,iab,ib->oa", truth.weights[:, :, model], about.H[:, model], away)
    mean, chance = np.tensordot(truth.chance, A, 1), truth.chance
    both = np.einsum("o,oab,ocd->acbd", chance, A, A)
    mixed, noise = np.einsum("o,oab,oc->acb", chance, A, b), np.einsum("o,oa,ob->ab", chance, b, b)
    e = about.start[model] - about.best[model]
    moment = np.outer(e, e)
    for step in steps:
        cross = step * mixed @ e
        moment = (
            moment
            - step * (mean @ moment + moment @ mean.T)
            + step**2 * np.einsum("acbd,bd->ac", both, moment)
            + step * (cross + cross.T)
            + step**2 * noise
        )
        e = e - step * (mean @ e)
    return float(np.trace(moment))
