"""A sweep's setup: what it says, and mistakes in one line."""

import re
from pathlib import Path

import pytest

from roundlot.sweep import lay_out, load_sweep_setup
from roundlot.theory import InvalidProblemError

HEAD = '[sweep]\nsetups = ["scores.csv"]\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty; fill it in"),
        ("[sweep]", "needs the key setups"),
        ("[swep]", "no section 'swep'; did you mean 'sweep'"),
        ("[sweep]\nsetup = 1", "no key 'setup'; did you mean 'setups'"),
        ("[sweep", "is not TOML"),
        ("[sweep]\nsetups = []", "give a list of names"),
        ('[sweep]\nsetups = ["none.csv"]', "none.csv does not exist"),
        ('[sweep]\nsetups = ["fleet"]', "has 'fleet'; give 'speech-commands'"),
        ('[sweep]\nsetups = ["scores.csv", "scores.csv"]', "'scores.csv' twice"),
        ('[sweep]\nsetups = ["scores.csv", "scores.toml"]', "both called 'scores'"),
        (HEAD + "seeds = 0", "whole number from 1"),
        (HEAD + "seeds = []", "empty list"),
        (HEAD + "seeds = [1, 1]", "has 1 twice"),
        (HEAD + "seeds = [-1]", "seeds[0] is -1"),
        (HEAD + 'methods = ["optimun"]', "did you mean 'optimum'"),
        (HEAD + 'designs = ["pivotel"]', "did you mean 'pivotal'"),
        (HEAD + 'kind = "train"', "did you mean 'training'"),
        (HEAD + "rounds = -1", "whole number from 0"),
        (HEAD + "full = true", 'sweep.full is for kind = "training"'),
        (HEAD + "[vary]\nproblem.budget = 1", "give a list of values"),
        (HEAD + "[vary]\nproblem.budget = []", "give a list of values"),
        (HEAD + "[vary]\nproblem.budget = [1, 1]", "has 1 twice"),
        (HEAD + "[vary]\nproblem.budgets = [1]", "no key 'budgets'; did you mean 'budget'"),
        (HEAD + "[vary]\nproblems.budget = [1]", "no section 'problems'"),
        (HEAD + "[vary]\nproblem.budget = [-1.0]", "problem.budget is -1"),
        (HEAD + "[vary]\nseed = [1]", "which sweep.seeds decides"),
        (HEAD + "[set]\nsimulate.rounds = 3", "which sweep.rounds decides"),
        (HEAD + "[set]\nproblem.budget = 1\n[vary]\nproblem.budget = [1]", "choose one"),
        ('[sweep]\nkind = "training"\nsetups = ["digit"]', "did you mean 'digits'"),
        ('[sweep]\nkind = "training"\nsetups = ["digits"]\nmethods = ["gvrr"]', "'gvrr'"),
        ('[sweep]\nkind = "training"\nsetups = ["digits"]\nrounds = 3', "[set] run.rounds"),
        ('[sweep]\nkind = "training"\nsetups = ["digits"]\ndesigns = ["own"]', "run.design"),
        ('[sweep]\nkind = "training"\nsetups = ["digits"]\n[vary]\nrun = [1]', "run is no key"),
        (
            '[sweep]\nkind = "training"\nsetups = ["devices"]\n[vary]\ntasks.models = [1]',
            "several [[tasks]]",
        ),
    ],
)
def test_mistakes_are_named(sweep_file: Path, content: str, says: str) -> None:
    (sweep_file.parent / "scores.toml").write_text('[fleet]\nsource = "speech-commands"', "utf-8")
    sweep_file.write_text(content, "utf-8")
    with pytest.raises(InvalidProblemError) as caught:
        lay_out(load_sweep_setup(sweep_file))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_table_is_refused_before_anything_is_computed(sweep_file: Path, call) -> None:
    (sweep_file.parent / "scores.csv").write_text("client,digits\nann,1.0\nbob,-2.0\n", "utf-8")
    code, out, err = call("sweep", sweep_file, "--out", sweep_file.parent / "out", "--workers", 0)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "'bob' is -2" in err
    assert not (sweep_file.parent / "out").exists()


def test_the_pages_sweeps_can_be_laid_out(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text("utf-8")
    shown = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    sizes = []
    for content in shown:
        (tmp_path / "shown.toml").write_text(content, "utf-8")
        sizes.append(len(lay_out(load_sweep_setup(tmp_path / "shown.toml")).cells))
    assert sizes == [72, 30]
