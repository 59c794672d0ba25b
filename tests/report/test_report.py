"""The report is complete in itself, escapes what users wrote, and is the same every time."""

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from roundlot.jobs import MAIN
from roundlot.plot.figures import run_figures
from roundlot.report import write_report
from roundlot.report.merged import compared, judged, left_out
from roundlot.report.page import render_page
from roundlot.report.tables import processor_index, result_tables
from roundlot.report.template import flatten, inline_formula, typeset
from roundlot.run.result import RunResult

NASTY = "<script>alert('client')</script>"
FIGURES = {"inclusion", "water", "models", "comparison", "prediction", "bound"}
VOID = {"meta", "br", "link", "hr", "img", "input"}


class Tags(HTMLParser):
    """All opening tags with their attributes; complains about tags left open."""

    def __init__(self):
        super().__init__()
        self.seen, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parse(page):
    parser = Tags()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def drawn(result):
    return run_figures(result)


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "out"
    assert write_report(folder, result) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def page(written):
    return (written / "index.html").read_text("utf-8")


@pytest.fixture
def without_figures(monkeypatch):
    """Drawing is most of the time, and these tests are about files."""
    bare = dataclasses.replace(MAIN, figures=lambda result: ())
    monkeypatch.setattr("roundlot.report.job.MAIN", bare)


def test_folder_holds_page_figures_tables_and_record(written):
    assert {path.stem for path in (written / "figures").glob("*.svg")} == FIGURES
    assert {path.stem for path in (written / "figures").glob("*.pdf")} == FIGURES
    tables = {path.stem for path in (written / "tables").glob("*.csv")}
    assert tables == {path.stem for path in (written / "tables").glob("*.parquet")}
    assert {"probabilities", "processors", "comparison", "simulation", "verdicts"} <= tables


def test_run_json_gives_the_result_back(written, result):
    text = (written / "run.json").read_text("utf-8")
    assert RunResult.from_json(text).to_json() == result.to_json()


