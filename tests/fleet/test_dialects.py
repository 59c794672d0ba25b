"""Tables in any dialect: read as the same numbers and names, or refused; never as others."""

import csv
import io
import re
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.fleet import read_scores
from roundlot.fleet.delimited import delimited
from roundlot.fleet.numerals import readings
from roundlot.fleet.tables import read_table
from roundlot.theory import InvalidProblemError, RoundlotWarning

#: Numbers from thousandths to millions: the exact decimal text, so that nothing here rounds.
NUMBERS = st.builds(
    lambda whole, digits: f"{whole}{'.' + digits if digits else ''}",
    st.integers(1, 999) | st.integers(0, 9_999_999),
    st.text("123", min_size=3, max_size=3) | st.text("0123456789", max_size=4),
)
NAMES = st.text('abcÉéñ ,;|"#\t', min_size=1, max_size=6).filter(lambda name: name.strip() == name)


def written(number: str, decimal: str, group: str) -> str:
    """``number`` with these marks, as a spreadsheet writes it."""
    whole, _, part = number.partition(".")
    parted = re.sub(r"(?<=\d)(?=(\d{3})+$)", group, whole)
    return parted + (decimal + part if part else "")


@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    data=st.data(),
    separator=st.sampled_from(",;\t|"),
    marks=st.sampled_from([".", ".,", ". ", ".'", ",", ",.", ", ", ",\u00a0", ",\u202f"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1"]),
    trailing=st.sampled_from(["", "separator", "lines", "rows"]),
    comment=st.sampled_from(["", "# of May 2024\n", "sep"]),
)
def test_a_number_is_read_as_it_is_or_refused(
    tmp_path_factory, names, data, separator, marks, end, encoding, trailing, comment
) -> None:
    numbers = data.draw(st.lists(NUMBERS, min_size=len(names), max_size=len(names)))
    decimal, group = marks[0], marks[1:]
    # A point is decimal where commas part the cells: thousands in points alone are taken for that.
    whole = all("." not in number for number in numbers)
    if separator == "," and marks == ",." and whole:
        return
    stream = io.StringIO()
    rows = csv.writer(stream, delimiter=separator, lineterminator=end)
    extra = [""] if trailing == "separator" else []
    rows.writerow(["client", "m", *extra])
    rows.writerows(
        [name, written(number, decimal, group), *extra]
        for name, number in zip(names, numbers, strict=True)
    )
    text = stream.getvalue() + (end * 2 if trailing == "lines" else "")
    text += separator + end if trailing == "rows" else ""
    text = (f"sep={separator}{end}" if comment == "sep" else comment.replace("\n", end)) + text
    path = tmp_path_factory.getbasetemp() / "dialect.csv"
    try:
        path.write_bytes(text.encode(encoding))
    except UnicodeEncodeError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        try:
            found = read_scores(path)
        except InvalidProblemError as error:
            assert "\n" not in str(error)  # noqa: PT017
            return
    assert found.clients == tuple(names)
    assert found.values[:, 0].tolist() == [float(number) for number in numbers]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('client,m\na,"1,234.5"\nb,"1,234"\n', [1234.5, 1234]),
        ('client,m\na,"1,234,567"\nb,"9,876"\n', [1234567, 9876]),
        ('client,m\na,"1,5"\nb,"1,234"\nc,7\n', [1.5, 1.234, 7]),
        ('client,m\na,1.234\nb,"1,234.5"\n', [1.234, 1234.5]),
        ("client;m\na;1,5\nb;1.234\n", [1.5, 1234]),
        ("client;m\na;1.5\nb;1.234\n", [1.5, 1.234]),
        ("client;m\na;0.125\nb;1.234\n", [0.125, 1.234]),
        ("client;m\na;1.234,5\nb;12\n", [1234.5, 12]),
        ("client;m\na;1.5e3\nb;2e-3\n", [1500, 0.002]),
        ("client;m\na;1,5e3\nb;2\n", [1500, 2]),
        ("client\tm\na\t1 234\nb\t2\u202f345\n", [1234, 2345]),
        ("client|m\na|1'234.5\nb|2\u2019345\n", [1234.5, 2345]),
        ("client,m\na,1_000\nb,5.\nc,.5\n", [1000, 5, 0.5]),
        ("sep=;\nclient;m\na;1\n", [1]),
        ("# of the lab\n# May\nclient,m\na,1\n", [1]),
        ("client,m,,\na,1,,\nb,2,,\n,,,\n", [1, 2]),
        ("client,m\ra,1\rb,2\r", [1, 2]),
        ("client;m;a,b\nx;1,25;1,5\n", [1.25]),
        ("client , m \n x , 3 \n", [3]),
    ],
)
def test_what_can_be_read_in_one_way(tmp_path: Path, text: str, values: list[float]) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8", newline="")
    found = read_scores(tmp_path / "t.csv")
    assert found.values[:, 0].tolist() == values
    assert found.models[0] == "m"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('client,m\na,"1,234"\n', "row 1 is '1,234', which may be 1234 or 1.234; write 1234"),
        ("client;m\na;7\nb;1,234\n", "row 2 is '1,234', which may be 1234 or 1.234"),
        ("client;m\na;1.234\n", "may be 1234 or 1.234; write 1234 for thousands, or 1.2340 for"),
        ('client,m\na,"1,5"\nb,2.5\n', "'1,5' in row 1, which needs a decimal comma, and '2.5'"),
        ('client,m\na,1.234\nb,"1,5"\n', "'1,5' in row 2, which needs a decimal comma"),
        ('client,m\na,"12,34,567"\n', "give a number"),
        ("client;m\na;1 23\n", "give a number"),
        ('client,m\na, "1"\n', "a quote is not closed or stands inside a cell"),
        ("# client,m\na,1\n", "may be a comment or the names of the columns"),
        ("client;a,b\nx;1,2\n", "its first line has commas and semicolons"),
        ('{"users": []}', "is JSON, not a table"),
        ("client,m\ne\u0301,1\n\u00e9,2\n", "spells '\u00e9' in two ways that look alike"),
        ("client,e\u0301,\u00e9\nx,1,2\n", "column '\u00e9' appears more than once"),
    ],
)
def test_what_cannot_is_refused_with_the_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8", newline="")
    with pytest.raises(InvalidProblemError, match=re.escape(said)) as error:
        read_scores(tmp_path / "t.csv")
    assert "\n" not in str(error.value)


