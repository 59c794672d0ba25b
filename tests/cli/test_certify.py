"""``roundlot certify`` and ``roundlot codesign``: a table of clients in, a judged file out."""

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest

from roundlot.cli import main
from roundlot.solvers.schemes import certify_rounds, fixed_size, independent_clients

TABLE = "client,weight,smoothness,probability\nann,0.5,5,0.9\nbob,0.5,2,0.6\n"
ROUNDS = [
    *("--strong-convexity", "0.3", "--local-steps", "2", "--step", "0.1", "--rounds", "3"),
    *("--initial", "4", "--heterogeneity", "0.1"),
]
HALF = Fraction(1, 2)


@pytest.fixture
def clients(tmp_path):
    def written(text: str = TABLE) -> str:
        path = tmp_path / "clients.csv"
        path.write_text(text)
        return str(path)

    return written


def direct(scheme):
    return certify_rounds(
        scheme,
        smoothness=[5, 2],
        strong_convexity=Fraction(3, 10),
        local_steps=2,
        step=Fraction(1, 10),
        rounds=3,
        initial=4,
        heterogeneity=Fraction(1, 10),
    )


def test_a_table_is_certified_as_from_python_and_the_file_is_judged(
    clients, tmp_path, capsys
) -> None:
    file = str(tmp_path / "rounds.json")
    assert main(["certify", clients(), *ROUNDS, "--certificate", file, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    found = direct(independent_clients([HALF, HALF], [Fraction(9, 10), Fraction(3, 5)]))
    assert said["bound"] == found.bound
    assert json.loads(Path(file).read_text())["kinds"][0]["strong_convexity"] == "3/10"
    assert main(["check", file]) == 0
    assert "proved: E‖x − x*‖² <=" in capsys.readouterr().out


def test_a_fixed_number_of_clients_and_a_target(clients, capsys) -> None:
    table = clients(TABLE.replace(",probability", "").replace(",0.9", "").replace(",0.6", ""))
    assert main(["certify", table, *ROUNDS, "--size", "1", "--json"]) == 0
    bound = json.loads(capsys.readouterr().out)["bound"]
    found = direct(fixed_size([HALF, HALF], 1))
    assert bound == found.bound
    target = str(found.bounds[1])
    assert main(["certify", table, *ROUNDS, "--size", "1", "--target", target, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rounds"] == 1


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (TABLE, ["--size", "1"], "leave one out"),
        (TABLE.replace("probability", "chance"), [], "'chance'"),
        (TABLE.replace("0.9", "1.9"), [], "1.9"),
        (TABLE.replace("bob", "ann"), [], "'ann'"),
        (TABLE.replace(",5,", ",-5,"), [], "client 'ann', column 'smoothness'"),
        (TABLE, ["--smoothness", "3"], "--smoothness"),
        (TABLE, ["--goal", "gap", "--target", "1"], "--target"),
        (TABLE, ["--step", "fast"], "'fast'"),
        (TABLE, ["--target", "1e-9"], "1e-09"),
        (TABLE, ["--initial", "nan"], "--initial is nan"),
        (TABLE, ["--initial", "0"], "initial is 0; give"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    text, options, words, clients, tmp_path, capsys
) -> None:
    file = tmp_path / "rounds.json"
    assert main(["certify", clients(text), *ROUNDS, *options, "--certificate", str(file)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not file.exists()


def test_everything_that_is_missing_is_named_in_one_line(clients, capsys) -> None:
    table = clients("client,weight,step\nann,0.5,0.1\nbob,0.5,0.1\n")
    assert main(["certify", table, "--rounds", "3"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    named = ["local-steps", "initial", "heterogeneity", "smoothness", "strong-convexity", "size"]
    assert all(f"--{name}" in said for name in named)
    assert "--rounds" not in said
    assert "--step " not in said
    assert main(["codesign", table, "--target", "0.5"]) == 2
    assert "Missing options '--budget', '--initial' (see" in capsys.readouterr().err
    assert main(["codesign"]) == 2
    assert "Missing arguments and options 'clients', '--budget'," in capsys.readouterr().err


def test_a_gradient_needs_no_strong_convexity(clients, capsys) -> None:
    rounds = [*ROUNDS[2:], "--goal", "gradient", "--json"]
    assert main(["certify", clients(), *rounds]) == 0
    bound = json.loads(capsys.readouterr().out)["bound"]
    assert main(["certify", clients(), *ROUNDS, "--goal", "gradient", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bound"] == bound


def test_codesign_of_a_large_table_is_judged(clients, tmp_path, capsys) -> None:
    rows = [f"c{i},{1 + i % 7},{1 + i % 5},{0.01 * (i % 3)}" for i in range(40)]
    table = clients("\n".join(["client,weight,smoothness,gradient", *rows]))
    file = str(tmp_path / "promise.json")
    given = ["--budget", "8", "--initial", "4", "--target", "0.5", "--strong-convexity", "0.3"]
    method = ["--method", "expected smoothness"]
    assert main(["codesign", table, *given, *method, "--certificate", file, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert math.fsum(said["probabilities"].values()) <= 8
    assert said["bound"] <= 0.5
    assert main(["check", file]) == 0
    document = json.loads(Path(file).read_text()) | {"rounds": said["rounds"] - 1}
    (tmp_path / "forged.json").write_text(json.dumps(document))
    assert main(["check", str(tmp_path / "forged.json")]) == 1
    assert main(["codesign", table, *given, "--heterogeneity", "1"]) == 2
    assert "leave one out" in capsys.readouterr().err
