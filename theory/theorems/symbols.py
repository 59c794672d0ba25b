"""Letters and numbers that several theorems speak of, each with its meaning."""

import sympy

from roundlot.theory.proofs.domain import Condition, Parameter
from roundlot.theory.proofs.expressions import Vector, norm2, vectors
from roundlot.theory.proofs.facts import given

# A function F, its values and its gradient; e = x − x*, d = ∇F(x).
L, mu, extra = sympy.symbols("L μ ℓ")
value, new_value = sympy.symbols("F F⁺")
e, d, noise = vectors("e", "∇F", "ξ")
ORIGIN = Vector({})

ORDERED = Condition(text="L >= μ", greater=L, smaller=mu, slack=extra, slack_value=L - mu)
SMOOTHNESS = Parameter(name="smoothness", symbol=L, meaning="the smoothness L", positive=True)
CONVEXITY = Parameter(
    name="strong_convexity", symbol=mu, meaning="the strong convexity μ", positive=True
)
VALUE = Parameter(name="value", symbol=value, meaning="F(x) above its lower bound")
GRADIENT = Parameter(name="squared_gradient", symbol=norm2(d), meaning="‖∇F(x)‖²")
SMALL_GRADIENT = Condition(
    text="‖∇F(x)‖² <= 2L (F(x) − F_inf)", greater=2 * L * value, smaller=norm2(d)
)

# A server's step γ with the variance of its draw.
gamma, variance = sympy.symbols("γ σ²")
STEP = Parameter(name="step", symbol=gamma, meaning="the step size γ", positive=True)
VARIANCE = Parameter(name="variance", symbol=variance, meaning="the variance σ² of the step")

# Clients' or workers' step η, and how unlike the clients are.
eta, heterogeneity, batch_noise = sympy.symbols("η Γ N")
STEP_SIZE = Parameter(name="step", symbol=eta, meaning="the step size η", positive=True)
CLIENT_SMOOTHNESS = Parameter(
    name="client_smoothness",
    symbol=L,
    meaning="the smoothness L of every client's f_i",
    positive=True,
)
HETEROGENEITY = Parameter(name="heterogeneity", symbol=heterogeneity, meaning="Γ = F* − Σ d_i f_i*")
BATCH_NOISE = Parameter(
    name="batch_noise", symbol=batch_noise, meaning="the mini-batch noise N of the step"
)

# Rounds t and the squared distance a(t), from a₀ on.
start, t = sympy.symbols("a₀ t")
a = sympy.Function("a")
INITIAL = Parameter(
    name="initial", symbol=start, meaning="the start a₀", forms=("initial_distance",)
)
ROUND = Parameter(name="round", symbol=t, meaning="the round t", whole=True)
STARTED = given(start, a(0), name="start", reason="a(0) is at most a₀")
