"""`locate_file`: every row of a table with its cells, in order, and nothing of it lost."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.core.management import call_command
from django.utils import timezone

import manage
from boundaries.selectors import land_at
from geogrid.core.errors import BadInput, NotFound, UnreadableFile
from geogrid.core.locator import Locator
from importers.services import located_tables
from tests.layers.lands import LONG_AGO, SOUTH, STEP, WEST, city, five_lots, lot, new_scheme

pytestmark = pytest.mark.django_db

HEADER = ["cell_city", "cell_lot", "on_edge", "outside", "locate_error"]


@pytest.fixture
def land(db):
    land = new_scheme()
    land.publish(five_lots())
    return land


@pytest.fixture
def locate(tmp_path):
    """Write a file, locate it, give what was written."""

    def run(content, *options, name="in.csv", out="out.csv"):
        source, target = tmp_path / name, tmp_path / out
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("locate_file", str(source), "--scheme", "small", "-o", str(target), *options)
        return target

    return run


def rows(path, delimiter=","):
    """The records of a written file; the mark at its beginning must be there."""
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def answers(path):
    return [row[-5:] for row in rows(path)[1:]]


def test_each_row_gets_its_cells_in_order_and_its_columns_stay_as_they_are(land, locate) -> None:
    content = (
        'id,lon,lat,"a ""b"", c"\r\n007,118.015,30.005,"x\ny"\r\n'
        "0,118.005,30.015,\r\n 9 ,118.0250,30.0050,甲\r\n"
    )
    written = rows(locate(content))
    assert written == [
        ["id", "lon", "lat", 'a "b", c', *HEADER],
        ["007", "118.015", "30.005", "x\ny", "C", "9", "false", "false", ""],
        ["0", "118.005", "30.015", "", "C", "2", "false", "false", ""],
        [" 9 ", "118.0250", "30.0050", "甲", "C", "100", "false", "false", ""],
    ]


def test_edges_gaps_and_the_outside_are_told_apart(land, locate) -> None:
    written = locate("lon,lat\n118.01,30.005\n118.01,30.01\n118.025,30.015\n119,31\n118,30\n")
    assert answers(written) == [
        ["C", "10", "true", "false", ""],
        ["C", "10", "true", "false", ""],
        ["C", "", "false", "false", ""],
        ["", "", "false", "true", ""],
        ["C", "10", "true", "false", ""],
    ]


def test_a_row_without_a_usable_place_stays_with_its_reason(land, locate) -> None:
    content = (
        "lon,lat,note\n,30.005,a\nNaN,30.005,b\n118.015,1e308,c\n"
        "30.005,118.015,d\neast,30,e\n118.015,30.005,f\n"
    )
    written = rows(locate(content))
    assert [row[2] for row in written[1:]] == ["a", "b", "c", "d", "e", "f"]
    assert all(row[3:7] == [""] * 4 for row in written[1:6])
    reasons = [row[7] for row in written[1:]]
    assert 'no value in "lon"' in reasons[0]
    assert "NaN" in reasons[1]
    assert "1e+308" in reasons[2]
    assert "swapped" in reasons[3]
    assert '"east" in "lon" is not a number' in reasons[4]
    assert reasons[5] == ""
    assert written[6][3:5] == ["C", "9"]


def test_rows_of_another_length_lose_nothing(land, locate) -> None:
    content = "lon,lat,note\n118.015,30.005\n118.015,30.005,x,extra\n118.015,30.005,x,\n\n,,\n"
    written = rows(locate(content))
    assert written[1] == ["118.015", "30.005", "", "C", "9", "false", "false", ""]
    assert written[2] == ["118.015", "30.005", "x", *[""] * 4, "has 4 fields where the header has 3", "extra"]
    assert written[3] == ["118.015", "30.005", "x", "C", "9", "false", "false", ""]
    assert written[4][:3] == ["", "", ""]
    assert len(written) == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in_its_encoding_and_written_in_utf_8(land, locate, encoding) -> None:
    written = rows(locate("名称,经度,纬度\n黄山,118.015,30.005\n".encode(encoding)))
    assert written[0][:3] == ["名称", "经度", "纬度"]
    assert written[1][0] == "黄山"
    assert written[1][3:5] == ["C", "9"]


def test_the_delimiter_of_the_file_stays(land, locate) -> None:
    written = rows(locate("lon;lat;a,b\n118.015;30.005;c,d\n"), delimiter=";")
    assert written[1] == ["118.015", "30.005", "c,d", "C", "9", "false", "false", ""]


def test_fields_can_be_named_and_shifted_coordinates_are_brought_home(land, locate) -> None:
    from geogrid.core.crs import resolve_crs

    ((x, y),) = resolve_crs("gcj02").from_lonlat(np.array([[118.015, 30.005]]))
    content = f"o,a,b,lon,lat\n1,{x},{y},0,0\n"
    located = locate(content, "--lon-field", "a", "--lat-field", "b", "--crs", "gcj02")
    assert answers(located)[0][:2] == ["C", "9"]
    assert answers(locate(content, "--lon-field", "a", "--lat-field", "b"))[0][:2] != ["C", "9"]


def test_projected_coordinates_are_transformed(land, locate) -> None:
    from geogrid.core.crs import resolve_crs

    ((x, y),) = resolve_crs("EPSG:32650").from_lonlat(np.array([[118.015, 30.005]]))
    written = locate(f"x,y\n{x},{y}\n1e30,5\n", "--crs", "EPSG:32650")
    assert answers(written)[0][:2] == ["C", "9"]
    assert "1e+30" in answers(written)[1][4]


def test_the_answer_is_that_of_the_named_time(land, locate) -> None:
    change = timezone.now() - dt.timedelta(days=10)
    lots = five_lots()
    lots["new"] = lots.pop("9")
    land.publish(lots, change)
    content = "lon,lat\n118.015,30.005\n"
    assert answers(locate(content))[0][1] == "new"
    before = change - dt.timedelta(days=1)
    assert answers(locate(content, "--at", before.isoformat()))[0][1] == "9"
    assert answers(locate(content, "--at", before.date().isoformat()))[0][1] == "9"


def test_a_time_that_is_none_or_before_the_first_edition_is_refused(land, locate, tmp_path) -> None:
    with pytest.raises(BadInput, match="'yesterday' is no time"):
        locate("lon,lat\n118,30\n", "--at", "yesterday")
    early = (LONG_AGO - dt.timedelta(days=9)).isoformat()
    with pytest.raises(BadInput, match="small has no edition in force at"):
        locate("lon,lat\n118,30\n", "--at", early)
    assert not (tmp_path / "out.csv").exists()


def test_ten_thousand_points_are_answered_as_the_locator_answers(land, locate, monkeypatch) -> None:
    monkeypatch.setattr(located_tables, "ROWS_AT_ONCE", 999)
    rng = np.random.default_rng(5)
    # Whole steps of a tenth of a lot: many lie on edges and corners.
    steps = rng.integers(-3, 34, size=(10_000, 2)) / 10
    lonlat = np.floor((np.array([WEST, SOUTH]) + steps * STEP) * 1e8 + 0.5) / 1e8
    content = "n,lon,lat\n" + "".join(f"{n},{x!r},{y!r}\n" for n, (x, y) in enumerate(lonlat.tolist()))
    written = rows(locate(content))[1:]
    assert [int(row[0]) for row in written] == list(range(10_000))
    here = land_at(land.scheme)
    located = Locator.of(here).points(lonlat)
    codes = [here.code[leaf] if leaf >= 0 else "" for leaf in located.leaf.tolist()]
    assert [row[4] for row in written] == codes
    assert [row[5] == "true" for row in written] == located.on_edge.tolist()
    inside = shapely.intersects_xy(city(), lonlat[:, 0], lonlat[:, 1])
    assert [row[6] == "false" for row in written] == inside.tolist()
    in_gap = shapely.contains_xy(lot(2, 1), lonlat[:, 0], lonlat[:, 1])
    assert {row[3] for row, gap in zip(written, in_gap, strict=True) if gap} == {"C"}


def test_parquet_keeps_its_types_and_gets_the_same_columns(land, tmp_path) -> None:
    table = pa.table(
        {
            "id": pa.array([7, 8, 9, 10], pa.int16()),
            "lon": pa.array([118.015, 118.01, None, 118.025]),
            "lat": pa.array(["30.005", "30.005", "30", "30.015"]),
            "when": pa.array([1_767_225_600_000] * 4, pa.timestamp("ms")),
        },
        metadata={"who": "me"},
    )
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(table, source)
    call_command("locate_file", str(source), "--scheme", "small", "-o", str(out))
    written = pq.read_table(out)
    assert written.select(table.column_names).equals(table)
    assert written.schema.metadata[b"who"] == b"me"
    added = written.select(HEADER).to_pydict()
    assert added["cell_city"] == ["C", "C", None, "C"]
    assert added["cell_lot"] == ["9", "10", None, None]
    assert added["on_edge"] == [False, True, None, False]
    assert added["outside"] == [False, False, None, False]
    assert added["locate_error"][2] == 'has no value in "lon"'
    assert [fault is None for fault in added["locate_error"]] == [True, True, False, True]


def test_the_summary_counts_the_rows(land, locate, capsys) -> None:
    locate("lon,lat\n118.005,30.005\n118.01,30.005\n118.025,30.015\n119,31\n,\n")
    said = capsys.readouterr()
    expected = "5 rows, 2 in a cell (1 on an edge), 1 in a gap, 1 outside, 1 without a place\n"
    assert said.out.endswith(expected)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "in.csv", "in.csv is empty"),
        (b"lon,lat\n", "in.csv", "holds no rows"),
        (b"lon,lat\n118,\x0030\n", "in.csv", "is not text"),
        (b'lon,lat\n118,"30\n', "in.csv", "quotation mark missing"),
        (b"PK\x03\x04", "in.xlsx", "is not a workbook that is read here, or it is damaged"),
        (
            b"PK\x03\x04",
            "in.xls",
            "is a spreadsheet of a kind that is not read here; save it as .xlsx or CSV",
        ),
        (b"PAR1", "in.parquet", "is not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(
    land, locate, tmp_path, content, name, sentence
) -> None:
    out = {"parquet": "out.parquet", "xlsx": "out.xlsx"}.get(name.partition(".")[2], "out.csv")
    with pytest.raises(UnreadableFile, match=sentence):
        locate(content, name=name, out=out)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_the_caller_can_mend_is_one_sentence(land, locate, tmp_path) -> None:
    good = "lon,lat\n118,30\n"
    with pytest.raises(BadInput, match="is the file that is read"):
        locate(good, out="in.csv")
    assert (tmp_path / "in.csv").read_text() == good
    with pytest.raises(BadInput, match="fields of coordinates"):
        locate("a,b\n1,2\n")
    with pytest.raises(BadInput, match='no field "lng"'):
        locate(good, "--lon-field", "lng", "--lat-field", "lat")
    with pytest.raises(BadInput, match="go together"):
        locate(good, "--lon-field", "lon")
    with pytest.raises(BadInput, match="has a column outside already"):
        locate("lon,lat,outside\n118,30,x\n")
    with pytest.raises(BadInput, match="is written as CSV"):
        locate(good, out="out.parquet")
    with pytest.raises(BadInput, match="There is no folder"):
        locate(good, out="none/out.csv")
    with pytest.raises(BadInput, match="not a coordinate system"):
        locate(good, "--crs", "EPSG:99")
    with pytest.raises(UnreadableFile, match="does not exist"):
        call_command("locate_file", "none.csv", "--scheme", "small", "-o", str(tmp_path / "o.csv"))
    with pytest.raises(NotFound, match="no scheme 'x'"):
        call_command("locate_file", "none.csv", "--scheme", "x", "-o", str(tmp_path / "o.csv"))


def test_a_fault_late_in_the_file_leaves_the_old_output_as_it_was(
    land, locate, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(located_tables, "ROWS_AT_ONCE", 2)
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(UnreadableFile, match="near line"):
        locate("lon,lat\n" + "118,30\n" * 9 + '118,"30\n')
    assert (tmp_path / "out.csv").read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}


def test_bad_input_at_the_terminal_is_exit_code_2(land, tmp_path, monkeypatch, capsys) -> None:
    arguments = [
        "locate_file",
        str(tmp_path / "none.csv"),
        "--scheme",
        "small",
        "-o",
        str(tmp_path / "o.csv"),
    ]
    monkeypatch.setattr("sys.argv", ["manage.py", *arguments])
    assert manage.main() == 2
    assert capsys.readouterr().err == "none.csv does not exist.\n"
