"""The wage panel from linearmodels' wheel: made-up wheels in its format, the real one if there."""

import bz2
import hashlib
import importlib.util
import sys

import numpy as np
import pytest

from roundlot.simulate.tasks import load_wage_panel, make_tasks, panel, wage_panel
from roundlot.theory import InvalidProblemError

HEADER = "nr,year,black,exper,hisp,hours,married,educ,union,lwage,expersq,occupation"


def row(person, year):
    """Person 13, 17, 21, ...; the wage rises by a tenth a year, from the person's own."""
    exper, job = year - 1979, person % 9 + 1
    numbers = [13 + 4 * person, year, person % 2, exper, 0, 2000 + person, int(year > 1983)]
    numbers += [12, int(person % 3 == 0), f"{1 + person / 545 + exper / 10:.6f}", exper**2, job]
    return ",".join(map(str, numbers))


TEXT = "\n".join([HEADER, *(row(p, y) for p in range(545) for y in range(1980, 1988)), ""]).encode()


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Installs a package linearmodels that fails when imported, with a file of these bytes."""
    site = tmp_path / "site"
    folder = site / "linearmodels" / "datasets" / "wage_panel"
    folder.mkdir(parents=True)
    (site / "linearmodels" / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "linearmodels", raising=False)

    def install(content):
        (folder / "wage_panel.csv.bz2").write_bytes(content)
        return folder / "wage_panel.csv.bz2"

    return install


@pytest.fixture
def made_up(wheel, monkeypatch):
    """The made-up persons as if they were those that are known."""
    monkeypatch.setattr(wage_panel, "_SHA256", hashlib.sha256(TEXT).hexdigest())
    wheel(bz2.compress(TEXT, 1))


def refusal(call=load_wage_panel):
    """The message of the error that a call raises, which is one line."""
    with pytest.raises(InvalidProblemError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("made_up")
def test_the_file_is_read_and_the_package_not_imported():
    rows, person = load_wage_panel()
    assert rows.shape == (4360, 12)
    np.testing.assert_array_equal(person, np.repeat(np.arange(545), 8))
    assert rows[9].tolist() == [17, 1981, 1, 2, 0, 2001, 0, 12, 0, 1.201835, 4, 2]
    assert "linearmodels" not in sys.modules


@pytest.mark.usefixtures("made_up")
def test_a_client_is_a_person_and_the_last_years_are_held_out():
    wage, married = panel(30, ("wage", "married"), test_years=2)
    assert (wage.name, married.name) == ("wage", "married")
    assert wage.train.counts.tolist() == [6] * 30
    assert wage.test[0].shape == (60, 18)
    # In standard units of 180 wages to train on, by hand: 1 + p / 545 + (1 to 6) / 10.
    raw = np.array([1 + p / 545 + t / 10 for p in range(30) for t in range(1, 7)])
    told = wage.train.targets[:, 0].numpy()
    np.testing.assert_allclose(told, (raw - raw.mean()) / raw.std(), atol=2e-5)
    # Married from 1984 on, two of the six years; in 1986 and 1987 all are.
    assert married.train.of(7)[1].tolist() == [0, 0, 0, 0, 1, 1]
    assert married.test[1].tolist() == [1] * 60
    # The target is not among its own inputs: hours and wage are columns 4 and 7 of marriage's nine.
    assert married.train.inputs.shape[1] == 9 + 9
    year = married.train.of(3)[0][:, 0].numpy()
    np.testing.assert_allclose(np.diff(year), np.full(5, 1 / np.arange(6).std()), rtol=1e-5)
    jobs = married.train.inputs[:, 9:].numpy() > 0
    assert (jobs.sum(axis=1) == 1).all()
    assert jobs.argmax(axis=1).tolist() == [p % 9 for p in range(30) for _ in range(6)]


@pytest.mark.usefixtures("made_up")
def test_persons_are_the_same_for_every_model_and_seed():
    one, two = (make_tasks("panel", n_clients=9, targets="union", seed=seed)[0] for seed in (1, 2))
    np.testing.assert_array_equal(one.train.inputs, two.train.inputs)
    assert any(
        (a != b).any()
        for a, b in zip(one.module.parameters(), two.module.parameters(), strict=True)
    )


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"targets": "wages"}, "targets is 'wages'"),
        ({"targets": ("wage", "wage")}, "targets are ['wage', 'wage']; name each model's once"),
        ({"targets": ()}, "targets are []"),
        ({"n_clients": 546}, "n_clients is 546 and test_years 1; there are 545 persons"),
        ({"n_clients": 0}, "n_clients is 0"),
        ({"test_years": 8}, "test_years 8; there are 545 persons of 8 years"),
        ({"network": "cnn"}, "network is 'cnn'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, said):
    assert said in refusal(lambda: panel(**options))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bz2.compress(TEXT, 1), "holds other numbers than are known"),
        (bz2.compress(TEXT, 1)[:-9], "holds no whole bzip2 file"),
        (b"", "holds no whole bzip2 file"),
        (bz2.compress(b""), "holds other numbers than are known"),
        (b"BZh9 nothing", "holds no whole bzip2 file"),
    ],
)
def test_damaged_files_are_named_with_what_to_install(wheel, content, said):
    path = wheel(content)
    message = refusal()
    assert message.startswith(f"{path} {said}")
    assert message.endswith(": python -m pip install --force-reinstall --no-deps linearmodels")


def test_a_package_without_the_file_or_none_is_named(wheel, monkeypatch):
    wheel(b"").unlink()
    assert "linearmodels is installed without " in refusal()
    monkeypatch.setattr(wage_panel, "find_spec", lambda name: None)
    assert "wheel of linearmodels, which is not installed: python -m pip install" in refusal()
    assert "[panel]" in refusal(lambda: make_tasks("panel"))


@pytest.mark.skipif(
    importlib.util.find_spec("linearmodels") is None,
    reason="linearmodels is an optional dependency: roundlot[panel]",
)
def test_the_real_file_is_the_known_one():
    """By bzcat, cut and a count of lines: the first row, classes, the mean of log wages."""
    rows, _ = load_wage_panel()
    assert rows[0].tolist() == [13, 1980, 0, 1, 0, 2672, 0, 14, 0, 1.19754, 1, 9]
    assert np.bincount(rows[:, 8].astype(int)).tolist() == [3296, 1064]
    assert np.bincount(rows[:, 11].astype(int)).tolist()[1:] == [
        *(453, 399, 233, 486, 934, 881, 401, 64, 509)
    ]
    assert rows[:, 9].mean() == pytest.approx(1.6491471921100906, rel=1e-12)
