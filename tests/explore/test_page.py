"""The page as a file: complete, escaped, the same each time; and the command that writes it."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roundlot.cli.app import main
from roundlot.explore import Scene, render_page, scene_of_case, scene_of_result
from roundlot.explore.page import SCRIPTS, pack
from roundlot.fleet import load_setup, scores_setup
from roundlot.report import read_result, write_report
from roundlot.run import RunResult, prepare, run
from roundlot.theory import InvalidProblemError

SMALL = """
name = "a <small> & trained fleet"
[fleet]
source = "speech-commands"
first_clients = 30
[problem]
budget = 7.0
[train]
features = 4
[simulate]
rounds = 50
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.toml"
    path.write_text(SMALL, "utf-8")
    return path


@pytest.fixture(scope="module")
def result(small) -> RunResult:
    return run(load_setup(small))


def unpacked(text: str) -> tuple[dict, dict[str, np.ndarray]]:
    raw = gzip.decompress(base64.b64decode(text))
    length = int.from_bytes(raw[:8], "little")
    head = json.loads(raw[8 : 8 + length])
    arrays = {
        name: np.frombuffer(raw, f"<{kind}", size, 8 + length + offset)
        for name, (kind, offset, size) in head["arrays"].items()
    }
    return head, arrays


def test_data_come_back_bit_for_bit(make_stage):
    scene = make_stage(50, seed=1).scene()
    head, arrays = unpacked(pack(scene))
    assert tuple(head["clients"]) == scene.clients
    assert tuple(head["models"]) == scene.models
    scores = np.ldexp(arrays["scores"], head["exponent"]).reshape(scene.scores.shape)
    assert np.array_equal(scores, scene.scores)
    assert arrays["scores"].max() < 1.0
    assert np.array_equal(arrays["client"], scene.client)
    assert np.array_equal(arrays["samples"].reshape(-1, 3), scene.beside.samples)
    assert np.array_equal(arrays["endNorms1"].reshape(-1, 3), scene.beside.ground.ends[1].norms)
    assert pack(scene) == pack(scene)


