"""Worst cases by performance estimation: PEPit solves for the worst function, as a reference.

Noise takes the two values ``±ξ``, equally likely, so the worst case over all noise is at least what
these return. PEPit is an optional dependency; without it every function raises ImportError.

Source: Goujaud et al., PEPit (Math. Program. Comput. 2024); Taylor, Hendrickx, Glineur (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roundlot.solvers.schemes import SamplingScheme


def worst_cocoercivity(L: float, mu: float) -> float:
    """Greatest ``‖∇F‖² + μL‖e‖²`` with ``⟨∇F, e⟩ <= 1``, F smooth and strongly convex."""
    problem, function, best, start = _strongly_convex(L, mu)
    gradient, error = function.gradient(start), start - best
    problem.set_initial_condition(gradient * error <= 1)
    problem.set_performance_metric(gradient**2 + mu * L * error**2)
    return _solved(problem)


def worst_distance(
    L: float, mu: float, steps: Sequence[float], variance: float, initial: float
) -> float:
    """Greatest ``E‖x_T − x*‖²`` of ``T`` noisy gradient steps from ``‖x_0 − x*‖² <= initial``."""
    problem, function, best, start = _strongly_convex(L, mu)
    problem.set_initial_condition((start - best) ** 2 <= initial)
    leaves = [start]
    for step in steps:
        leaves = [
            end for point in leaves for end in _both_ways(problem, function, point, step, variance)
        ]
    problem.set_performance_metric(_mean([(leaf - best) ** 2 for leaf in leaves]))
    return _solved(problem)


def worst_growing_step(
    L: float, mu: float, step: float, growth: float, noise: float, initial: float
) -> float:
    """Greatest ``E‖x⁺ − x*‖²`` with variance at most ``2S(F(x) − F*) + σ²``."""
    from PEPit import Point

    problem, function, best, start = _strongly_convex(L, mu)
    problem.set_initial_condition((start - best) ** 2 <= initial)
    draw = Point()
    problem.set_initial_condition(
        draw**2 <= 2 * growth * (function(start) - function(best)) + noise
    )
    after = start - step * function.gradient(start)
    ends = (after - step * draw, after + step * draw)
    problem.set_performance_metric(_mean([(end - best) ** 2 for end in ends]))
    return _solved(problem)


def worst_convex_step(
    L: float, step: float, variance: float, initial: float, value: float
) -> float:
    """Greatest ``E‖x⁺ − x*‖²`` from ``‖x − x*‖² <= initial`` with ``F(x) − F* >= value``."""
    from PEPit import PEP
    from PEPit.functions import SmoothConvexFunction

    problem = PEP()
    function = problem.declare_function(SmoothConvexFunction, L=L)
    best, start = function.stationary_point(), problem.set_initial_point()
    problem.set_initial_condition((start - best) ** 2 <= initial)
    problem.set_initial_condition(function(start) - function(best) >= value)
    ends = _both_ways(problem, function, start, step, variance)
    problem.set_performance_metric(_mean([(end - best) ** 2 for end in ends]))
    return _solved(problem)


def worst_descent(L: float, step: float, variance: float, squared_gradient: float) -> float:
    """Greatest ``E F(x⁺) − F(x)`` of a smooth function with ``‖∇F(x)‖² >= squared_gradient``."""
    from PEPit import PEP
    from PEPit.functions import SmoothFunction

    problem = PEP()
    function = problem.declare_function(SmoothFunction, L=L)
    start = problem.set_initial_point()
    problem.set_initial_condition(function.gradient(start) ** 2 >= squared_gradient)
    ends = _both_ways(problem, function, start, step, variance)
    problem.set_performance_metric(_mean([function(end) for end in ends]) - function(start))
    return _solved(problem)


def worst_dominated(L: float, mu: float, step: float, variance: float, value: float) -> float:
    """Greatest ``E F(x⁺) − F*`` from ``F(x) − F* <= value``, gradient dominated.

    The class of PEPit has necessary conditions only: this is an upper bound on the worst case.
    """
    from PEPit import PEP
    from PEPit.functions import SmoothQuadraticLojasiewiczFunctionExpensive

    problem = PEP()
    function = problem.declare_function(SmoothQuadraticLojasiewiczFunctionExpensive, L=L, mu=mu)
    best, start = function.stationary_point(), problem.set_initial_point()
    problem.set_initial_condition(function(start) - function(best) <= value)
    ends = _both_ways(problem, function, start, step, variance)
    problem.set_performance_metric(_mean([function(end) for end in ends]) - function(best))
    return _solved(problem)


def worst_scheme_step(
    scheme: SamplingScheme,
    *,
    step: float,
    smoothness: float,
    strong_convexity: float,
    squared_distance: float = 1.0,
    dissimilarity: float = 1.0,
) -> float:
    """Greatest ``E‖x⁺ − x*‖²`` of one step of any sampling scheme; as ``certify_scheme`` has it."""
    from PEPit import PEP
    from PEPit.functions import SmoothStronglyConvexFunction

    problem, (w, covariance) = PEP(), scheme.floats()
    n, moment = len(w), covariance + w[:, None] * w
    clients = [
        problem.declare_function(SmoothStronglyConvexFunction, L=smoothness, mu=strong_convexity)
        for _ in range(n)
    ]
    best = _weighted(w, clients).stationary_point()
    start = problem.set_initial_point()
    error, moves = start - best, [client.gradient(start) for client in clients]
    rest = [client.gradient(best) for client in clients]
    problem.set_initial_condition(error**2 <= squared_distance)
    if n > 1:
        problem.set_initial_condition(_weighted(w, [h**2 for h in rest]) <= dissimilarity)
    after = error**2 - 2 * step * (_weighted(w, moves) * error)
    for i in range(n):
        for j in range(n):
            after = after + step**2 * float(moment[i, j]) * (moves[i] * moves[j])
    problem.set_performance_metric(after)
    return _solved(problem)


def worst_local_step(L: float, mu: float, step: float, noise: float) -> float:
    """Greatest ``E‖w̄⁺ − w*‖²`` of one local step of two equal clients.

    ``‖w̄ − w*‖²``, the drift and ``F* − mean of f_k*`` are at most 1.
    """
    from PEPit import PEP
    from PEPit.functions import SmoothStronglyConvexFunction

    problem = PEP()
    clients = [problem.declare_function(SmoothStronglyConvexFunction, L=L, mu=mu) for _ in range(2)]
    best = _mean(clients).stationary_point()
    points = [problem.set_initial_point() for _ in clients]
    middle = _mean(points)
    problem.set_initial_condition((middle - best) ** 2 <= 1)
    problem.set_initial_condition(_mean([(point - middle) ** 2 for point in points]) <= 1)
    least = [client(client.stationary_point()) for client in clients]
    problem.set_initial_condition(_mean([f(best) for f in clients]) - _mean(least) <= 1)
    slope = _mean([f.gradient(at) for f, at in zip(clients, points, strict=True)])
    problem.set_performance_metric((middle - step * slope - best) ** 2)
    return _solved(problem) + step**2 * noise


def _strongly_convex(L: float, mu: float) -> tuple[Any, Any, Any, Any]:
    from PEPit import PEP
    from PEPit.functions import SmoothStronglyConvexFunction

    problem = PEP()
    function = problem.declare_function(SmoothStronglyConvexFunction, L=L, mu=mu)
    return problem, function, function.stationary_point(), problem.set_initial_point()


def _both_ways(
    problem: Any, function: Any, point: Any, step: float, variance: float
) -> tuple[Any, Any]:
    """The two points that a noisy step leads to."""
    from PEPit import Point

    noise = Point()
    problem.set_initial_condition(noise**2 <= variance)
    after = point - step * function.gradient(point)
    return after - step * noise, after + step * noise


def _mean(values: Sequence[Any]) -> Any:
    return _weighted([1.0 / len(values)] * len(values), values)


def _weighted(weights: Any, values: Sequence[Any]) -> Any:
    total = float(weights[0]) * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = total + float(weight) * value
    return total


def _solved(problem: Any) -> float:
    return float(problem.solve(verbose=0, solver="CLARABEL"))