def test_western_letters_are_read_aloud_and_others_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("client;m\nÉmile;1,5\n".encode("cp1252"))
    with pytest.warns(RoundlotWarning, match="read as Windows-1252, with letters such as 'É'"):
        assert read_scores(path).clients == ("Émile",)
    for text, encoding in (("Hélène", "cp1252"), ("Řehoř", "cp1250"), ("Иван", "cp1251")):
        path.write_bytes(f"client;m\n{text};1\n".encode(encoding))
        with pytest.raises(InvalidProblemError, match="is not UTF-8 text, and its encoding"):
            read_scores(path)
    path.write_bytes("client;m\nann;1\n".encode("utf-16-le"))
    with pytest.raises(InvalidProblemError, match="UTF-16 without a mark"):
        read_scores(path)
    path.write_bytes(b"\xff\xfec\x00l")  # half a character is missing
    path.write_bytes(b"\xff\xfec\x00\x00")
    with pytest.raises(InvalidProblemError, match="is not UTF-16 text"):
        read_scores(path)


def test_two_spellings_of_a_name_are_one_client(tmp_path: Path) -> None:
    for ending in (".csv", ".parquet"):
        frame = pl.DataFrame({"client": ["e\u0301mile"], "pre\u0301nom": [1.0]})
        path = tmp_path / f"t{ending}"
        frame.write_csv(path) if ending == ".csv" else frame.write_parquet(path)
        found = read_scores(path)
        assert (found.clients, found.models) == (("\u00e9mile",), ("pr\u00e9nom",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PAR1\x00", "a Parquet file; end its name in .parquet"),
        (b"\x93NUMPY\x01\x00", "a NumPy array; end its name in .npy"),
        (b"PK\x03\x04\x14", "an Excel workbook"),
        (b"\x1f\x8b\x08", "compressed with gzip; unpack it"),
    ],
)
def test_files_of_another_kind_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    for ending in (".csv", ".tsv", ".parquet"):
        if said.startswith("a Parquet") and ending == ".parquet":
            continue
        (tmp_path / f"t{ending}").write_bytes(content)
        with pytest.raises(InvalidProblemError, match=re.escape(said)):
            read_table(tmp_path / f"t{ending}")


def test_the_separator_decides_only_where_all_rows_agree() -> None:
    found = delimited('client;"a,b"\nx;"1,2"\n', "t")
    assert (found.separator, found.header) == (";", ("client", "a,b"))
    found = delimited("client,a;b\nx;y,1\nz,2\n", "t")
    assert (found.separator, found.header) == (",", ("client", "a;b"))


def test_twenty_thousand_columns_are_the_most() -> None:
    wide = ",".join(f"m{k}" for k in range(20_001))
    with pytest.raises(InvalidProblemError, match="20001 columns, 20000 at most"):
        delimited(f"{wide}\n", "t")


def test_every_way_to_read_a_numeral() -> None:
    assert readings("1,234") == {".": "1234", ",": "1.234"}
    assert readings("0,123") == {",": "0.123"}
    assert readings("-1.234,5") == {",": "-1234.5"}
    assert readings("1 234,5") == {",": "1234.5"}
    assert readings("1,234 567") == {}
    assert readings("1,234e3") == {",": "1.234e3"}
    assert readings("\u0661,5") == {}, "digits of other scripts are not read"


def test_the_same_numbers_in_every_format(tmp_path: Path) -> None:
    clients, values = ["ann", "bob"], np.array([[1234.5, 0.25], [2.0, 1e6]])
    plain = pl.DataFrame({"client": clients, "a": values[:, 0], "b": values[:, 1]})
    plain.write_csv(tmp_path / "a.csv")
    plain.write_csv(tmp_path / "b.tsv", separator="\t")
    plain.write_parquet(tmp_path / "c.parquet")
    german = "client;a;b\r\nann;1.234,5;0,25\r\nbob;2;1.000.000\r\n"
    (tmp_path / "d.csv").write_bytes(german.encode("utf-16"))
    for path in sorted(tmp_path.iterdir()):
        found = read_scores(path)
        assert found.clients == ("ann", "bob")
        np.testing.assert_array_equal(found.values, values)
