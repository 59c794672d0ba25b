"""What a co-design found: choices with what is proved of each, and the table that compares them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from roundlot.theory.arrays import FloatArray
from roundlot.theory.proofs.theorem import ProofCheck

_SHOWN = 12  # probabilities in one line


class Promise(Protocol):
    """What proves a choice: `RoundsCertificate` or `StepsCertificate`."""

    @property
    def bound(self) -> float:
        """On ``E‖x_T − x*‖²`` after the rounds of the choice."""

    def check(self) -> ProofCheck:
        """The proof again, in fractions."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """As a file for ``roundlot check``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """Probabilities, step and local steps, with the rounds that are proved to suffice.

    Attributes:
        name: how they were chosen.
        probabilities: ``(V,)``.
        step, local_steps: of every client.
        rounds: that are proved to bring ``E‖x − x*‖²`` to the target.
        round_seconds: expected, of a round; 0 where no times were given.
        certificate: the proof.
    """

    name: str
    probabilities: FloatArray = field(repr=False)
    step: float
    local_steps: int
    rounds: int
    round_seconds: float
    certificate: Promise = field(repr=False)

    @property
    def seconds(self) -> float:
        """Expected, until the target."""
        return self.rounds * self.round_seconds

    def check(self) -> ProofCheck:
        """The proof that these rounds suffice, again, in fractions."""
        return self.certificate.check()


@dataclass(frozen=True, kw_only=True, eq=False)
class Codesign:
    """Probabilities, step and local steps chosen together, and what that gains.

    Attributes:
        best: the choice with the fewest certified rounds or seconds that was found: "co-design",
            a local optimum, for the problem is not convex; or a usual choice, by its name, if
            that needs a whole round less.
        others: the rest. Usual are probabilities first, then the best step and local steps.
        price: "rounds" or "seconds".
        target: ``E‖x − x*‖²`` to reach.
        method: "rounds" or "expected smoothness": what proves the rounds.
        lower_bound: no probabilities within the limits need fewer rounds, by proofs of this kind,
            at the step and local steps of ``best``; in floats. None where none is known.
        clients: names of the rows.
    """

    best: Choice
    others: tuple[Choice, ...]
    price: str
    target: float
    method: str
    lower_bound: int | None
    clients: tuple[str, ...]

    @property
    def probabilities(self) -> FloatArray:
        """``(V,)``, of the best choice."""
        return self.best.probabilities

    @property
    def step(self) -> float:
        """Of every local step."""
        return self.best.step

    @property
    def local_steps(self) -> int:
        """In a round."""
        return self.best.local_steps

    @property
    def rounds(self) -> int:
        """That are proved to suffice."""
        return self.best.rounds

    @property
    def seconds(self) -> float:
        """Expected, until the target."""
        return self.best.seconds

    @property
    def certificate(self) -> Promise:
        """What proves the rounds."""
        return self.best.certificate

    def check(self) -> ProofCheck:
        """The proof that the rounds suffice, again, in fractions."""
        return self.best.check()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the proof as a file that ``roundlot check`` judges."""
        return self.best.certificate.save(path)

    @property
    def compared(self) -> list[dict[str, Any]]:
        """A row for each choice: its numbers, and how many times the best price it needs."""
        least = self._price(self.best)
        return [
            {
                "choice": one.name,
                "local_steps": one.local_steps,
                "step": one.step,
                "rounds": one.rounds,
                "round_seconds": one.round_seconds,
                "seconds": one.seconds,
                "times_the_best": self._price(one) / least,
            }
            for one in (self.best, *self.others)
        ]

    def _price(self, choice: Choice) -> float:
        return float(choice.rounds) if self.price == "rounds" else choice.seconds

    def record(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return {
            "target": self.target,
            "price": self.price,
            "method": self.method,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "step": self.step,
            "local_steps": self.local_steps,
            "bound": self.certificate.bound,
            "lower_bound": self.lower_bound,
            "probabilities": dict(zip(self.clients, self.probabilities.tolist(), strict=True)),
            "compared": self.compared,
        }

    def __str__(self) -> str:
        timed = any(row["round_seconds"] for row in self.compared)
        lines = [_line("choice", "K", "step", "rounds", "seconds" if timed else "", "times")]
        lines += [
            _line(
                row["choice"],
                row["local_steps"],
                f"{row['step']:.4g}",
                f"{row['rounds']:,}",
                f"{row['seconds']:,.4g}" if timed else "",
                f"{row['times_the_best']:.3f}",
            )
            for row in self.compared
        ]
        best = self.best
        said = [f"E‖x − x*‖² <= {self.target:g} is proved, fewest {self.price}:", *lines]
        if len(self.clients) <= _SHOWN:
            pairs = zip(self.clients, best.probabilities, strict=True)
            said.append("probabilities: " + ", ".join(f"{name} {p:.4g}" for name, p in pairs))
        said.append("the choice is a local optimum: the problem is not convex")
        if self.lower_bound is not None:
            said.append(
                f"at K = {best.local_steps} and this step no probabilities within the limits are "
                f"proved to need fewer than {self.lower_bound:,} rounds"
            )
        return "\n".join(said)

    def __repr__(self) -> str:
        return (
            f"Codesign({self.rounds} rounds of {self.local_steps} local steps of {self.step:g}, "
            f"E‖x − x*‖² <= {self.target:g})"
        )


def _line(name: str, K: Any, step: str, rounds: str, seconds: str, times: str) -> str:
    middle = f" {seconds:>11}" if seconds else ""
    return f"{name:<32}{K:>4} {step:>10} {rounds:>9}{middle} {times:>7}"
