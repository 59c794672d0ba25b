"""What a theorem lists as its assumptions is what the kernel finds it to rest on."""

from collections.abc import Iterator

import pytest

from roundlot.theory.proofs.kernel.documents import FORMAT, VERSION, theorems
from roundlot.theory.proofs.kernel.hypotheses import Proved
from roundlot.theory.proofs.kernel.judging import prove
from roundlot.theory.theorems import CATALOGUE

# They say what a name stands for, and assume nothing of anything else.
NAMINGS = ("has its value", "is a square root", *(f"the left side of {t.name}" for t in CATALOGUE))


@pytest.fixture(scope="module")
def proved() -> dict[str, Proved]:
    found: dict[str, Proved] = {}
    data = [theorem.data for theorem in CATALOGUE]
    for theorem in theorems({"format": FORMAT, "version": VERSION, "theorems": data}):
        found[theorem.name] = prove(theorem, found)
    return found


def rests_on(proved: Proved) -> Iterator[str]:
    """The names of all assumptions; of what is added up also the conditions, for every index."""
    for hypothesis in proved.hypotheses:
        total, assumption = hypothesis.total, hypothesis.assumption
        if total is not None:
            yield from rests_on(total.proved)
            for condition in total.proved.theorem.conditions:
                yield f"{condition.name}, for {total.citation.over}"
        elif assumption is not None and not assumption.name.endswith(NAMINGS):
            yield assumption.name.split(" [")[0]


@pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)
def test_the_assumptions_are_the_hypotheses_of_the_kernel(theorem, proved):
    known = {c.name for c in proved[theorem.name].theorem.conditions}
    known |= set(rests_on(proved[theorem.name]))
    listed = {
        text: {name for name in known if text == name or text.startswith(f"{name} (")}
        for text in theorem.assumptions
    }
    assert all(listed.values()), [text for text, names in listed.items() if not names]
    assert known == set().union(*listed.values())


# Vectors of a cited theorem that are vectors of the citing one: with any other of its name, the
# citing theorem would assume of its own vector what is meant of another.
MEANT = {
    ("additive_mean", "unbiased", "u z"),
    ("additive_variance", "variance", "u"),
    ("participation_variance", "variance", "u"),
    ("stale_clients", "stale_update", "G h"),
    ("one_step", "cocoercivity", "e ∇F"),
    ("decreasing_steps", "one_step", "e"),
    ("gradient_dominated", "nonconvex_descent", "∇F"),
    ("expected_smoothness", "bounded_gradient", "∇F"),
    ("partial_participation", "bounded_gradient", "∇F"),
    ("local_drift", "drift_since_averaging", "δ"),
    ("local_steps", "local_step", "g"),
    ("local_steps_value", "local_steps", "g"),
    ("expected_batch", "planned_batch", "z ∇F"),
    ("mean_descent", "mean_over_clients", "b"),
    ("local_path", "batch_sum", "Z"),
    ("local_path", "squared_sum", "m y"),
    ("exact_path", "squared_sum", "m y"),
    ("fedavg_round", "local_deviation", "t v ∇F"),
    ("fedavg_weights_round", "fedavg_round", "t v ∇F"),
    ("fedavg_weights_round", "local_deviation", "a t v ∇F"),
    ("window_deviation", "mean_over_clients", "b"),
    ("window_descent", "mean_over_clients", "b"),
    ("window_descent", "window_deviation", "b t v ū ∇F"),
    ("latest_updates_sum", "latest_round", "g"),
    ("stale_updates_sum", "nonconvex_descent", "ξ ∇F"),
    ("stale_updates_sum", "memory_round", "m"),
    ("corrected_draw", "corrected_deviation", "a t v z ∇F"),
    ("scaffold_round", "corrected_deviation", "t v z ∇F"),
    ("scaffold_round", "corrected_draw", "t v z χ ∇F"),
    ("scaffold_sum", "scaffold_round", "g χ"),
    ("scaffold_sum", "corrected_draw", "χ"),
    ("scaffold_sum", "memory_round", "m"),
    ("leader_spread", "centred", "b"),
    ("consensus", "centred", "b"),
    ("consensus_mix_first", "centred", "b"),
}


def test_a_vector_of_a_cited_theorem_is_one_of_the_same_name_only_where_meant():
    found = set()
    for theorem in CATALOGUE:
        uses = [term["use"] for step in theorem.data["steps"] for term in step["terms"]]
        for cited in (use["cited"] for use in uses if "cited" in use):
            vectors = cited["substitution"].get("vectors", {})
            kept = sorted(name for name, other in vectors.items() if list(other) == [name])
            if kept:
                found.add((theorem.name, cited["theorem"], " ".join(kept)))
    assert found == MEANT
