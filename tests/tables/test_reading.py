"""Reading tables: what is guessed, what is kept as it is, and what broken files are answered."""

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError, MissingExtraError
from lamina.tables.errors import TableError
from lamina.tables.reading import read_table


@pytest.fixture
def written(tmp_path):
    """Writes a file and gives its path."""

    def write(content: str | bytes, name: str = "t.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def refused(source, **options) -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(source, **options)
    return caught.value


# --- cells stay text ---


def test_cells_stay_as_they_are_written(written):
    table = read_table(written("zip,country,n\n01234,NA, 1.50\n99999,KR,\n"))
    assert table.name == "t"
    assert table.frame.rows() == [("01234", "NA", " 1.50"), ("99999", "KR", None)]
    assert set(table.frame.dtypes) == {pl.String}
    assert table.notes == [
        "encoding utf-8",
        "separated by comma",
        "the first row holds the names",
    ]


@pytest.mark.parametrize(
    ("content", "columns", "row"),
    [
        ("a;b\n1,5;2,5\n3,5;4\n", ["a", "b"], ("1,5", "2,5")),
        ("a\tb\nx, y\t1\nz\t2\n", ["a", "b"], ("x, y", "1")),
        ("a|b\n1|2\n", ["a", "b"], ("1", "2")),
        ("text\nWell, yes.\nNo.\nWell, well, no.\n", ["text"], ("Well, yes.",)),
        ("a\n1\n2\n", ["a"], ("1",)),
        ("a,b\r1,2\r3,4\r", ["a", "b"], ("1", "2")),
        ("\n\na,b\n\n1,2\n\n", ["a", "b"], ("1", "2")),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b", "column_3"], ("1", "2", None)),
        ("a,b\n1,2,\n3,4,\n", ["a", "b"], ("1", "2")),  # every row ends in a separator
        ("a,b\nr1,1,2\nr2,3,4\n", ["column_1", "a", "b"], ("r1", "1", "2")),  # as R writes
        (",a,b\n0,1,2\n1,3,4\n", ["column_1", "a", "b"], ("0", "1", "2")),  # as pandas writes
    ],
)
def test_separators_and_shapes(written, content, columns, row):
    frame = read_table(written(content)).frame
    assert frame.columns == columns
    assert frame.row(0) == row


def test_quotation_marks(written):
    content = 'a,b\n"x\ny",2\n"say ""hi"", please",3\n5" pipe,4\n"", 5\n "x, y" ,6\n'
    frame = read_table(written(content)).frame
    assert frame["a"].to_list() == ["x\ny", 'say "hi", please', '5" pipe', None, "x, y "]


def test_tab_files_without_quoting_keep_their_marks(written):
    content = 'label\ttext\nham\t"Well" he said\nspam\t"no end\nham\tfine\n'
    table = read_table(written(content, "t.tsv"))
    assert table.frame["text"].to_list() == ['"Well" he said', '"no end', "fine"]
    assert "quotation marks are part of the text" in table.notes
    quoted = read_table(written('a\tb\n"x\ty"\t1\n"z"\t2\n', "q.tsv"))
    assert quoted.frame["a"].to_list() == ["x\ty", "z"]


def test_long_cells(written):
    cell = "word " * 40_000
    table = read_table(written(f'a,b\n"{cell}",1\n"x, y",2\n'))
    assert table.frame["a"][0] == cell


# --- header ---


@pytest.mark.parametrize(
    ("content", "has_names"),
    [
        ("name,age\nKim,30\nLee,40\n", True),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", False),  # a number
        ("x,y,x\ny,y,x\nx,y,y\n", False),  # a duplicate
        ("low,big\nlow,big\nhigh,small\n", False),  # recur below
        ("city,land\nSeoul,KR\nParis,FR\n", True),
        ("country,2019,2020\nKR,1,2\nUS,3,4\n", True),  # years count as names
        (",0,1,2,3\n0,1,2,3,4\n1,2,3,4,5\n", True),  # so do places
        ("1,2,3\n4,5,6\n", False),
    ],
)
def test_header_is_guessed(written, content, has_names):
    table = read_table(written(content))
    assert table.frame.height == content.count("\n") - has_names
    assert ("the first row holds the names" in table.notes) == has_names
    if not has_names:
        assert table.frame.columns[0] == "column_1"


def test_header_can_be_said(written):
    path = written("5,6\n1,2\n")
    assert read_table(path, header=True).frame.columns == ["5", "6"]
    assert read_table(written("a,b\nc,d\n"), header=False).frame.rows() == [("a", "b"), ("c", "d")]


def test_names_that_repeat_are_refused(written):
    error = refused(written("id,a,b,a\n1,2,3,4\n"))
    assert "more than once" in error.problem
    assert "'a' is in columns 2 and 4" in error.problem
    assert "--no-header" in error.hint


# --- encodings ---


def test_encodings(written):
    for encoding, note in (("utf-8-sig", "utf-8-sig"), ("cp949", "cp949"), ("utf-16", "utf-16")):
        table = read_table(written("이름,나이\n김철수,3\n", encoding=encoding))
        assert table.frame.rows() == [("김철수", "3")], encoding
        assert f"encoding {note}" in table.notes
    latin = written("naam,leeftijd\ncafé,2\n", encoding="cp1252")
    assert read_table(latin, encoding="cp1252").frame["naam"][0] == "café"
    assert read_table(written("a,b\n1,2\n", encoding="utf-16-le"), encoding="utf-16-le").frame.width


def test_undecodable_bytes_are_placed(written):
    error = refused(written("name,n\nabc,1\ncafé,2\n".encode("cp1252")))
    assert "offset 16" in error.problem
    assert "line 3" in error.problem
    assert "e9 2c 32 0a" in error.problem
    assert "--encoding" in error.hint
    assert "not text in utf-16" in refused(written(b"\xff\xfea\x00,")).problem  # cut in the middle


def test_nul_bytes(written):
    error = refused(written("a,b\n1,\x002\n"))
    assert "NUL byte in line 2" in error.problem
    assert "--encoding utf-16-le" in refused(written("a,b\n1,2\n", encoding="utf-16-le")).hint
    assert "--encoding utf-16-be" in refused(written("a,b\n1,2\n", encoding="utf-16-be")).hint


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13"])
def test_no_such_encoding(written, encoding):
    with pytest.raises(ArgumentError, match="no encoding"):
        read_table(written("a,b\n1,2\n"), encoding=encoding)


@pytest.mark.parametrize("encoding", ["shift_jis", "gbk", "euc_jp"])
def test_other_alphabets_are_not_taken_for_korean(written, encoding):
    path = written("name,n\n中国人民,3\n太郎,4\n", encoding=encoding)
    assert "does not look Korean" in refused(path).problem
    assert encoding in refused(path).hint
    assert read_table(path, encoding=encoding).frame["name"][0] == "中国人民"


# --- ragged rows ---


def test_ragged_rows_are_listed(written):
    rows = ["a,b"] + ["1,2"] * 20
    for line in (4, 6, 8, 10, 12, 14):
        rows[line - 1] = "1,2,3" if line % 4 else "1"
    path = written("\n".join(rows))
    error = refused(path)
    assert "6 of 21 rows do not have 2 cells" in error.problem
    assert "line 4 has 1 cell, line 6 has 3 cells" in error.problem
    assert "line 12 has 1 cell and 1 more" in error.problem
    assert "line 14" not in error.problem
    assert "--skip-bad-rows" in error.hint
    table = read_table(path, skip_bad_rows=True)
    assert table.frame.height == 14
    assert any("6 of 21 rows left out" in note for note in table.notes)


def test_ragged_lines_are_counted_through_quoted_newlines(written):
    error = refused(written('a,b\n"x\ny\nz",1\n2\n3,4\n5,6\n'))
    assert "line 5 has 1 cell" in error.problem


def test_a_quotation_that_never_ends(written):
    error = refused(written('id,text\n1,fine\n2,"open\n3,x\n4,y\n'))
    assert "line 3 never ends" in error.problem


# --- nothing to read ---


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b" \n \n"])
def test_empty_files(written, content):
    assert "empty" in str(refused(written(content))) or "no rows" in str(refused(written(content)))


