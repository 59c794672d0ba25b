"""The quadratic forms of one round, exact: what a client contributes, and what all share.

Vectors of a block: the shared ones, which are ``e = x − x*`` (``q = ∇F(x)`` where nothing is
convex), the combinations ``y_r``, and, with a coupling that is spread, ``h_1 … h_{n−1}``; then a
client's own: ``h = ∇f_i(x*)`` (not with ``q``, not if spread), the gradients ``g_0 … g_{K−1}`` at
its local points, and the noise ``ξ_0 … ξ_{K−2}`` of its mini-batches. The last noise meets no later
gradient, so that its part is exact and has no vector.

Local points are ``x_k = x − Σ_{j<k} γ_j (g_j + ξ_j)``, and ``U = x − x_K``. Points of a client are
``x*`` (not with ``q``) and ``x_0 … x_{K−1}``. For two of them, ``a`` and ``b``, smoothness and
strong convexity say ``I_ab >= 0`` with ``q = μ/L`` (``μ = −L`` where nothing is convex):

    I_ab = f_a − f_b − ⟨g_b, x_a−x_b⟩
           − [‖g_a−g_b‖²/L + μ‖x_a−x_b‖² − 2q⟨g_a−g_b, x_a−x_b⟩] / (2(1−q)).

Source: Taylor, Hendrickx, Glineur (Math. Program. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from roundlot.theory.certified_rounds.algebra import Form, Vector, combined, product, total, unit
from roundlot.theory.certified_rounds.setting import Coupling, Kind, Setting
from roundlot.theory.certified_rounds.work import bits_of

Goal = str  # one of GOALS


@dataclass(frozen=True, kw_only=True)
class KindForms:
    """What one client of a kind adds to the matrix of its block.

    Attributes:
        size, shared: vectors of the block, and how many of them are shared.
        after: minus the client's part of what the round leaves.
        dissimilarity: ``w ‖h‖²``, or ``w ‖g_0 − q‖²``.
        centre: by shared vector ``s``: ``2 ⟨s, w h⟩``, or ``2 ⟨s, w g_0⟩``; none if spread.
        pairs: ``(a, b)`` of points, in the order of ``facts``; ``I_ab`` without values of ``f``.
        noises: ``‖ξ_k‖²``.
        uncorrelated: products of noise whose mean is 0.
        start, optimum: the numbers of the points ``x`` and ``x*``; no optimum is ``None``.
    """

    size: int
    shared: int
    after: Form
    dissimilarity: Form
    centre: tuple[Form, ...]
    pairs: tuple[tuple[int, int], ...]
    facts: tuple[Form, ...]
    noises: tuple[Form, ...]
    uncorrelated: tuple[Form, ...]
    start: int
    optimum: int | None

    @property
    def n_points(self) -> int:
        """Points of the client."""
        return max(max(pair) for pair in self.pairs) + 1 if self.pairs else 1


def work_of(setting: Setting, coupling: Coupling, number: int, goal: Goal) -> tuple[int, int]:
    """Operations that the forms of kind ``number`` take, and the bits of their numbers."""
    kind = setting.kinds[number]
    numbers = [kind.weight, kind.smoothness, kind.strong_convexity, *kind.steps]
    numbers += [setting.smoothness] if goal == "gradient" else []
    local = len(kind.steps)
    return local**4 + coupling.shared * (coupling.shared + local**2), bits_of(numbers)


def kind_forms(
    setting: Setting,
    coupling: Coupling,
    number: int,
    goal: Goal,
    *,
    needed: Callable[[int, tuple[int, int]], bool] = lambda place, pair: True,
) -> KindForms:
    """The forms of kind ``number``; ``needed`` says which facts, the others are left empty."""
    kind, convex = setting.kinds[number], goal != "gradient"
    shared, count = coupling.shared, len(kind.steps)
    local = convex and not coupling.spread  # a vector h of its own
    first = shared + local
    g = [unit(first + k) for k in range(count)]
    noisy = count - 1 if kind.variance else 0
    noise = [unit(first + count + k) for k in range(noisy)]
    walked = _walked(kind, g, noise)
    lead, y = unit(0), [unit(1 + r) for r in range(len(coupling.combinations))]
    scale = Fraction(1) if convex else setting.smoothness / 2
    U = walked[-1]
    # convex: −(−2w⟨U, e⟩); otherwise: −(−w⟨U, q⟩)
    met = product(lead, U, (2 if convex else 1) * kind.weight)
    after: list[tuple[Fraction | int, Form]] = [(1, met)]
    after.append((-scale * coupling.own[number], product(U, U)))
    own = [row[number] for row in coupling.combinations]
    for one, row in zip(y, coupling.squares, strict=True):
        met_by_all = sum((entry * a for entry, a in zip(row, own, strict=True)), Fraction(0))
        after.append((-2 * scale * met_by_all, product(one, U)))
    h = _at_optimum(setting, coupling, number) if convex else combined((1, g[0]), (-1, lead))
    centred = h if convex else g[0]
    points, slopes = _points(lead, walked[:-1], convex), [*([h] if convex else []), *g]
    mu = kind.strong_convexity if convex else -kind.smoothness
    pairs = [(a, b) for a in range(len(points)) for b in range(len(points)) if a != b]
    before = [unit(shared)] if local else _spread(coupling)
    outside = [
        combined((1, one), (-row[number], U))
        for one, row in zip(y, coupling.combinations, strict=True)
    ]
    return KindForms(
        size=first + count + noisy,
        shared=shared,
        after=total(after),
        dissimilarity=product(h, h, kind.weight),
        centre=()
        if coupling.spread
        else tuple(product(unit(s), centred, 2 * kind.weight) for s in range(shared)),
        pairs=tuple(pairs),
        facts=tuple(
            _fact(points[a], points[b], slopes[a], slopes[b], kind.smoothness, mu)
            if needed(place, (a, b))
            else {}
            for place, (a, b) in enumerate(pairs)
        ),
        noises=tuple(product(v, v) for v in noise),
        uncorrelated=tuple(_uncorrelated(noise, [lead, *before], g, outside)),
        start=int(convex),
        optimum=0 if convex else None,
    )


def _spread(coupling: Coupling) -> list[Vector]:
    """``h_1 … h_{n−1}`` where they are shared."""
    return [unit(k) for k in range(1 + len(coupling.combinations), coupling.shared)]


def _at_optimum(setting: Setting, coupling: Coupling, number: int) -> Vector:
    """``h`` of a client."""
    if not coupling.spread:
        return unit(coupling.shared)
    vectors = _spread(coupling)
    if number < len(vectors):
        return vectors[number]
    w = [kind.weight for kind in setting.kinds]
    return combined(*((-v / w[-1], h) for v, h in zip(w[:-1], vectors, strict=True)))


def _walked(kind: Kind, g: list[Vector], noise: list[Vector]) -> list[Vector]:
    """``x − x_k`` for ``k`` from 0 to ``K``."""
    found: list[Vector] = [{}]
    for k, step in enumerate(kind.steps):
        more = [(step, noise[k])] if k < len(noise) else []
        found.append(combined((1, found[-1]), (step, g[k]), *more))
    return found


def _points(lead: Vector, walked: list[Vector], convex: bool) -> list[Vector]:
    """Points less ``x*``, or less ``x``."""
    if convex:
        return [{}, *(combined((1, lead), (-1, way)) for way in walked)]
    return [combined((-1, way)) for way in walked]


def _fact(x: Vector, z: Vector, g: Vector, h: Vector, L: Fraction, mu: Fraction) -> Form:
    """``I_ab`` without ``f_a − f_b``; ``x, g`` are of ``a`` and ``z, h`` of ``b``."""
    way, turn = combined((1, x), (-1, z)), combined((1, g), (-1, h))
    share = 1 / (2 * (1 - mu / L))
    return total(
        (
            (-1, product(h, way)),
            (-share / L, product(turn, turn)),
            (-share * mu, product(way, way)),
            (2 * share * mu / L, product(turn, way)),
        )
    )


def _uncorrelated(
    noise: list[Vector], before: list[Vector], g: list[Vector], outside: list[Vector]
) -> list[Form]:
    """Noise has mean 0 given all that came before it and all that other clients do."""
    return [
        product(own, other)
        for k, own in enumerate(noise)
        for other in (*before, *g[: k + 1], *noise[:k], *outside)
    ]


def shared_form(
    setting: Setting,
    coupling: Coupling,
    goal: Goal,
    *,
    before: Fraction,
    after: Fraction,
    centre: tuple[Fraction, ...],
) -> Form:
    """What no single client adds: ``before`` and ``after`` are factors of the potential.

    In the potential ``‖x − x*‖²`` the lead ``e`` has ``before − after``. Where nothing is convex
    the lead ``q`` has −1, for the gradient that is bounded, and ``Σ w_i g_i0 − q = 0`` takes its
    part.
    """
    terms: list[tuple[Fraction | int, Form]] = []
    lead, scale = unit(0), Fraction(1) if goal != "gradient" else setting.smoothness / 2
    if goal == "gradient":
        terms.append((-1, product(lead, lead)))
        terms += [(-2 * c, product(lead, unit(s))) for s, c in enumerate(centre)]
    else:
        terms.append((before - after, product(lead, lead)))
    for r, row in enumerate(coupling.squares):
        for s, entry in enumerate(row):
            terms.append((after * scale * entry, product(unit(1 + r), unit(1 + s))))
    return total(terms)
