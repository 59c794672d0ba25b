"""A theorem as plain data for the kernel, ``theory.proofs``: SymPy is left behind here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from roundlot.theory.proofs.assumptions import Assumption
from roundlot.theory.proofs.citations import Reading, citation_terms, readings
from roundlot.theory.proofs.domain import Condition, Parameter
from roundlot.theory.proofs.expressions import Expression, Vector, factor, is_zero
from roundlot.theory.proofs.facts import Fact, Square
from roundlot.theory.proofs.kernel.documents import FORMAT, VERSION
from roundlot.theory.proofs.steps import Multipliers, Step
from roundlot.theory.proofs.trees import (
    Tree,
    UnwritableError,
    atoms,
    gram_vectors,
    tree,
    vector_tree,
)
from roundlot.theory.proofs.witness import witness_data

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem

Data = dict[str, Any]
_GIVEN = ("greater", "smaller")
_STRONGER = ("any", "nonnegative", "positive")


def document(theorem: Theorem, multipliers: Mapping[str, Multipliers]) -> Data:
    """The theorem with these multipliers, and those that it cites, cited ones first.

    Raises:
        UnwritableError: something in it has no place in the format.
    """
    cited = [other.data for other in cited_theorems(theorem)]
    data = Writer(theorem).data(multipliers)
    return {"format": FORMAT, "version": VERSION, "theorems": [*cited, data]}


def cited_theorems(theorem: Theorem) -> list[Theorem]:
    """Every theorem behind this one, each after those that it cites itself."""
    found: dict[str, Theorem] = {}
    for fact in (f for step in theorem.steps for f in step.facts):
        if fact.lemma is not None:
            direct = fact.lemma.theorem
            found |= {other.name: other for other in (*cited_theorems(direct), direct)}
    return list(found.values())


@dataclass
class Writer:
    """Writes one theorem; what its steps use is declared as it is met."""

    theorem: Theorem
    unknowns: dict[str, str] = field(default_factory=dict)
    sequences: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, None] = field(default_factory=dict)
    assumptions: dict[str, Data] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    products: dict[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def readings(self) -> dict[int, Reading]:
        """What the names of every cited theorem stand for, by the citation."""
        return {id(lemma): reading for lemma, reading in readings(self.theorem)}

    def data(self, multipliers: Mapping[str, Multipliers]) -> Data:
        """The theorem as data."""
        theorem, domain = self.theorem, self.theorem.domain
        data: Data = {
            "name": theorem.name,
            "relation": self._relation(),
            "parameters": self._parameters(),
            "unknowns": [],
            "sequences": [],
            "vectors": [],
            "definitions": list(self._definitions()),
            "roots": list(self._roots()),
            "conditions": [self._condition(c) for c in domain.conditions],
            "chart": [{"of": tree(k), "value": tree(v)} for k, v in domain.chart.items()],
            "assumptions": [],
            "claim": {
                "left": self.write(theorem.claim.left),
                "right": self.write(theorem.claim.right),
            },
            "steps": [self._step(step, multipliers[step.name]) for step in theorem.steps],
        }
        data |= {} if self._index() is None else {"induction": self._index()}
        data["assumptions"] = list(self.assumptions.values())
        data["unknowns"] = [
            {"name": n, "sign": s, **({"whole": True} if n in self.whole else {})}
            for n, s in self.unknowns.items()
        ]
        data["sequences"] = [{"name": n, "sign": s} for n, s in self.sequences.items()]
        data["vectors"] = list(self.vectors)
        data["parameters"] += [{"of": ["dot", *k], "sign": s} for k, s in self.products.items()]
        if theorem.relation == "tight":
            given = witness_data(theorem, data)
            data |= {"tight": True, **({} if given is None else {"witness": given})}
        return {key: value for key, value in data.items() if value != [] or key == "steps"}

    def write(self, expression: Expression) -> Tree:
        """An expression, every name in it declared."""
        for one in atoms(expression):
            pair = gram_vectors(one)
            if pair is not None:
                self.vectors |= dict.fromkeys(pair)
            elif one.is_Symbol:
                self.declare_unknown(one.name)
            elif one.func.__name__ not in self._defined():
                self.declare_sequence(one.func.__name__)
        return tree(expression)

    def write_vector(self, vector: Vector) -> Tree:
        """A vector, every name in it declared."""
        self.vectors |= dict.fromkeys(vector.coefficients)
        for multiple in vector.coefficients.values():
            self.write(multiple)
        return vector_tree(vector)

    def declare_unknown(self, name: str, sign: str = "any", *, whole: bool = False) -> None:
        """A number that is no parameter; of a sign that a cited theorem needs."""
        if name not in self._numbers():
            self.whole |= {name} if whole else set()
            self.unknowns[name] = max(self.unknowns.get(name, "any"), sign, key=_STRONGER.index)

    def declare_sequence(self, name: str, sign: str = "any") -> None:
        """A sequence of numbers; of a sign that a cited theorem needs."""
        self.sequences[name] = max(self.sequences.get(name, "any"), sign, key=_STRONGER.index)

    def declare_product(self, symbol: Expression, sign: str) -> None:
        """The product of two vectors, of a sign that a cited theorem needs."""
        pair = gram_vectors(symbol)
        ranged = [p.symbol for p in self.theorem.domain.parameters]
        if pair is not None and symbol not in ranged and sign != "any":
            self.products[pair] = max(self.products.get(pair, "any"), sign, key=_STRONGER.index)

    def assume(self, name: str, kind: str, objects: Mapping[str, Tree]) -> str:
        """The name of an assumption, written down unless it is there already."""
        data = {"kind": kind, "objects": dict(objects)}
        for other in self.assumptions.values():
            if (other["kind"], other["objects"]) == (kind, data["objects"]):
                return str(other["name"])
        count = sum(other["name"].split(" [")[0] == name for other in self.assumptions.values())
        unique = name if count == 0 else f"{name} [{count + 1}]"
        self.assumptions[unique] = {"name": unique, **data}
        return unique

    def _numbers(self) -> set[str]:
        parameters = {str(p.symbol) for p in self.theorem.domain.parameters}
        return parameters | self.indices | self._defined()

    def _defined(self) -> set[str]:
        names = self.theorem.claim.definitions
        return {str(name) if name.is_Symbol else name.func.__name__ for name in names}

    def _relation(self) -> str:
        if self.theorem.relation == "exact":
            return "exact"
        return "lower" if self.theorem.claim.lower else "upper"

    def _parameters(self) -> list[Data]:
        """The range's numbers, and the index of an induction that is not among them."""
        found = []
        for parameter in self.theorem.domain.parameters:
            sign = _sign(parameter)
            if parameter.symbol.is_Function:  # a term of a sequence: the sequence has the sign
                self.declare_sequence(parameter.symbol.func.__name__, sign)
                continue
            self.write(parameter.symbol)
            whole = {"whole": True} if parameter.whole else {}
            found.append({"of": tree(parameter.symbol), "sign": sign, **whole})
        index = self._index()
        if index is not None and index not in [one["of"] for one in found]:
            self.indices.add(index)
            found.append({"of": index, "sign": "nonnegative", "whole": True})
        return found

    def _condition(self, condition: Condition) -> Data:
        data: Data = {
            "name": condition.text,
            "greater": self.write(condition.greater),
            "smaller": self.write(condition.smaller),
            "strict": condition.strict,
        }
        if condition.slack is not None:
            data |= {"slack": str(condition.slack), "slack_value": tree(condition.slack_value)}
        return data

    def _definitions(self) -> Iterator[Data]:
        for name, value in self.theorem.claim.definitions.items():
            if _square_of_root(value) is not None:
                continue
            if name.is_Symbol:
                yield {"name": str(name), "value": tree(value)}
            else:
                index = str(name.args[0])
                yield {"name": name.func.__name__, "index": index, "value": tree(value)}

    def _roots(self) -> Iterator[Data]:
        for name, value in self.theorem.claim.definitions.items():
            square = _square_of_root(value)
            if square is not None:
                yield {"name": str(name), "square": tree(square)}

    def _index(self) -> str | None:
        shifted = {str(k) for step in self.theorem.steps for k in step.shift}
        if len(shifted) > 1:
            raise UnwritableError(f"an induction has one index, not {', '.join(sorted(shifted))}")
        return next(iter(shifted), None)

    def _step(self, step: Step, multipliers: Multipliers) -> Data:
        data: Data = {"name": step.name, "shows": _shows(step)}
        if step.goal is not None:
            data["goal"] = self.write(step.goal)
        if step.direct:
            goal = factor(step.target(self.theorem.claim.gap))
            term = {"use": {"range": self.write(goal)}, "times": 1, "name": "the signs of the goal"}
            return {**data, "terms": [term]}
        items: tuple[Fact | Square, ...] = (*step.facts, *step.squares)
        terms: list[Data] = []
        for item, multiplier in zip(items, multipliers, strict=True):
            if sympy.sympify(multiplier) != 0:
                terms += self._terms(item, multiplier)
        return {**data, "terms": terms}

    def _terms(self, item: Fact | Square, multiplier: Expression) -> list[Data]:
        times = self.write(multiplier)
        if isinstance(item, Square):
            return [{"use": self._square(item), "times": times, "name": str(item)}]
        if item.lemma is not None:
            return citation_terms(self, item, item.lemma, multiplier)
        return [{"use": self._fact(item), "times": times, "name": item.name}]

    def _square(self, square: Square) -> Data:
        if isinstance(square.form, Vector):
            return {"norm": self.write_vector(square.form)}
        return {"square": self.write(square.form)}

    def _fact(self, fact: Fact) -> Data:
        """What a fact is; an inequality that calls itself an equality is written as it is."""
        if fact.shown_by is not None:
            return {"step": fact.shown_by}
        if fact.hypothesis:
            return {"hypothesis": True}
        if fact.condition:
            return {"condition": self._condition_of(fact)}
        if fact.reason == "definition":  # the kernel writes abbreviations out: 0 is left
            return {"range": self.write(fact.expression)}
        if fact.checked:
            return {"range": self.write(factor(fact.expression))}
        return {"assumption": self._assumed(fact)}

    def _assumed(self, fact: Fact) -> str:
        if fact.assumption is not None:
            return self._typed(fact, fact.assumption)
        kind, roles = ("given equality", ("left", "right")) if fact.equality else ("given", _GIVEN)
        objects = dict(zip(roles, (self.write(fact.expression), 0), strict=True))
        return self.assume(fact.name, kind, objects)

    def _typed(self, fact: Fact, typed: Assumption) -> str:
        """A kind and its objects: the kernel writes the inequality itself."""
        objects = {
            role: self.write_vector(one) if isinstance(one, Vector) else self.write(one)
            for role, one in typed.objects.items()
        }
        return self.assume(fact.name, typed.kind.value, objects)

    def _condition_of(self, fact: Fact) -> str:
        """The condition that the fact repeats; its own name, which is refused, if there is none."""
        conditions = self.theorem.domain.conditions
        same = [c.text for c in conditions if is_zero(c.difference - fact.expression)]
        return same[0] if same else fact.name


def _sign(parameter: Parameter) -> str:
    return "any" if parameter.signed else "positive" if parameter.positive else "nonnegative"


def _square_of_root(value: Expression) -> Expression | None:
    is_root = value.is_Pow and value.exp == sympy.Rational(1, 2)
    return value.base if is_root else None


def _shows(step: Step) -> str:
    if step.goal is not None:
        if step.shift:
            raise UnwritableError(f"step '{step.name}' has a goal of its own and shifts the index")
        return "goal"
    for index, value in step.shift.items():
        if value == 0:
            return "base"
        if value == index + 1:
            return "successor"
        raise UnwritableError(
            f"step '{step.name}' shifts {index} to {value}, not to 0 or {index} + 1"
        )
    return "claim"
