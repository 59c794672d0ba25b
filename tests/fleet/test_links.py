"""Tables of links: the first line says what they are, however many rows and columns there are."""

from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.fleet.links import is_adjacency, read_adjacency, read_edges
from roundlot.graphs import load_graph
from roundlot.theory import InvalidProblemError


def linked(graph) -> set[frozenset[str]]:
    """The links of a graph by the names of their ends."""
    nodes = [str(node) for node in graph.nodes]
    return {frozenset((nodes[a], nodes[b])) for a, b in graph.edges.tolist()}


def links(*pairs: str) -> set[frozenset[str]]:
    """``links("ab", "bc")``."""
    return {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize("rows", range(1, 8))
@pytest.mark.parametrize("matching", [False, True])
@pytest.mark.parametrize("names", ["abcdefgh", "01234567"])
def test_a_path_of_any_length_is_links(
    tmp_path: Path, rows: int, matching: bool, names: str
) -> None:
    pairs = [names[at : at + 2] for at in range(rows)]
    lines = [
        ",".join([*pair, *([str(at % 2)] if matching else [])]) for at, pair in enumerate(pairs)
    ]
    path = tmp_path / "path.csv"
    path.write_text("\n".join(["from,to" + ",matching" * matching, *lines]) + "\n", "utf-8")
    assert not is_adjacency(path)
    graph, matchings = read_edges(path)
    assert linked(graph) == links(*pairs)
    expected = [pairs[0::2], pairs[1::2]] if rows > 1 else [pairs]
    found = matchings and [["".join(pair) for pair in group] for group in matchings]
    assert found == (expected if matching else None)
    if graph.n_nodes > 2:
        assert linked(load_graph(path).build().graph) == links(*pairs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from,to,latency_ms\na,b,10\nc,d,20\nb,c,30\nd,a,40\n", "column 'latency_ms' has no mean"),
        ("from,to,weight\na,b,1\nc,d,1\nb,c,2\n", "column 'weight' has no meaning here; drop it"),
        ("from,to,matching,probability\na,b,1,0.5\n", "column 'probability' has no meaning"),
        ("from,to,matching,matchings\na,b,1,1\n", "column 'matchings' has no meaning"),
        ("ann,bob\ncy,dee\n", "names no ends of links: put a line from,to"),
        ("a,b,c\n0,1,1\n1,0,1\n1,1,0\n", "names no ends of links"),
        ("from,to\na,\n", "column 'to' is empty in row 1"),
        ("from,to\na,b\nb,e\u0301\nb,\u00e9\n", "spells '\u00e9' in two ways"),
        (",a,b,c\na,0,1,x\nb,1,0,1\nc,1,1,0\n", "is 'x'; give a number"),
    ],
)
def test_other_first_lines_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8")
    with pytest.raises(InvalidProblemError, match=said):
        load_graph(tmp_path / "t.csv").build()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["from,to", "to,from", "Source,Target", "src,dst", "tail,head"])
def test_any_dialect_and_name_of_the_ends(tmp_path: Path, separator: str, header: str) -> None:
    text = f"{header}\na,b\nb,c\n".replace(",", separator)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "t.tsv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
        assert linked(read_edges(tmp_path / "t.tsv")[0]) == links("ab", "bc")


def test_columns_stand_in_any_order_and_parquet_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"matching": [7, 8], "to": ["b", "c"], "from": ["a", "b"]})
    frame.write_parquet(tmp_path / "t.parquet")
    graph, matchings = read_edges(tmp_path / "t.parquet")
    assert linked(graph) == links("ab", "bc")
    assert matchings == [[("a", "b")], [("b", "c")]]
    assert linked(load_graph(tmp_path / "t.parquet").build().graph) == links("ab", "bc")


def test_zeros_before_a_number_belong_to_the_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("from,to\n01,1\n1,2\n", "utf-8")
    assert read_edges(tmp_path / "t.csv")[0].nodes == ("01", "1", "2")


@given(
    pairs=st.sets(st.sampled_from(list(combinations("abcde", 2)))),
    order=st.permutations("abcde"),
    weight=st.sampled_from(["1", "0.5", "2,25"]),
)
def test_adjacency_is_known_by_its_names(tmp_path_factory, pairs, order, weight) -> None:
    """Rows in any order; a German spreadsheet's numbers."""
    path = tmp_path_factory.getbasetemp() / "adjacency.csv"
    rows = [
        [row, *(weight if tuple(sorted((row, column))) in pairs else "0" for column in "abcde")]
        for row in order
    ]
    path.write_text("\n".join(map(";".join, [["node", *"abcde"], *rows])) + "\n", "utf-8")
    assert is_adjacency(path)
    graph = read_adjacency(path)
    assert set(graph.nodes) == set("abcde")
    assert linked(graph) == {frozenset(pair) for pair in pairs}


def test_an_adjacency_table_without_names_is_refused(tmp_path: Path) -> None:
    np.savetxt(
        tmp_path / "t.csv", np.array([[0, 1], [1, 0]]), delimiter=",", header="a,b", comments=""
    )
    with pytest.raises(InvalidProblemError, match="the same names in its first column"):
        read_adjacency(tmp_path / "t.csv")
