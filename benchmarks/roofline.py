"""The least time a machine could take for the products of simulated rounds, and what sets it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

#: Bytes of an entry of the table, and of the left factor, in each arithmetic.
BYTES = {"float32": (4, 4), "float64": (8, 8), "bf16 pieces": (6, 6)}
#: Products of bfloat16 pieces per product.
PRODUCTS = {"float32": 1, "float64": 1, "bf16 pieces": 3}
TYPES = {"float32": torch.float32, "float64": torch.float64, "bf16 pieces": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Form:
    """Products ``(rounds, rows) x (rows, columns)`` of all models.

    Traffic is the least there is: the table read once, the left factor and the product written
    once and read once, two bytes of draws written once and read by every model.
    """

    arithmetic: str
    rounds: int
    rows: int
    columns: int
    models: int

    @property
    def flops(self) -> float:
        """Multiplications and additions."""
        multiply = 2.0 * self.rounds * self.rows * self.columns
        return multiply * self.models * PRODUCTS[self.arithmetic]

    @property
    def traffic(self) -> float:
        """Bytes to and from memory."""
        entry, left = BYTES[self.arithmetic]
        result = 8 if self.arithmetic == "float64" else 4
        table = entry * self.rows * self.columns
        factors = 2 * left * self.rounds * self.rows
        products = 2 * result * self.rounds * self.columns
        draws = 2 * self.rounds * self.rows * (1 + self.models)
        return float(self.models * (table + factors + products) + draws)

    def limit(self, flops_a_second: float, bytes_a_second: float) -> tuple[float, str]:
        """Seconds, and which of the two rates they come from."""
        times = {"products": self.flops / flops_a_second, "memory": self.traffic / bytes_a_second}
        binding = max(times, key=lambda name: times[name])
        return times[binding], binding


def multiply(form: Form, device: str) -> Callable[[], None]:
    """Nothing but the products of one model, in the type of the form: torch's own rate."""
    kind, thick = TYPES[form.arithmetic], PRODUCTS[form.arithmetic] * form.rows
    left = torch.randn(form.rounds, thick, device=device).to(kind)
    right = torch.randn(thick, form.columns, device=device).to(kind)

    more = {"out_dtype": torch.float32} if kind is torch.bfloat16 and device != "cpu" else {}

    def run() -> None:
        torch.mm(left, right, **more)
        wait(device)

    return run


def copy(device: str, size: int = 2**28) -> Callable[[], None]:
    """Read ``size`` bytes and write as many."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.ones_like(source)

    def run() -> None:
        target.copy_(source)
        wait(device)

    return run


def wait(device: str) -> None:
    """Until the device has finished."""
    if device != "cpu":
        torch.cuda.synchronize(device)


def seconds(run: Callable[[], object]) -> float:
    """Of one call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