def test_a_header_alone(written):
    error = refused(written("a,b\n"))
    assert "no rows below it: 'a', 'b'" in error.problem
    assert read_table(written("a,b\n"), header=False).frame.height == 1


def test_paths_that_are_no_files(tmp_path, written):
    assert "is a folder" in refused(tmp_path).problem
    written("a\n1\n", "titanic.csv")
    assert "Did you mean 'titanic.csv'?" in refused(tmp_path / "titanik.csv").problem
    assert "no folder" in refused(tmp_path / "none" / "x.csv").problem
    assert "cannot be read" in refused("a\0b").problem
    assert "is an address" in refused("https://example.org/t.csv").problem


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.xlsx", b"PK\x03\x04rest", "Excel workbook"),
        ("x.csv", b"%PDF-1.4", "PDF"),
        ("x.parquet", b"PAR1rest", "cannot be read"),
        ("x.parquet", b"a,b\n1,2\n", "not a Parquet file"),
        ("x.csv.gz", b"\x1f\x8brest", "cannot be unpacked"),
        ("x.jsonl", b'{"a": 1}\n{"a":\n', "line 2 is not JSON"),
        ("x.jsonl", b"[1]\n", "line 1 is no record"),
        ("x.json", b"[1, ", "not JSON"),
        ("x.jsonl", b'{"a": [1]}\n', "holds a list"),
    ],
)
def test_other_files_are_named(written, name, content, told):
    assert told in str(refused(written(content, name)))