def test_page_loads_nothing(page):
    for tag, attributes in parse(page):
        assert tag not in {"script", "link", "img", "iframe", "object", "embed"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action"}:
                assert not re.match(r"(?i)\s*(https?:|//|data:|javascript:)", value or "")
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_every_link_leads_to_a_file_or_a_place_on_the_page(page, written):
    tags = parse(page)
    places = {attributes["id"] for _, attributes in tags if "id" in attributes}
    for _, attributes in tags:
        link = attributes.get("href") or attributes.get("xlink:href")
        if link and link.startswith("#"):
            assert link[1:] in places
        elif link:
            assert (written / link).is_file()


def test_ids_are_unique(page):
    ids = [attributes["id"] for _, attributes in parse(page) if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_what_users_wrote_is_escaped(page):
    assert NASTY not in page
    assert "&lt;script&gt;alert(&#39;client&#39;)&lt;/script&gt;" in page
    assert "<b>maps</b>" not in page
    assert "phones <2,000>" not in page


def test_page_says_the_result(page):
    assert "uniform sampling has 113\u202f% more update variance than the optimum" in page
    assert "Of 3 checks of the predictions: 1 supported, 1 refuted, 1 inconclusive." in page
    for outcome in ("supported", "refuted", "inconclusive"):
        assert f'<span class="badge {outcome}">{outcome}</span>' in page
    assert "left out: no updates given" in page
    assert "at its cap: wants" in page
    assert r"\begin{cases}" in page


def test_results_come_before_what_they_rest_on(page):
    places = [page.index(f'<section id="{name}">') for name in ("comparison", "bound", "caveats")]
    assert places == sorted(places)
    assert page.index("Assumed, not measured") > places[2]


def test_a_gap_is_rounded_up_and_the_same_everywhere(bare):
    loose = dataclasses.replace(bare.solution, gap=1.71e-14, rigorous=True)
    page = render_page(dataclasses.replace(bare, solution=loose), ())
    assert page.count("1.8×10⁻¹⁴") == 2
    assert "1.7×10⁻¹⁴" not in page


def test_rows_that_read_the_same_are_one_row(result):
    uniform = next(row for row in result.comparison if row["name"] == "uniform")
    alike = [{**uniform, "name": name} for name in ("twin 1", "twin 2")]
    loud = {**uniform, "name": "other", "expected_draws": 1.0}
    rows = compared((*result.comparison, *alike, loud))
    assert [row.names for row in rows if "uniform" in row.names] == ["uniform, twin 1 to 2"]
    assert [row.names for row in rows if "other" in row.names] == ["other"]
    assert sum(row.best for row in rows) == 1


def test_verdicts_of_variances_that_say_the_same_are_one_row():
    same = {"outcome": "supported", "expected": 2.0, "rounds": 9}
    rows = [{**same, "claim": f"variance of {n} is as predicted"} for n in ("A 1", "A 2", "b")]
    rows[2]["rounds"] = 8
    other = {**same, "claim": "draws per round"}
    assert [row["claim"] for row in judged([*rows, other, other])] == [
        "variance of A 1 to 2 is as predicted",
        "variance of b is as predicted",
        "draws per round",
        "draws per round",
    ]


def test_conditions_are_set_in_type():
    assert typeset("c L_i <= M d") == "c L<sub>i</sub> ≤ M d"
    assert typeset("∇f_i(x*) >= 0") == "∇f<sub>i</sub>(x<sup>∗</sup>) ≥ 0"
    assert typeset("last_norms & <b> a*b") == "last_norms &amp; &lt;b&gt; a*b"


def test_methods_left_out_for_one_reason_share_a_line():
    rows = [{"name": n, "skipped": why} for n, why in (("a", "x"), ("b", "y"), ("c", "x"))]
    assert left_out(rows) == [("x", "a, c"), ("y", "b")]


def test_rounds_stand_beside_the_least_there_can_be_and_refusals(result, drawn):
    first, second, *rest = result.bound.methods
    methods = (
        dataclasses.replace(first, rounds_at_least=1234.0),
        dataclasses.replace(second, rounds_to_target=np.inf, refusal="biased: by a third"),
        *rest,
    )
    attained = "F(x) = μ/2 ‖x‖²"
    bound = dataclasses.replace(result.bound, methods=methods, attained_by=attained)
    page = render_page(dataclasses.replace(result, bound=bound), drawn)
    assert re.search(r'<td class="n">1\D?234</td>', page)
    assert "biased: by a third" in page
    assert "none proved" in page
    assert page.count(attained) == 1
    assert ">at least<" not in render_page(result, drawn)
    assert ">at least<" in page
    rows = result_tables(dataclasses.replace(result, bound=bound))["bound"]
    assert rows["rounds_at_least"][0] == 1234.0
    assert rows["refusal"][1] == "biased: by a third"


def test_page_of_many_clients_stays_small(bare):
    many = 50
    big = dataclasses.replace(
        bare,
        client=np.tile(bare.client, many),
        scores=np.tile(bare.scores, (many, 1)),
        probabilities=np.tile(bare.probabilities, (many, 1)),
        available=np.tile(bare.available, (many, 1)),
        processor_cap=np.tile(bare.processor_cap, many),
        capped=np.tile(bare.capped, many),
        reasons=bare.reasons * many,
    )
    assert len(render_page(big, run_figures(big))) < 400_000


def test_the_least_result_has_a_page(bare):
    page = render_page(bare, run_figures(bare))
    parse(page)
    assert "the least update variance is" in page
    assert 'id="comparison"' not in page
    assert 'id="bound"' not in page


@pytest.mark.parametrize("level", [2.0, None])
def test_probabilities_are_called_proportional_only_where_they_are(bare, level):
    one = dataclasses.replace(bare, solution=dataclasses.replace(bare.solution, level=level))
    drawn = run_figures(one)
    page = render_page(one, drawn)
    assert ("proportional to the score" in drawn[0].caption) == (level is not None)
    assert ("times the score" in page) == (level is not None)
    assert ("no client or group that is at its cap" in page) == (level is None)


def test_same_result_same_bytes(written, result, tmp_path):
    write_report(tmp_path / "again", RunResult.from_json(result.to_json()))
    first, second = contents(written), contents(tmp_path / "again")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_failure_in_the_middle_leaves_the_old_report(
    result, bare, tmp_path, monkeypatch, without_figures
):
    folder = tmp_path / "out"
    write_report(folder, bare)
    before = contents(folder)

    def fail(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("roundlot.folders.results.write_text", fail)
    with pytest.raises(KeyboardInterrupt):
        write_report(folder, result, overwrite=True)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_report_replaces_a_report_only_when_asked(bare, tmp_path, without_figures):
    write_report(tmp_path / "out", bare)
    with pytest.raises(FileExistsError):
        write_report(tmp_path / "out", bare)
    write_report(tmp_path / "out", dataclasses.replace(bare, name="second"), overwrite=True)
    assert "second" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_probabilities_table_names_clients_and_processors(result, written):
    frame = pl.read_parquet(written / "tables" / "probabilities.parquet")
    assert frame.height == result.scores.size
    row = frame.row(4 * 17 + 2, named=True)
    assert row["client"] == result.clients[result.client[17]]
    assert row["model"] == result.models[2]
    assert row["probability"] == result.probabilities[17, 2]
    keys = frame.select("client", "processor", "model")
    assert keys.n_unique() == frame.height
    text = pl.read_csv(written / "tables" / "probabilities.csv", schema=frame.schema)
    assert text.equals(frame)


def test_comparison_table_keeps_infinities_and_skipped_rows(result):
    frame = result_tables(result)["comparison"]
    assert frame.filter(pl.col("name") == "clustered")["ratio"].item() == float("inf")
    assert frame.filter(pl.col("skipped").is_not_null())["variance"].to_list() == [None]


def test_processor_index_counts_within_clients():
    index = processor_index(np.array([3, 0, 3, 3, 0]))
    assert index.tolist() == [0, 0, 1, 2, 1]


def test_formula_falls_back_to_its_source():
    for latex in (r"\frac{a}{b}", r"\mathbb{E}\|x\|^2 \le \left(1 - \mu\right)", r"a_t \ge b^*"):
        assert inline_formula(latex, key="f").startswith("<svg")
    source = inline_formula(r"\begin{cases}<b>\end{cases}", key="f")
    assert source == '<code class="latex">\\begin{cases}&lt;b&gt;\\end{cases}</code>'


def test_setup_is_flattened_and_cut():
    assert flatten({"a": {"b": 1, "c": list(range(20))}, "d": None}) == [
        ("a.b", "1"),
        ("a.c", "0, 1, 2, 3, 4, 5, 6, 7, … (20 in all)"),
        ("d", "–"),
    ]


def test_figures_have_labels_and_captions(drawn):
    for figure in drawn:
        assert figure.caption
        (ax,) = figure.drawing.axes
        assert ax.get_xlabel()
        assert ax.get_ylabel() or ax.get_yticklabels()
