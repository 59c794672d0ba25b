"""Documents written by hand that a false statement, or one that reads otherwise, is made of."""

import pytest

from roundlot.theory.proofs import RefusedError, UnreadableError, judge

INDEX = {"of": "t", "sign": "nonnegative", "whole": True}
HYPOTHESIS = {"use": {"hypothesis": True}, "times": 1, "name": "hypothesis"}
BASE = {"name": "base", "shows": "base", "terms": []}


def number(of, sign="nonnegative"):
    return {"of": of, "sign": sign}


def term(times=1, **use):
    return {"use": use, "times": times, "name": "term"}


def successor(*terms):
    return {"name": "next", "shows": "successor", "terms": [HYPOTHESIS, *terms]}


def shown(*terms):
    return {"name": "only", "shows": "claim", "terms": list(terms)}


def theorem(left, right, *steps, name="main", **more):
    both = {"left": left, "right": right}
    return {"name": name, "relation": "upper", "claim": both, "steps": list(steps), **more}


def verdict(*theorems):
    return judge({"format": "roundlot-proof", "version": 1, "theorems": list(theorems)})


def refused(reason, *theorems, error=RefusedError):
    with pytest.raises(error, match=reason):
        verdict(*theorems)


def triangle(x):
    """``t(t − 1)/2 − x t``: from one t to the next it grows by ``t − x``; negative at t = 2x."""
    return ["-", ["/", ["*", "t", ["-", "t", 1]], 2], ["*", x, "t"]]


def at_least(greater, smaller, name="more"):
    return {"name": name, "greater": greater, "smaller": smaller}


def given(greater, smaller, name="given"):
    objects = {"greater": greater, "smaller": smaller}
    return {"name": name, "kind": "given", "objects": objects}


def inductive(x, *uses, parameters=(), **more):
    steps = BASE, successor(*uses)
    return theorem(0, triangle(x), *steps, parameters=[INDEX, *parameters], induction="t", **more)


def test_an_index_that_is_never_at_the_base():
    """``t <= 0``: from t to t + 1 by the factor (t + 1)/t, but not from 0 to 1."""
    growing = {**HYPOTHESIS, "times": ["/", ["+", "t", 1], "t"]}
    step = {**successor(), "terms": [growing]}
    index = {**INDEX, "sign": "positive"}
    refused("is positive", theorem("t", 0, BASE, step, parameters=[index], induction="t"))


def test_an_inner_number_behind_an_abbreviation():
    short = [{"name": "D", "value": "j"}]
    wrong = inductive(
        "D",
        term(condition="more"),
        parameters=[number("j")],
        conditions=[at_least("t", "j")],
        definitions=short,
    )
    refused("restricts the index", wrong)


def test_an_index_behind_a_sequence():
    short = [{"name": "D", "index": "k", "value": "t"}]
    bound = [at_least(["at", "D", 0], 3)]
    wrong = inductive(3, term(condition="more"), conditions=bound, definitions=short)
    refused("does not name", wrong, error=UnreadableError)


def test_conditions_that_leave_out_an_index_together():
    bounds = [at_least("t", "j", "below"), at_least("j", 1, "above")]
    uses = term(condition="below"), term(condition="above")
    wrong = inductive(1, *uses, parameters=[number("j")], conditions=bounds)
    refused("restricts the index t: above", wrong)


def test_an_assumption_that_fails_at_the_base():
    wrong = inductive(3, term(assumption="given"), assumptions=[given("t", 3)])
    refused("holds nowhere", wrong)


def test_a_cited_induction_says_its_conditions_for_every_index():
    """For one t alone ``j <= t`` would give ``0 <= t(t − 1)/2 − j t``, false at t = j = 2."""
    tie = {"name": "tie", "kind": "definition", "objects": {"symbol": "d", "value": "j"}}
    lemma = inductive(
        "d",
        term(condition="more"),
        term(-1, assumption="tie"),
        parameters=[number("j"), number("d")],
        conditions=[at_least("t", "j")],
        assumptions=[tie],
        name="lemma",
    )
    names = {"t": "t", "j": "j", "d": "j"}
    cited = term(cited={"theorem": "lemma", "substitution": {"names": names}})
    range_ = {"parameters": [INDEX, number("j")], "conditions": [at_least("t", "j")]}
    rests = verdict(lemma, theorem(0, triangle("j"), shown(cited), **range_)).hypotheses
    assert "lemma: t >= j, for every t" in rests


def test_what_names_stand_for_is_said_where_they_are_cited():
    unknown = {"unknowns": [{"name": "x"}]}
    use = term(assumption="given")
    low = theorem(5, "x", shown(use), name="low", assumptions=[given("x", 5)], **unknown)
    cited = term(cited={"theorem": "low", "substitution": {"names": {"x": ["-", "x"]}}})
    (rest,) = verdict(low, theorem("x", -5, shown(cited), **unknown)).hypotheses
    assert rest == "low: given (given: greater x, smaller 5); in main x is -x"


POSITIVE = theorem(
    0,
    "y",
    shown(term(range="y")),
    name="positive",
    parameters=[number("y"), number("z")],
)


def test_what_a_sum_is_the_sum_of_is_said():
    sums = [{"term": "y", "times": 1, "sum": "x"}]
    cited = term(cited={"theorem": "positive", "sums": sums, "over": "all clients"})
    main = theorem(0, "x", shown(cited), parameters=[number("x", "any")])
    (rest,) = verdict(POSITIVE, main).hypotheses
    assert "for all clients" in rest
    assert rest.endswith("x is the sum of y")


