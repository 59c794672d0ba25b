"""Setups: what they load, and one clear line for every way to get one wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.fleet import Fleet, check, default_setup, load_setup, write_table
from roundlot.fleet.setup import _devices as devices
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.theory import InfeasibleError, InvalidProblemError

TABLES = '[fleet]\nclients = "clients.csv"\nsamples = "samples.csv"\n'
LABELS = (
    '[fleet]\nclients = "clients.csv"\nlabels = "labels.csv"\n'
    '[fleet.label_model]\nzero = "digits"\none = "digits"\ntree = "words"\n'
)
NORMS = TABLES + '[scores]\nsource = "norms"\npath = "norms.csv"\n'


def refusal(call: Callable[[], object]) -> str:
    """What the call was refused for; nothing if it was not."""
    try:
        call()
    except InvalidProblemError as error:
        return str(error)
    return ""


def write(folder: Path, content: str) -> Path:
    path = folder / "other.toml"
    path.write_text(content)
    return path


def test_tables_are_joined_by_client(folder: Path) -> None:
    fleet = load_setup(folder / "setup.toml").fleet
    assert fleet.clients == ("ada", "ben", "cleo")
    assert fleet.samples.tolist() == [[4, 1], [0, 3], [6, 0]]
    assert fleet.processors.tolist() == [2, 1, 3]
    assert fleet.speed is not None
    assert fleet.link is not None
    assert fleet.speed.tolist() == [10.0, 5.0, 2.5]
    assert fleet.link.tolist() == [1.0, 2.0, 3.0]


def test_labels_make_the_same_fleet(folder: Path) -> None:
    fleet = load_setup(write(folder, LABELS)).fleet
    assert fleet.models == ("digits", "words")
    assert fleet.samples.tolist() == [[4, 1], [0, 3], [6, 0]]
    assert fleet.label_model is not None
    assert fleet.label_model.tolist() == [0, 0, 1, -1]


def test_models_select_and_order_columns(folder: Path) -> None:
    content = '[fleet]\nsamples = "samples.csv"\nmodels = ["words", "digits"]\n'
    fleet = load_setup(write(folder, content)).fleet
    assert fleet.samples.tolist() == [[1, 4], [3, 0], [0, 6]]
    assert fleet.processors.tolist() == [1, 1, 1]
    assert "one model per round" in fleet.assumptions[0]


def test_parquet_reads_like_csv(folder: Path) -> None:
    columns = {"client": ["ada", "ben", "cleo"], "digits": [4, 0, 6], "words": [1, 3, 0]}
    write_table(folder / "samples.parquet", columns)
    content = TABLES.replace("samples.csv", "samples.parquet")
    assert load_setup(write(folder, content)).fleet.samples.tolist() == [[4, 1], [0, 3], [6, 0]]


def test_identifiers_keep_their_zeros(folder: Path) -> None:
    (folder / "samples.csv").write_text("client,a\n007,1\n7,2\n")
    fleet = load_setup(write(folder, '[fleet]\nsamples = "samples.csv"\n')).fleet
    assert fleet.clients == ("007", "7")


def test_byte_order_mark_and_line_ends_of_spreadsheets(folder: Path) -> None:
    (folder / "samples.csv").write_bytes(b"\xef\xbb\xbfclient,a\r\nx,1\r\ny,2\r\n")
    content = b'\xef\xbb\xbf[fleet]\r\nsamples = "samples.csv"\r\n'
    (folder / "other.toml").write_bytes(content)
    assert load_setup(folder / "other.toml").fleet.samples.tolist() == [[1], [2]]


def test_least_samples_narrow_availability_and_are_declared(folder: Path) -> None:
    content = TABLES + "least_samples = 3\n"
    fleet = load_setup(write(folder, content)).fleet
    assert fleet.samples.tolist() == [[4, 0], [0, 3], [6, 0]]
    assert "at least 3 samples" in fleet.assumptions[-1]


def test_norms_are_weighted_aligned_and_expanded(folder: Path) -> None:
    setup = load_setup(write(folder, NORMS))
    expected = np.array([[3, 1], [3, 1], [0, 0.5], [2, 0], [2, 0], [2, 0]]) * setup.fleet.weights
    np.testing.assert_allclose(setup.table_scores, expected)
    assert setup.table_losses is None


def test_losses_and_plain_scores(folder: Path) -> None:
    losses = load_setup(write(folder, NORMS.replace('"norms"', '"losses"')))
    assert losses.scores.kind == "loss"
    np.testing.assert_allclose(losses.table_losses[0], [3, 1])  # type: ignore[index]
    plain = load_setup(write(folder, NORMS.replace('"norms"', '"scores"')))
    np.testing.assert_allclose(plain.table_scores[0], [3, 1])  # type: ignore[index]
    extra = load_setup(write(folder, NORMS + 'losses = "norms.csv"\n'))
    np.testing.assert_allclose(extra.table_losses[2], [0, 0.5])  # type: ignore[index]


def test_scores_per_processor(folder: Path) -> None:
    rows = "client,digits,words\ncleo,7,\nada,1,2\nben,,5\nada,3,4\ncleo,8,\ncleo,9,\n"
    (folder / "norms.csv").write_text(rows)
    setup = load_setup(write(folder, NORMS.replace('"norms"', '"scores"')))
    expected = [[1, 2], [3, 4], [0, 5], [7, 0], [8, 0], [9, 0]]
    np.testing.assert_array_equal(setup.table_scores, expected)


@pytest.mark.parametrize("repeat", [False, True])
def test_plain_arrays_follow_the_fleets_order(folder: Path, repeat: bool) -> None:
    table = np.array([[3, 1], [0, 0.5], [2, 0]])  # 0 where there are no samples
    np.save(folder / "norms.npy", table.repeat([2, 1, 3], axis=0) if repeat else table)
    setup = load_setup(write(folder, NORMS.replace("norms.csv", "norms.npy")))
    expected = np.array([[3, 1], [3, 1], [0, 0.5], [2, 0], [2, 0], [2, 0]]) * setup.fleet.weights
    np.testing.assert_allclose(setup.table_scores, expected)


def test_an_empty_score_takes_the_pair_offline(folder: Path) -> None:
    (folder / "norms.csv").write_text("client,digits,words\nada,3,\nben,,0.5\ncleo,2,\n")
    fleet = load_setup(write(folder, NORMS)).fleet
    assert fleet.available.tolist() == [[True, False], [False, True], [True, False]]
    np.testing.assert_allclose(fleet.data_weights.sum(axis=0), 1.0)


def test_a_score_table_alone_makes_a_fleet(folder: Path) -> None:
    content = '[fleet]\nsource = "scores"\n[scores]\nsource = "scores"\npath = "norms.csv"\n'
    setup = load_setup(write(folder, content))
    assert setup.fleet.clients == ("ben", "cleo", "ada")
    assert setup.fleet.models == ("words", "digits")
    np.testing.assert_array_equal(setup.table_scores, [[0.5, 0], [0, 2], [1, 3]])
    assert setup.fleet.assumptions


def test_budget_is_absolute_or_a_share_of_processors(folder: Path) -> None:
    assert load_setup(folder / "setup.toml").budget == 2
    assert load_setup(write(folder, TABLES)).budget == pytest.approx(0.6)
    share = load_setup(write(folder, TABLES + "[problem]\nbudget_fraction = 0.5\n"))
    assert share.budget == 3


def test_problem_has_the_setups_limits(folder: Path) -> None:
    limits = "[problem]\nbudget = 2\nfloor = 0.1\nceiling = 0.9\nprocessor_cap = 0.8\n"
    problem = load_setup(write(folder, TABLES + limits)).problem(np.ones((6, 2)))
    lower, upper = problem.bounds
    assert (lower.max(), upper.max()) == (0.1, 0.9)
    assert problem.processor_cap.tolist() == [0.8] * 6


def test_replaced_keys_are_checked_like_the_files(folder: Path) -> None:
    setup = load_setup(folder / "setup.toml")
    changed = setup.replaced({"problem.budget_fraction": 0.5, "seed": 3, "simulate.rounds": 10})
    assert (changed.budget, changed.seed, changed.simulate.rounds) == (3, 3, 10)
    assert (setup.budget, setup.seed) == (2, 0)
    assert changed.replaced({"seed": None}).seed == 0
    assert changed.replaced({"problem.budget": 4}).budget == 4
    with pytest.raises(InvalidProblemError, match=r"problem\.budget is -1"):
        setup.replaced({"problem.budget": -1})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[flete]\n", "no section 'flete'; did you mean 'fleet'?"),
        ("sead = 1\n", "no key 'sead'; did you mean 'seed'?"),
        ("[problem]\nbudgte = 1\n", "[problem] has no key 'budgte'; did you mean 'budget'?"),
        ("[problem]\nbudget = 0\n", "problem.budget is 0; give a number above 0"),
        ("[problem]\nbudget = -3.5\n", "problem.budget is -3.5"),
        ("[problem]\nbudget = nan\n", "problem.budget is nan"),
        ("[problem]\nbudget = inf\n", "problem.budget is inf"),
        ('[problem]\nbudget = "7"\n', "problem.budget is '7'; give 'none' or a number"),
        ("[problem]\nbudget = true\n", "problem.budget is True; give a number"),
        (f"[problem]\nbudget = {10**400}\n", "problem.budget is inf"),
        ("[problem]\nbudget = 1\nbudget_fraction = 0.1\n", "both given; choose one"),
        (
            "[problem]\nfloor = 1.5\n",
            "problem.floor is 1.5; give a number at least 0 and at most 1",
        ),
        ("problem = 3\n", "[problem] is 3; give a section"),
        ("[[problem]]\n", "[problem] is [{}]; give a section"),
        ("seed = -1\n", "seed is -1; give a whole number"),
        (f"seed = {10**30}\n", "give a whole number from 0"),
        ("seed = 1.0\n", "seed is 1.0; give a whole number"),
        ('name = ""\n', "name is ''; give a text"),
        ('[fleet]\nsource = "speach-commands"\n', "did you mean 'speech-commands'?"),
        ('[fleet]\nsource = "tables"\n', "fleet has no data"),
        ('[fleet]\nsource = "scores"\nsamples = "a.csv"\n', "reads no fleet.samples"),
        ('[fleet]\nsamples = "a.csv"\nlabels = "b.csv"\n', "both given; choose one"),
        ('[fleet]\nlabels = "b.csv"\n', "need each other"),
        ('[fleet]\nmodels = "digits"\n', "give a list of names"),
        ("[fleet]\nlabel_model = 3\n", "give a table, label = model"),
        ('[scores]\nsource = "norms"\n', "give scores.path"),
        ('[scores]\npath = "a.csv"\n', 'scores.source is "train"'),
        ('[scores]\nkind = "gradient"\n', "scores.kind is 'gradient'; valid: norm, loss"),
        ('[simulate]\nrounds = "many"\n', "simulate.rounds is 'many'; give 'auto' or a number"),
        ("[simulate]\nrounds = 0\n", "simulate.rounds is 0"),
        ('[simulate]\ndevice = "tpu"\n', "did you mean 'cpu'?"),
        ("[verify]\nfalse_alarm = 0\n", "verify.false_alarm is 0"),
        ("[bound]\nsmoothness = 1\nstrong_convexity = 2\n", "swap them?"),
        ("[train]\nlearning_rate = 0\n", "train.learning_rate is 0"),
        ("[fleet\n", "is not TOML: "),
        ("a = " + "[" * 100_000, "is not TOML|nests too deep"),
        ("seed = " + "9" * 10_000, "a number of 10000 digits, 99999999..., and 4300 are read"),
        ("a = 1\na = 2\n", "is not TOML: "),
    ],
)
def test_a_wrong_setup_is_named_in_one_line(folder: Path, content: str, message: str) -> None:
    path = write(folder, content)
    pattern = message if "|" in message else re.escape(message)
    with pytest.raises(InvalidProblemError, match=pattern) as error:
        load_setup(path)
    text = str(error.value)
    assert "\n" not in text
    assert "other.toml" in text
    assert len(text) < 500


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("samples.csv", None, "samples.csv does not exist; did you mean 'samples"),
        ("samples.csv", "", "samples.csv is empty"),
        ("samples.csv", "client,digits\n", "has no rows below its header"),
        ("samples.csv", "clinet,digits\nada,1\n", "no column 'client'; did you mean 'clinet'?"),
        ("samples.csv", "client\nada\n", "has no model"),
        ("samples.csv", "client,digits,digits\nada,1,2\n", "'digits' appears more than once"),
        ("samples.csv", "client,digits\nada,-1\n", "client 'ada' for 'digits' is -1"),
        (
            "samples.csv",
            "client,digits\nada,1\nben,NaN\n",
            "client 'ben', column 'digits', row 2 is nan",
        ),
        ("samples.csv", "client,digits\nada,1\nben,x\n", "'digits', row 2 is 'x'; give a number"),
        ("samples.csv", "client,digits\nada,1\n,2\n", "'client' is empty in row 2"),
        ("samples.csv", "client,digits\nada,1\nada,2\n", "client 'ada' appears 2 times"),
        ("samples.csv", "client,digits\nada,1e400\n", "client 'ada' for 'digits' is inf"),
        ("samples.csv", "client,digits\nada," + "9" * 400 + "\n", "'digits' is inf"),
        ("samples.csv", "client,digits\nada,1,2,3\n", "row 1 has 4 cells, 2 expected"),
        ("samples.csv", b"client,digits\n\xff\xfe,1\n", "is not UTF-8 text"),
        ("samples.csv", b"\x00\x01\x02\x03", "or no text; save it as UTF-8"),
        ("clients.csv", "client,processors\nada,1\nben,1\n", "no row for client 'cleo'"),
        ("clients.csv", "client\nada\nben\ncleo\ndan\n", "names client 'dan'"),
        ("clients.csv", "client,procesors\nada,1\n", "did you mean 'processors'?"),
        ("clients.csv", "client,processors\nada,0\nben,1\ncleo,1\n", "'ada' has 0 processors"),
        (
            "clients.csv",
            "client,processors\nada,\nben,1\ncleo,1\n",
            "'processors' is empty in row 1",
        ),
        ("clients.csv", "client,speed\nada,0\nben,1\ncleo,1\n", "speed of client 'ada' is 0"),
        ("clients.csv", "client,link\nada,1\nben,-2\ncleo,1\n", "link of client 'ben' is -2"),
    ],
)
def test_a_wrong_table_is_named_in_one_line(
    folder: Path, file: str, content: str | bytes | None, message: str
) -> None:
    path = folder / file
    if content is None:
        path.rename(folder / "samples-old.csv")
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    pattern = message if "|" in message else re.escape(message)
    alone = write(folder, '[fleet]\nsamples = "samples.csv"\n')
    with pytest.raises(InvalidProblemError, match=pattern) as error:
        _ = load_setup(alone if file == "samples.csv" else folder / "setup.toml").fleet
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('zero = "digits"', 'zer = "digits"', "no label 'zer'; did you mean 'zero'?"),
        ("[fleet.label_model]", 'models=["digits", "word"]\n[fleet.label_model]', "mean 'word'?"),
        ('labels = "labels.csv"', 'labels = "labels.xlsx"', "does not exist"),
        ('labels = "labels.csv"', 'labels = "setup.toml"', "is not a .csv, .tsv or .parquet file"),
        ('labels = "labels.csv"', 'labels = "."', "is a folder; give a file"),
        ('labels = "labels.csv"', 'labels = "a/b.csv"', "nor does the folder"),
        ('labels = "labels.csv"', 'labels = "a\\u0000b.csv"', "is not shown but obeyed"),
        ('labels = "labels.csv"', f'labels = "{"a" * 300}.csv"', "cannot be read: file name too"),
    ],
)
def test_a_wrong_mapping_or_path_is_named(folder: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidProblemError, match=re.escape(message)):
        _ = load_setup(write(folder, LABELS.replace(old, new))).fleet


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("ada,3,1\nben,2,0.5\ncleo,2,\n", "client 'ben' has a score for 'digits' but no samples"),
        ("ada,3,1\nben,,0.5\n", "0 rows for client 'cleo'"),
        ("ada,3,1\nada,3,1\nben,,1\ncleo,2,\n", "1 rows for client 'cleo', which needs 3"),
        ("ada,3,1\nada,3,\nben,,1\ncleo,2,\ncleo,2,\ncleo,2,\n", "some of its processors only"),
        ("ada,3,1\nben,,-1\ncleo,2,\n", "'words' of client 'ben' is -1"),
        ("ada,3,1\nben,,inf\ncleo,2,\n", "'words' of client 'ben' is inf"),
        ("ada,3,\nben,,\ncleo,2,\n", "nobody can train 'words'"),
    ],
)
def test_scores_that_do_not_fit_the_fleet(folder: Path, rows: str, message: str) -> None:
    (folder / "norms.csv").write_text("client,digits,words\n" + rows)
    with pytest.raises(InvalidProblemError, match=re.escape(message)):
        check(write(folder, NORMS))


def test_score_tables_must_know_the_same_models(folder: Path) -> None:
    (folder / "norms.csv").write_text("client,digits,wrds\nada,3,1\nben,,1\ncleo,2,\n")
    with pytest.raises(InvalidProblemError, match="no model 'wrds'; did you mean 'words'"):
        check(write(folder, NORMS))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("budget = 1\nfloor = 0.2", "takes 1.6 draws, above the budget 1"),
        ("budget = 6\nfloor = 0.6", "takes 1.2 of a processor of client 'ada'"),
        ("budget = 6\nfloor = 0.3\nceiling = 0.2", "above problem.ceiling 0.2"),
    ],
)
def test_floors_that_do_not_fit(folder: Path, limits: str, message: str) -> None:
    path = write(folder, TABLES + "[problem]\n" + limits)
    with pytest.raises(InfeasibleError, match=re.escape(message)):
        check(path)
    with pytest.raises(InfeasibleError, match=re.escape(message)):
        load_setup(path).problem(np.ones((6, 2)))


@pytest.mark.parametrize("floor", [0.2, 0.15, 0.3, 1 / 3])
@pytest.mark.parametrize("budget", [0.8, 0.7, 1.0])
def test_what_floors_are_said_to_need_fits_as_printed(
    folder: Path, floor: float, budget: float
) -> None:
    def solved(floor: float, budget: float) -> None:
        limits = f"[problem]\nbudget = {budget!r}\nfloor = {floor!r}\n"
        check_feasible(load_setup(write(folder, TABLES + limits)).problem(np.ones((6, 2))))

    with pytest.raises(InfeasibleError) as error:
        solved(floor, budget)
    found = re.search(
        r"floor of at most (\S+) or a budget of at least (\S+) fits", str(error.value)
    )
    assert found
    solved(float(found[1]), budget)
    solved(floor, float(found[2]))


def test_notes_of_a_check(folder: Path) -> None:
    assert check("speech-commands") == ()
    (folder / "norms.csv").write_text("client,digits,words\nada,1,1\nben,,1\ncleo,2,\n")
    assert check(write(folder, NORMS))[0].startswith("1 client has more processors than models")
    assert (
        "('cleo' has 3 and data for 1): set their processors to" in check(write(folder, NORMS))[0]
    )
    budget, *_ = check(write(folder, NORMS + "[problem]\nbudget = 7\n"))
    assert "above what the fleet can use, 6" in budget
    budget, *_ = check(write(folder, NORMS + "[problem]\nbudget = 5\nceiling = 0.5\n"))
    assert "above what the fleet can use, 4" in budget
    assert "labels of no model are ignored: noise" in check(write(folder, LABELS))
    (folder / "norms.csv").write_text("client,digits,words\nada,0,1\nben,,1\ncleo,2,\n")
    assert any("2 available pairs have the score 0" in note for note in check(write(folder, NORMS)))


def test_training_without_labels_fails_the_check(folder: Path) -> None:
    with pytest.raises(InvalidProblemError, match="no counts per label to train on"):
        check(folder / "setup.toml")


@pytest.mark.parametrize("name", ["none.toml", ".", "a\0b", "x" * 300])
def test_setups_that_are_not_there(folder: Path, name: str) -> None:
    with pytest.raises(InvalidProblemError):
        load_setup(folder / name)


def test_setup_that_is_not_utf8(folder: Path) -> None:
    (folder / "other.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(InvalidProblemError, match="not UTF-8 text"):
        load_setup(folder / "other.toml")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
_KEYS = st.sampled_from(
    [
        "seed",
        "name",
        "fleet",
        "problem.budget",
        "problem.floor",
        "fleet.source",
        "fleet.samples",
        "fleet.models",
        "fleet.label_model",
        "scores.source",
        "scores.path",
        "simulate.rounds",
        "verify.miss",
        "train.batch",
        "train",
        "bound.smoothness",
    ]
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=3))
def test_any_value_is_taken_or_named(changes: dict[str, object]) -> None:
    if any(f"{key}." in other for key in changes for other in changes):
        return
    said = refusal(lambda: default_setup().replaced(changes))
    assert "\n" not in said


def test_a_note_names_whom_to_change_and_not_everybody() -> None:
    n = 8
    samples = np.ones((n, 2), dtype=np.int64)
    samples[:, 1] = 0
    fleet = Fleet(
        name="many",
        clients=tuple(f"c{i}" for i in range(n)),
        models=("digits", "words"),
        samples=samples + np.eye(n, 2, dtype=np.int64),
        processors=np.full(n, 2, dtype=np.int64),
    )
    (note,) = devices(fleet)
    assert note.startswith("7 clients have more processors")
    assert "'c0' has 2 and data for 1" in note
    assert "'c1'" not in note  # has data for both
    assert "; and 2 more)" in note
    assert "set their processors" in note
