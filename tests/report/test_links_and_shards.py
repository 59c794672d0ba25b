"""The pages of ``graph`` and ``partition``: numbers, words and figures of small results."""

import math
import re

import numpy as np
import pytest

from roundlot import jobs
from roundlot.graphs import load_graph
from roundlot.plot.figures import graph_figures, partition_page_figures
from roundlot.report.graph import matching_rows, rounds_left, what_binds
from roundlot.report.partition import what_binds as what_binds_shards
from roundlot.report.partition import worker_rows
from roundlot.solvers import optimise_links


@pytest.fixture(scope="module")
def linked():
    setup = load_graph("paper8")
    options = {"budget": 0.5, "method": "auto", "mixing": "search", "training": setup.training}
    return jobs.GRAPH.run(setup.name, setup.build(), **options, sweep=(0.25, 0.5, 1.0))


@pytest.fixture(scope="module")
def dealt():
    rng = np.random.default_rng(0)
    label = np.arange(60) % 3
    points = rng.normal(size=(60, 2)) + 2.0 * label[:, None]
    return jobs.PARTITION.run("points", points, label, [4.0, 2.0, 1.0])


@pytest.fixture(scope="module")
def graph_page(linked):
    return jobs.GRAPH.pages(linked, graph_figures(linked))["index.html"]


@pytest.fixture(scope="module")
def partition_page(dealt):
    figures = partition_page_figures(dealt.partition, dealt.rows)
    return jobs.PARTITION.pages(dealt, figures)["index.html"]


@pytest.mark.parametrize("page", ["graph_page", "partition_page"])
def test_a_page_holds_all_it_shows(page, request):
    text = request.getfixturevalue(page)
    assert "<image" not in text  # pixels as data are not shown under the page's own rules
    assert not re.search(r'(?:src|href)="https?:', text)
    assert text.count("<svg") == text.count("<figure") >= 3
    assert text.count("<section") == text.count("</section>")


def test_numbers_of_the_published_graph(linked):
    """MATCHA's graph of eight at half the links: the published chances and contractions."""
    rho = {row["name"]: row["rho"] for row in linked.mixings}
    assert next(iter(rho)) == "MATCHA (exact)"
    assert rho["MATCHA (exact)"] == pytest.approx(0.64398, abs=2e-5)
    assert rho["all links, equal weights"] == pytest.approx(0.65378, abs=2e-5)
    assert rho["all links, best weights of any sign"] == pytest.approx(0.5556, abs=1e-4)
    rows = matching_rows(linked.schedule)
    chances = [row["probability"] for row in rows]
    assert sorted(chances) == pytest.approx([0.0, 0.0, 0.758, 0.758, 0.984], abs=1e-3)
    assert [row["state"] for row in rows].count("never") == 2
    assert sum(row["links"].count("–") for row in rows) == 12


def test_the_page_of_links_has_every_baseline_and_chance(linked, graph_page):
    for row in linked.mixings:
        assert row["name"] in graph_page
    assert "0.65378" in graph_page
    assert "The budget is used up, 2.5 of 2.5 matchings a round" in graph_page
    assert 'id="figure-sweep"' in graph_page


def test_the_headline_stands_beside_the_best_weights_of_all_links(graph_page):
    """0.556 is Xiao and Boyd's fastest averaging on this graph, signs free; 0.654 one weight."""
    title = re.search(r"<h1>(.*?)</h1>", graph_page, re.DOTALL)[1]
    assert "0.6440" in title
    assert "best weights leave 0.555" in title or "best weights leave 0.556" in title


def test_links_of_many_are_cut_to_their_beginning():
    rows = matching_rows(
        optimise_links(load_graph("ring").replaced({"graph.nodes": 60}).build(), 1.0)
    )
    assert [row["links"].count("–") for row in rows] == [24, 24]
    assert rows[0]["links"].endswith("… (30 in all, see p.csv)")


def test_what_binds_a_graph():
    whole = optimise_links(load_graph("ring").build(), 1.0)
    said = what_binds(whole)
    assert said[0].startswith("The budget does not bind")
    assert any("open in every round" in line for line in said)


def test_rounds_to_a_thousandth_by_hand():
    assert rounds_left(0.1) == 3.0
    assert rounds_left(0.5) == 10.0  # 2^-10 < 1e-3 < 2^-9
    assert rounds_left(1.0) == math.inf
    assert rounds_left(0.0) == 1.0


def test_the_page_of_shards_names_the_least_worker_and_unlike_sizes(dealt, partition_page):
    rows = worker_rows(dealt.partition)
    assert [row["worker"] for row in rows] == [2, 1, 0]
    assert [row["least"] for row in rows] == [
        row["value"] == min(other["value"] for other in rows) for row in rows
    ]
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)
    said = what_binds_shards(dealt.partition)
    assert said[0].startswith("Worker 2 is served least")
    assert "no exchange of two points of a class that is left raises the least" in said[2]
    assert "Not alike: equal" in partition_page
    assert "exchange (by speed)" in partition_page


def falls_late(ax):
    """Whether the last four fifths of the x axis show a tenth of what the y axis shows."""
    lines = [line for line in ax.lines if len(line.get_xdata()) > 2]
    scale = np.log if ax.get_yscale() == "log" else np.asarray
    low, high = ax.get_xlim()
    values, late = [], []
    for line in lines:
        x, y = (np.asarray(part, dtype=float) for part in line.get_data())
        inside = (x >= low) & (x <= high)
        values.append(scale(y[inside]))
        late.append(np.ptp(scale(y[inside & (x >= low + 0.2 * (high - low))])))
    whole = np.ptp(np.concatenate(values))
    return max(late) >= 0.1 * whole


def test_no_figure_is_a_flat_tail(linked, dealt):
    figures = [*graph_figures(linked), *partition_page_figures(dealt.partition, dealt.rows)]
    seen = 0
    for figure in figures:
        for ax in figure.drawing.axes:
            if ax.axison and any(len(line.get_xdata()) > 2 for line in ax.lines):
                assert falls_late(ax), figure.key
                seen += 1
    assert seen == 5  # rounds, time, sweep, finish times, values


def test_a_flat_tail_would_be_seen():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    x = np.linspace(0.0, 100.0, 500)
    ax.plot(x, np.exp(-x))
    assert not falls_late(ax)
