"""The shipped fleet: the facts its page states, and what the random match promises."""

import subprocess
import sys
from io import BytesIO

import numpy as np
import polars as pl
import pytest

from roundlot.data import data_bytes
from roundlot.fleet import default_setup, describe, gini, speech_commands_fleet
from roundlot.fleet.sources import COMMANDS, DIGITS, models_at_once

LINKS = pl.read_csv(BytesIO(data_bytes("bandwidth_traces.csv")))["mean_mbps"].to_numpy()


def test_facts_of_the_recordings() -> None:
    fleet = speech_commands_fleet()
    assert fleet.label_counts is not None
    per_client = fleet.label_counts.sum(axis=1)
    assert fleet.n_clients == 2187
    assert (per_client.min(), np.median(per_client), per_client.max()) == (16, 30, 316)
    assert gini(per_client) == pytest.approx(0.34, abs=0.005)
    lacking = np.sort((fleet.label_counts == 0).mean(axis=0))
    assert fleet.label_counts.max() == 24
    assert 0.275 < lacking[0] < lacking[29] < 0.465
    assert 0.775 < lacking[30] < lacking[34] < 0.815


def test_facts_of_phones_and_links() -> None:
    phones = pl.read_csv(BytesIO(data_bytes("phones.csv")))
    assert phones["ram_gb"].count() == phones["cpu_float_score"].count() == 333
    assert LINKS.size == 1171
    assert (LINKS.min(), LINKS.max()) == pytest.approx((0.13, 5.8), rel=0.03)


def test_three_models_share_the_words() -> None:
    fleet = speech_commands_fleet()
    assert fleet.models == ("digits", "commands", "words")
    assert fleet.label_model is not None
    assert np.bincount(fleet.label_model).tolist() == [10, 10, 15]
    owner = dict(zip(fleet.label_names, fleet.label_model.tolist(), strict=True))
    assert {owner[word] for word in DIGITS} == {0}
    assert {owner[word] for word in COMMANDS} == {1}
    assert fleet.samples.sum() == 103_171


def test_processors_are_ragged_and_never_above_what_a_client_can_train() -> None:
    fleet = speech_commands_fleet()
    assert set(fleet.processors.tolist()) == {1, 2, 3}
    assert np.all(fleet.processors <= fleet.available.sum(axis=1))
    assert models_at_once([0, 3, 4, 6, 8, 12]).tolist() == [1, 1, 2, 2, 3, 3]


def test_match_uses_every_phone_and_link_alike_and_depends_on_the_seed_only() -> None:
    one, same, other = (speech_commands_fleet(seed=seed) for seed in (3, 3, 4))
    assert one.link is not None
    assert same.link is not None
    assert other.link is not None
    assert np.array_equal(one.link, same.link)
    assert not np.array_equal(one.link, other.link)
    _, times = np.unique(np.searchsorted(np.sort(LINKS), one.link), return_counts=True)
    assert one.speed is not None
    assert one.speed.max() == pytest.approx(100 * 4310 / 1548)
    assert times.min() == 2187 // 1171
    assert np.array_equal(one.samples, other.samples)


def test_match_is_random_not_sorted() -> None:
    fleet = speech_commands_fleet()
    assert fleet.speed is not None
    assert fleet.link is not None
    columns = np.stack([fleet.speed, fleet.link, fleet.samples.sum(axis=1), np.arange(2187)])
    apart = np.corrcoef(columns)[:2][np.triu_indices(2, 1, 4)]
    assert apart.size == 5
    assert np.abs(apart).max() < 5 / np.sqrt(2187)


def test_match_is_pinned() -> None:
    """Figures of two runs are comparable only if the match never moves."""
    fleet = speech_commands_fleet()
    assert fleet.link is not None
    assert fleet.n_processors == 4291
    assert fleet.link[:3].tolist() == [0.8486, 0.9698, 2.2682]


def test_choices_are_declared() -> None:
    text = " ".join(speech_commands_fleet(seed=5).assumptions)
    for words in ("random match with seed 5", "memory", "100 samples per second", "link"):
        assert words in text


def test_default_setup_gives_the_fleet() -> None:
    setup = default_setup()
    assert setup.fleet.name == "speech-commands"
    assert setup.budget == pytest.approx(1287.3)
    assert "2,187 clients" in str(describe(setup.fleet))


def test_least_samples_make_models_scarce() -> None:
    fleet = default_setup().replaced({"fleet.least_samples": 10}).fleet
    assert fleet.samples[fleet.available].min() == 10
    assert fleet.available.mean() == pytest.approx(0.62, abs=0.01)
    assert np.all(fleet.processors <= fleet.available.sum(axis=1))


def test_import_is_light() -> None:
    code = (
        "import sys, roundlot.fleet; "
        "print([m for m in ('torch', 'cvxpy', 'sympy', 'polars', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
