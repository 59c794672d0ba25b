"""Every option with values that make no sense: refused in one line, before work, nothing left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Call = Callable[..., tuple[int, str, str]]

CLIENTS = "client,processors,speed,link\nann,1,10,4\nbob,1,5,4\ncy,1,1,2\ndee,1,8,4\n"
SAMPLES = "client,digits\nann,10\nbob,10\ncy,10\ndee,10\n"
DEVICES = """
[fleet]
source = "tables"
clients = "clients.csv"
samples = "samples.csv"
[problem]
budget = 2.0
[scores]
source = "norms"
path = "samples.csv"
"""
TRAIN = """
methods = ["random"]
[tasks]
kind = "quadratics"
models = 2
clients = 6
[run]
rounds = 2
seeds = 1
"""
WORKERS = """
methods = ["d-psgd"]
[tasks]
kind = "quadratics"
[workers]
count = 8
graph = "ring"
[run]
rounds = 2
seeds = 1
"""
STRAGGLE = ("straggle", "devices.toml", "--workers", "4", "--batch", "32", "--unit", "2")
PARTITION = ("partition", "points.csv", "--speeds", "equal", "--workers", "2")
AUDIT = ("audit", "sampler:draw", "--probabilities", "p.csv", "--rounds", "50")

# The command, the option, and values of it that are refused.
NOT_FINITE = ("nan", "inf", "-1")
NUMBERS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("run", "scores.csv"), "--budget", (*NOT_FINITE, "0")),
    (("run", "scores.csv", "--budget", "2"), "--rounds", ("0", "-1", "999999999999", "1.5")),
    (("run", "scores.csv", "--budget", "2"), "--seed", ("-1", "99999999999999999999")),
    (("train", "train.toml"), "--seeds", ("0", "-1", "1000000000")),
    (("train", "train.toml"), "--rounds", ("0", "-1", "1000000000")),
    (("train", "train.toml"), "--budget", (*NOT_FINITE, "0", "1e300")),
    (("train", "train.toml"), "--seed", ("-1", "99999999999999999999")),
    (("train", "workers.toml"), "--budget", (*NOT_FINITE, "0", "2")),
    (("train", "workers.toml"), "--rounds", ("0", "-1", "1000000000")),
    (("solve", "scores.csv"), "--budget", (*NOT_FINITE, "0")),
    (("solve", "scores.csv", "--budget", "2"), "--floor", (*NOT_FINITE, "2")),
    (("solve", "scores.csv", "--budget", "2"), "--processor-cap", (*NOT_FINITE, "0")),
    (("solve", "scores.csv", "--budget", "2", "--objective", "fair"), "--alpha", NOT_FINITE),
    (("solve", "scores.csv"), "--variance-ceiling", (*NOT_FINITE,)),
    (("compare", "scores.csv", "--budget", "2"), "--history", ("-1", "1" + 20 * "0")),
    (("simulate", "scores.csv", "--budget", "2"), "--rounds", ("0", "-1", "999999999999")),
    (("verify", "scores.csv", "--budget", "2"), "--rounds", ("0", "-1", "999999999999")),
    (AUDIT, "--clients", ("0", "-1", "1000000000")),
    (AUDIT, "--budget", (*NOT_FINITE, "0", "1e-300")),
    (AUDIT, "--discrepancy", (*NOT_FINITE, "0")),
    (AUDIT, "--false-alarm", (*NOT_FINITE, "0", "2")),
    (("bound", "scores.csv"), "--target", (*NOT_FINITE, "0")),
    (("bound", "one_step"), "--with", ("step", "step=fast", "nonsense=1", "=1")),
    (("decide", "small.toml"), "--target", (*NOT_FINITE, "0", "2")),
    (("decide", "small.toml"), "--megabits", NOT_FINITE),
    (("decide", "small.toml"), "--server-link", (*NOT_FINITE, "0")),
    (("decide", "small.toml"), "--gradient-noise", NOT_FINITE),
    (("graph", "ring"), "--budget", (*NOT_FINITE, "0", "2")),
    (("graph", "ring"), "--nodes", ("0", "-1", "1000000000")),
    (("graph", "erdos-renyi"), "--degree", (*NOT_FINITE, "0", "1e300")),
    (("graph", "ring", "--step", "0.01"), "--rounds", ("0", "-1", "9" * 20)),
    (("graph", "ring", "--step", "0.01"), "--smoothness", (*NOT_FINITE, "0")),
    (("graph", "ring", "--step", "0.01"), "--variance", NOT_FINITE),
    (("graph", "ring", "--step", "0.01"), "--dissimilarity", NOT_FINITE),
    (("graph", "ring", "--step", "0.01"), "--value", NOT_FINITE),
    (("graph", "ring"), "--step", (*NOT_FINITE, "0", "1e300")),
    (PARTITION[:2], "--workers", ("0", "-1", "1000000000", "9" * 20)),
    (PARTITION[:2], "--speeds", ("", "nan,1", "inf,1", "0,1", "-1,1", "fast")),
    (PARTITION, "--bandwidth", (*NOT_FINITE, "0")),
    (PARTITION, "--neighbours", ("0", "-1")),
    ((*PARTITION, "--function", "graph-cut"), "--cut-weight", NOT_FINITE),
    (PARTITION, "--cut-weight", ("2", "1", "nan")),
    (PARTITION, "--speed-column", ("rate",)),
    (STRAGGLE, "--target", (*NOT_FINITE, "0", "1", "2")),
    (STRAGGLE, "--time-limit", (*NOT_FINITE, "0", "0.01", "1e9")),
    (STRAGGLE, "--workers", ("0", "-1", "1000000000")),
    (STRAGGLE, "--batch", ("0", "-1", "33", "1000000000")),
    (STRAGGLE, "--unit", ("0", "-1", "3")),
    (STRAGGLE, "--shift", (*NOT_FINITE, "1")),
    (STRAGGLE, "--shape", (*NOT_FINITE, "1", "0.5")),
    (STRAGGLE, "--megabits", (*NOT_FINITE, "1e300")),
    (STRAGGLE, "--deadline", ("nan", "0", "-1", "soon")),
    (STRAGGLE, "--noise", (*NOT_FINITE, "1e300")),
    (STRAGGLE, "--dissimilarity", (*NOT_FINITE, "1e300")),
    (STRAGGLE, "--rounds", ("0", "-1", "99999999999999")),
)
# The command, the option, and a name that is not quite right with what is said of it.
NAMES: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (("run", "scores.csv", "--budget", "2"), "--device", "cdua", "cuda"),
    (("train", "digts"), "--rounds", "2", "digits"),
    (("train", "train.toml"), "--methods", "randm", "'random'"),
    (("train", "train.toml"), "--engine", "plane", "'plain'"),
    (("train", "train.toml"), "--design", "pivotl", "'pivotal'"),
    (("train", "workers.toml"), "--methods", "matchaa", "'matcha'"),
    (("solve", "scores.csv", "--budget", "2"), "--method", "exakt", "exact"),
    (("solve", "scores.csv", "--budget", "2"), "--objective", "summ", "sum"),
    (("simulate", "scores.csv", "--budget", "2"), "--method", "optimun", "optimum"),
    (("simulate", "scores.csv", "--budget", "2"), "--design", "pivotl", "pivotal"),
    (("audit", "sampler:drw"), "--clients", "4", "draw"),
    (("audit", "sampler:draw"), "--form", "maks", "mask"),
    (("bound", "one_stp"), "--target", "1", "one_step"),
    (("decide", "small.toml"), "--by", "secnds", "seconds"),
    (("graph", "rng"), "--budget", "0.5", "ring"),
    (("graph", "ring"), "--method", "exakt", "exact"),
    (("graph", "ring"), "--mixing", "serch", "search"),
    (PARTITION, "--method", "gredy", "greedy"),
    (PARTITION, "--function", "graphcut", "graph-cut"),
    (PARTITION[:2], "--label", "lable", "label"),
    (STRAGGLE, "--model", "paretto", "pareto"),
    (STRAGGLE, "--topology", "matchaa", "matcha"),
    (STRAGGLE, "--split", "evn", "even"),
)
# Commands that write, with the option that says where; and whether that is a folder.
WRITERS: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("run", "scores.csv", "--budget", "2"), "--out", True),
    (("train", "train.toml"), "--out", True),
    (("train", "workers.toml"), "--out", True),
    (("graph", "ring"), "--out", True),
    (STRAGGLE, "--out", True),
    (PARTITION, "--figures", True),
    (("plot", "."), "--out", True),
    (("solve", "scores.csv", "--budget", "2"), "--out", False),
    (("solve", "scores.parquet", "--budget", "2", "--stream"), "--out", False),
    (PARTITION, "--out", False),
    (("bound", "one_step"), "--plot", False),
    (("fleet",), "new", False),
)
ENDINGS = {"--stream": "p.parquet", "--plot": "p.svg", "new": "p.toml"}
# Commands that read a file, and how the name of such a file ends.
READERS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("run", "{}"), (".toml", ".csv", ".parquet", ".npy")),
    (("train", "{}"), (".toml",)),
    (("solve", "{}", "--budget", "2"), (".toml", ".csv", ".parquet", ".npy")),
    (("solve", "{}", "--budget", "2", "--stream"), (".parquet",)),
    (("compare", "{}", "--budget", "2"), (".csv",)),
    (("simulate", "{}", "--budget", "2"), (".csv",)),
    (("verify", "{}", "--budget", "2"), (".csv",)),
    (("decide", "{}"), (".toml",)),
    (("bound", "{}"), (".toml", ".csv")),
    (("graph", "{}"), (".toml", ".csv")),
    (("partition", "{}"), (".csv", ".parquet", ".npy")),
    (("partition", "points.csv", "--speeds", "{}"), (".csv", ".parquet")),
    (("straggle", "{}"), (".toml",)),
    (("audit", "sampler:draw", "--probabilities", "{}"), (".csv", ".parquet", ".npy")),
    (("audit", "sampler:draw", "--weights", "{}"), (".csv",)),
    (("plot", "{}"), (".json",)),
    (("fleet", "show", "{}"), (".toml", ".csv")),
    (("fleet", "check", "{}"), (".toml", ".csv")),
)
CONTENTS = {
    "empty": b"",
    "noise": bytes(range(256)) * 2,
    "picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    "other table": b"colour,weight,age,site\nred,heavy,old,north\nblue,light,new,south\n",
    "other setup": b"[oven]\ntemperature = 200\n",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound file of every kind."""
    import polars as pl

    folder = tmp_path_factory.mktemp("sound")
    scores = "client,digits,words\nann,1.0,0.2\nbob,2.0,\ncy,0.5,3.0\ndee,1.5,0.7\n"
    texts = {
        "scores.csv": scores,
        "clients.csv": CLIENTS,
        "samples.csv": SAMPLES,
        "devices.toml": DEVICES,
        "train.toml": TRAIN,
        "workers.toml": WORKERS,
        "p.csv": "client,p\na,.5\nb,.5\nc,.5\nd,.5\n",
        "sampler.py": "def draw(seed):\n    return [seed % 4]\n",
        "small.toml": '[fleet]\nsource = "speech-commands"\nfirst_clients = 20\n'
        "[problem]\nbudget = 4.0\n[train]\nwarmup_rounds = 1\nlocal_epochs = 1\nfeatures = 3\n",
        "points.csv": "a,b,label\n"
        + "".join(f"{np.sin(7.0 * i)},{np.cos(5.0 * i)},{'cd'[i % 2]}\n" for i in range(20)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    pl.read_csv(folder / "scores.csv").write_parquet(folder / "scores.parquet")
    (folder / "thesis").mkdir()
    (folder / "thesis" / "chapter.txt").write_text("precious", "utf-8")
    return folder


def things(folder: Path) -> dict[str, bytes]:
    """All files and folders of a folder, with what they hold."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts
    }


@pytest.fixture
def refused(call: Call, sound: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The one line that a command is refused with; nothing may be left behind or lost."""
    monkeypatch.chdir(sound)

    def run(*arguments: object) -> str:
        before = things(sound)
        code, _, err = call(*arguments)
        lines = [line for line in err.splitlines() if "warning:" not in line]
        assert code == 2, (code, err)
        assert len(lines) == 1, err
        assert "internal error" not in lines[0]
        assert things(sound) == before
        return lines[0]

    return run


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever takes long fails the test."""

    def work(*_: object, **__: object) -> None:
        pytest.fail("the work began")

    for name in (
        "run.case.prepare",
        "run.prepare",
        "graphs.setup.GraphSetup.build",
        "solvers.make_partition",
        "straggle.job.best_deadline",
        "stream.solve_parquet",
        "train.job.train",
        "train.job.train_workers",
        "plot.theorems.instance",
        "report.read_result",
    ):
        monkeypatch.setattr(f"roundlot.{name}", work)


@pytest.mark.parametrize(("command", "option", "values"), NUMBERS)
def test_numbers(refused, command: tuple[str, ...], option: str, values: tuple[str, ...]) -> None:
    for value in values:
        line = refused(*command, f"{option}={value}")
        assert ";" in line or "(see --help)" in line, line


@pytest.mark.parametrize(("command", "option", "value", "word"), NAMES)
def test_names(refused, command: tuple[str, ...], option: str, value: str, word: str) -> None:
    assert word in refused(*command, f"{option}={value}").replace(value, "")


def place(command: tuple[str, ...], option: str, folder: bool) -> str:
    """A name for what the command writes."""
    endings = [ending for word, ending in ENDINGS.items() if word in (*command, option)]
    return "result" if folder else (endings or ["p.csv"])[0]


def asked(command: tuple[str, ...], option: str, where: object) -> tuple[object, ...]:
    return (*command, option, where)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("command", "option", "folder"), WRITERS)
@pytest.mark.parametrize("where", ["/proc", "scores.csv", "/dev/null", "x" * 300])
def test_places_that_cannot_be_written(
    refused, command: tuple[str, ...], option: str, folder: bool, where: str
) -> None:
    target = f"{where}/{place(command, option, folder)}"
    line = refused(*asked(command, option, target))
    assert "choose" in line or "create it first" in line or "rename" in line, line


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("command", "option", "folder"), WRITERS)
def test_places_of_the_wrong_kind(
    refused, sound: Path, command: tuple[str, ...], option: str, folder: bool
) -> None:
    if folder:
        assert "is a file; give the name of a folder" in refused(
            *asked(command, option, "scores.csv")
        )
        return
    name = place(command, option, folder)
    (sound / f"d-{name}").mkdir(exist_ok=True)
    assert "is a folder" in refused(*asked(command, option, f"d-{name}"))
    (sound / f"d-{name}").rmdir()
    if option != "new":
        assert "end it in" in refused(*asked(command, option, "p.docx"))


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("command", "option"),
    [(c, o) for c, o, folder in WRITERS if folder and o == "--out" and c[0] != "plot"],
)
def test_folders_of_somebody_else(refused, command: tuple[str, ...], option: str) -> None:
    assert "thesis is not empty" in refused(*asked(command, option, "thesis"))


@pytest.mark.parametrize(("command", "endings"), READERS)
@pytest.mark.parametrize("kind", list(CONTENTS))
def test_files_of_another_kind(
    refused, sound: Path, command: tuple[str, ...], endings: tuple[str, ...], kind: str
) -> None:
    for ending in endings:
        path = sound / f"odd{ending}"
        path.write_bytes(CONTENTS[kind])
        try:
            assert path.name in refused(*(word.format(path.name) for word in command))
        finally:
            path.unlink()


@pytest.mark.parametrize(("command", "endings"), READERS)
def test_files_that_are_not_there(
    refused, command: tuple[str, ...], endings: tuple[str, ...]
) -> None:
    for ending in endings:
        for name in (f"none{ending}", f"thesis{os.sep}none{ending}"):
            assert name in refused(*(word.format(name) for word in command))


def test_features_whose_squares_overflow(refused, sound: Path) -> None:
    path = sound / "large.csv"
    path.write_text("a,label\n1e300,x\n2e300,x\n-1e300,x\n0,x\n", "utf-8")
    line = refused("partition", path, "--speeds", "1,1")
    assert "features[0, 0] is 1e+300" in line
    assert "scale the features" in line
    path.unlink()


def test_exact_says_first_that_it_takes_each_class_alone(call: Call, sound: Path) -> None:
    code, text, err = call("partition", sound / "points.csv", "--speeds", "1,1", "--method=exact")
    assert code == 0, err
    assert "facility-location by exact, each class alone" in text