def test_separator_must_be_a_character(written):
    assert read_table(written("a,b\tc\n1,2\t3\n"), separator=r"\t").frame.columns == ["a,b", "c"]
    assert read_table(written("a b\n1 2\n"), separator="space").frame.columns == ["a", "b"]
    with pytest.raises(ArgumentError, match="one character"):
        read_table(written("a,b\n1,2\n"), separator="||")


# --- other sources ---


def test_standard_input(monkeypatch):
    class Stream:
        buffer = io.BytesIO(b"a,b\n1,2\n")

    monkeypatch.setattr(sys, "stdin", Stream)
    assert read_table("-").frame.rows() == [("1", "2")]


def test_gzip_and_parquet_and_records(written, tmp_path):
    table = read_table(written(gzip.compress(b"a,b\n1,2\n"), "z.csv.gz"))
    assert (table.name, table.frame.rows()) == ("z", [("1", "2")])
    frame = pl.DataFrame({"a": [1, None], "b": ["01", "NA"], "c": [True, False]})
    frame.write_parquet(tmp_path / "p.parquet")
    assert read_table(tmp_path / "p.parquet").frame.equals(frame)
    records = '{"a": 1, "b": "x"}\n\n{"a": 2.5, "c": null}\n'
    assert read_table(written(records, "r.jsonl")).frame.rows() == [
        (1.0, "x", None),
        (2.5, None, None),
    ]
    assert read_table(written('[{"a": 1}, {"a": 2}]', "r.json")).frame["a"].to_list() == [1, 2]


def test_frames_keep_types_and_lose_the_odd_ones():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "n": [1, 2],
            "f": [1.5, None],
            "c": pandas.Categorical(["x", None]),
            "d": pandas.to_datetime(["2020-01-01", None]),
            "z": pandas.to_datetime(["2020-01-01 09:00+09:00", None]),
            "mixed": [1, "x"],
            "maybe": [True, None],
            7: ["a", "b"],
        }
    )
    table = read_table(frame)
    assert table.name == "table"
    assert table.frame.columns == [*map(str, frame.columns)]
    kinds = dict(zip(table.frame.columns, map(str, table.frame.dtypes), strict=True))
    assert kinds["n"] == "Int64"
    assert kinds["c"] == kinds["mixed"] == kinds["7"] == "String"
    assert kinds["maybe"] == "Boolean"
    assert str(table.frame["z"][0]) == "2020-01-01 00:00:00"
    assert table.frame["mixed"].to_list() == ["1", "x"]
    assert read_table(pandas.Series([1, 2], name="q")).frame.columns == ["q"]


def test_frames_whose_names_repeat():
    pandas = pytest.importorskip("pandas")
    for frame in (
        pandas.DataFrame([[1, 2]], columns=["a", "a"]),
        pandas.DataFrame({1: [1], "1": [2]}),
        {1: [1], "1": [2]},
    ):
        assert "the same name: '" in refused(frame).problem


def test_columns_and_records():
    assert read_table({"a": np.arange(2), "b": ["x", None]}).frame.rows() == [(0, "x"), (1, None)]
    assert read_table(pl.DataFrame({"a": [1]}).lazy()).frame.rows() == [(1,)]
    moments = np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]")
    frame = read_table({"d": moments, "p": [Path("x"), None], "m": [True, 1]}).frame
    assert [str(t) for t in frame.dtypes][1:] == ["String", "String"]
    assert frame["d"].null_count() == 1
    assert frame["d"].dtype == pl.Datetime("us")
    rows = [{"a": np.float32(1.5)}, {"a": float("nan"), "b": 10**30}]
    assert read_table(rows).frame.rows() == [(1.5, None), (None, 1e30)]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (3, "cannot be read from a int"),
        (None, "cannot be read from a NoneType"),
        ({}, "no columns"),
        ([], "no columns"),
        ([1], "Row 1 is not a record"),
        ({"a": [1, 2], "b": [1]}, "differ in length"),
        ({"a": "xyz"}, "not a list"),
        ({"a": []}, "no rows"),
        ({"a": np.zeros((2, 2))}, "shape (2, 2)"),
        (pl.DataFrame({"a": [[1, 2]]}), "one value per cell"),
    ],
)
def test_what_is_no_table(source, told):
    assert told in str(refused(source))


def test_without_polars_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtraError, match=r"lamina\[tables\]"):
        read_table({"a": [1]})


def test_real_files(data_folder):
    shapes = {
        "titanic.csv": (891, 15),
        "breast_cancer_wisconsin.csv": (699, 11),
        "sms_spam.tsv": (5574, 2),
        "nsmc_test.tsv": (6000, 2),
        "airline_passengers.csv": (144, 2),
        "mpg.csv": (398, 9),
    }
    for name, shape in shapes.items():
        assert read_table(data_folder / name).frame.shape == shape, name