def test_one_file_without_a_way_out(make_stage):
    page = render_page(make_stage(30).scene(name="</title><script>alert(1)</script>"))
    assert "alert(1)" not in page.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "")
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "window.broken" not in page
    without = re.sub(r'<script type="application[^>]*>.*?</script>', "", page, flags=re.DOTALL)
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", without))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.search(r"\b(src|href)=", without.split("</style>")[1].split("<script")[0])
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\(", without)


def test_policy_admits_its_own_script_and_style_only(make_stage):
    page = render_page(make_stage(30).scene())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    for part in (script, style):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_scripts_are_small_and_all_shipped():
    folder = Path(__file__).parents[2] / "src" / "roundlot" / "explore"
    assert {path.name for path in folder.glob("*.js")} == set(SCRIPTS)
    assert not any("</script" in path.read_text("utf-8") for path in folder.glob("*.js"))


def test_run_keeps_what_exploring_needs(result, small, tmp_path, bare_report):
    scene = scene_of_result(RunResult.from_json(result.to_json()))
    again = scene_of_case(prepare(load_setup(small)))
    # The record of a run and the setup itself give the same page, but for the library's version.
    assert pack(replace(scene, version="")) == pack(replace(again, version=""))
    ground = scene.beside.ground
    assert len(ground.ends) == 2
    assert ground.target == result.bound.target
    page = write_report(tmp_path / "result", result)
    assert 'href="explore.html"' in page.read_text("utf-8")
    assert (tmp_path / "result" / "explore.html").read_text("utf-8") == render_page(scene)


def test_page_shows_the_run_s_own_numbers(result, read):
    reader = read(scene_of_result(result))
    variances = {row["name"]: row for row in result.comparison}
    bounds = {one.method: one.rounds_to_target for one in result.bound.methods}
    for name in reader.methods():
        reader.choose(method=name)
        assert reader.number("variance") == pytest.approx(variances[name]["variance"], rel=1e-9)
        assert reader.number("rounds") == bounds[name]
    reader.choose(method="optimum")
    assert reader.number("price") == pytest.approx(result.solution.price, rel=1e-9)
    assert np.allclose(reader.table(), result.probabilities, rtol=1e-9, atol=1e-14)


def test_old_records_and_other_limits_say_so(result, tmp_path, bare_report):
    old = replace(result, exploring=None)
    with pytest.raises(InvalidProblemError, match="run it again"):
        scene_of_result(old)
    budgets = replace(result, exploring=replace(result.exploring, unsupported="model_budgets"))
    with pytest.raises(InvalidProblemError, match="knows no model_budgets"):
        scene_of_result(budgets)
    page = write_report(tmp_path / "old", budgets)
    assert not (tmp_path / "old" / "explore.html").exists()
    assert "explore.html" not in page.read_text("utf-8")


def test_command(capsys, tmp_path, monkeypatch, result, bare_report):
    monkeypatch.chdir(tmp_path)
    Path("scores.csv").write_text("client,a,b\nann,1.0,0.2\nbob,2.0,\n<i>,0.5,3.0\n", "utf-8")
    assert main(["explore", "scores.csv", "--budget", "2", "--out", "page.html"]) == 0
    assert "3 clients" in capsys.readouterr().out
    head, _ = unpacked(
        re.search(r'id="data">(.*?)<', Path("page.html").read_text("utf-8")).group(1)
    )
    assert head["clients"] == ["ann", "bob", "<i>"]
    assert head["budget"] == 2.0
    assert not head["weighted"]
    assert main(["explore", "scores.csv", "--out", "page.html"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    write_report("result", result)
    assert main(["explore", "result", "--budget", "5", "--out", "b.html", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clients"] == 30
    assert read_result("result").exploring is not None
    for words, wanted in (
        (["result", "--floor", "0.1"], "problem.floor is settled"),
        (["nowhere"], "nowhere"),
        (["scores.csv", "--budget", "-1"], "budget"),
    ):
        assert main(["explore", *words, "--out", "c.html"]) == 2
        assert wanted in capsys.readouterr().err
    assert not Path("c.html").exists()


def test_numbers_that_are_none_are_refused(make_stage):
    scene: Scene = make_stage(10).scene()
    bad = replace(scene.beside, losses=np.full_like(scene.beside.losses, np.nan))
    with pytest.raises(ValueError, match="losses"):
        pack(replace(scene, beside=bad))


CELLS = """
[fleet]
source = "tables"
models = ["digits", "words"]
samples = "samples.csv"
[scores]
source = "norms"
path = "samples.csv"
[problem]
budget = 1.5
groups = "groups.csv"
group_caps = { south = 0.5, north = 0.9 }
"""


def test_groups_keep_their_names(tmp_path):
    (tmp_path / "cells.toml").write_text(CELLS, "utf-8")
    (tmp_path / "samples.csv").write_text("client,digits,words\na,1,2\nb,3,4\nc,5,6\n", "utf-8")
    groups = "client,group\na,south\nb,<i>east\nc,north\n"
    (tmp_path / "groups.csv").write_text(groups, "utf-8")
    scene = scene_of_case(prepare(load_setup(tmp_path / "cells.toml")))
    own = scene.beside.groupings[0]
    assert [own.labels[k] for k in own.of] == ["south", "<i>east", "north"]


def test_a_table_of_scores_has_no_data_to_group_by(tmp_path):
    (tmp_path / "scores.csv").write_text("client,a,b\nx,1,2\ny,3,\nz,,6\n", "utf-8")
    scene = scene_of_case(prepare(scores_setup(tmp_path / "scores.csv")))
    names = [one.name for one in scene.beside.groupings]
    assert "data" not in names
    assert {"models", "score"} <= set(names)