def test_a_sum_of_terms_that_divide_by_what_may_be_0():
    ratio = ["/", "y", "z"]
    sums = [
        {"term": ["+", "y", ratio], "times": 1, "sum": "U"},
        {"term": ratio, "times": -1, "sum": "S"},
    ]
    cited = term(cited={"theorem": "positive", "sums": sums, "over": "all"})
    both = [number("S", "any"), number("U", "any")]
    refused("divides by z", POSITIVE, theorem("S", "U", shown(cited), parameters=both))


def test_a_multiplier_called_like_an_operation():
    product = ["*", "at", "y"]
    both = [number("at"), number("y")]
    lemma = theorem(0, product, shown(term(range=product)), name="lemma", parameters=both)
    sums = [{"term": "y", "times": "at", "sum": "S"}]
    cited = term(cited={"theorem": "lemma", "sums": sums, "over": "all"})
    signed = [number("at", "any"), number("S", "any")]
    main = theorem(0, ["*", "at", "S"], shown(cited), parameters=signed)
    refused("in common is not given", lemma, main)


HALF = ["^", ["/", 1, 2], "t"]


def half_attained(height, witness, **more):
    """``a(t) <= 2 t A`` from ``a(t + 1) <= (t + 1) A``: attained by no A that is one number."""
    following = ["+", "t", 1]
    halves = given(["*", height, following], ["at", "a", following], "next")
    start = given(0, ["at", "a", 0], "start")
    rises = {**HYPOTHESIS, "times": 0}
    twice = term(range=["*", height, following])
    values = [{"name": "a", "index": "k", "value": ["*", 2, "k", ["^", ["/", 1, 2], "k"]]}]
    return {
        **theorem(
            ["at", "a", "t"],
            ["*", 2, "t", height],
            {**BASE, "terms": [term(assumption="start")]},
            {**successor(), "terms": [rises, term(assumption="next"), twice]},
            parameters=[INDEX],
            sequences=[{"name": "a"}],
            assumptions=[halves, start],
            induction="t",
            tight=True,
            witness={"text": "halved", "values": {}, "sequences": values, **witness},
        ),
        **more,
    }


def test_a_parameter_that_varies_in_a_witness():
    ranged = {"parameters": [INDEX, number("A", "positive")]}
    refused("varies with t", half_attained("A", {"values": {"A": HALF}}, **ranged))


def test_an_unknown_behind_an_abbreviation_that_varies_in_a_witness():
    more = {"unknowns": [number("A", "positive")], "definitions": [{"name": "D", "value": "A"}]}
    more["unknowns"] = [{"name": "A", "sign": "positive"}]
    wrong = half_attained("A", {"values": {"A": HALF}}, **more)
    wrong["claim"]["right"] = ["*", 2, "t", "D"]
    refused("varies with t", wrong)


def test_a_length_that_varies_in_a_witness():
    basis = {"basis": [{"name": "b", "square": HALF}], "vectors": {"e": {"b": 1}}}
    refused("varies with t", half_attained(["dot", "e", "e"], basis, vectors=["e"]))


def test_an_instance_in_which_everything_is_0():
    norm = ["dot", "e", "e"]
    nothing = {"text": "nothing", "vectors": {"e": {}}}
    more = {"vectors": ["e"], "tight": True, "witness": nothing}
    refused("both sides are 0", theorem(norm, ["*", 9, norm], shown(term(8, norm="e")), **more))


def test_a_bound_is_said_to_be_attained_where_it_is():
    gap = term(range=["-", "x", 1])
    more = {
        "parameters": [number("x", "positive")],
        "conditions": [{**at_least("x", 1), "slack": "s", "slack_value": ["-", "x", 1]}],
        "chart": [{"of": "x", "value": ["+", 1, "s"]}],
        "tight": True,
        "witness": {"text": "one", "values": {"x": 1}},
    }
    found = verdict(theorem("x", ["*", "x", "x"], shown({**gap, "times": "x"}), **more))
    assert found.claim == "x <= x·x (attained at x = 1)"


@pytest.mark.parametrize("part", ["conditions", "assumptions"])
def test_what_holds_nowhere(part):
    one = at_least(0, 1, "given") if part == "conditions" else given(0, 1)
    wrong = theorem(2, 1, shown(term(**{part[:-1]: "given"})), **{part: [one]})
    refused("holds nowhere", wrong)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("x\n  0 <= 1", "y"), "has the character"),
        (("x\u202e", "y"), "has the character"),
        (("x ", "y"), "begins or ends"),
        (("x", "\u0445"), "has the character"),
        (("x", "\uff58"), "has the character"),
        (("o", "\u03bf"), "look alike"),
        (("x", "x²"), "looks like a power"),
    ],
)
def test_names_that_print_like_something_else(names, reason):
    x, y = names
    both = [number(x, "any"), number(y, "any")]
    wrong = theorem(x, y, shown(term(condition="more")), parameters=both)
    refused(reason, {**wrong, "conditions": [at_least(y, x)]}, error=UnreadableError)


def test_an_assumption_whose_name_prints_a_line_of_its_own():
    name = "x\n  - nothing"
    wrong = theorem("x", 1, shown(term(assumption=name)), assumptions=[given(1, "x", name)])
    refused("cannot be printed", {**wrong, "unknowns": [{"name": "x"}]}, error=UnreadableError)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (["^", ["^", "x", 3], 2], "(x^3)^2"),
        (["^", "x", ["^", 2, 3]], "x^(2^3)"),
        (["^", -2, 2], "(-2)^2"),
        (["*", 2, "2"], "2·[2]"),
        (["+", "x + 1", 1], "[x + 1] + 1"),
    ],
)
def test_the_printed_claim_is_the_one_that_was_judged(tree, text):
    numbers = [number("x"), number("2"), number("x + 1")]
    found = verdict(theorem(tree, tree, shown(), parameters=numbers))
    assert found.claim == f"{text} <= {text}"
