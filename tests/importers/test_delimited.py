"""Delimited text: delimiters, encodings, fields, numbers as people write them."""

from __future__ import annotations

import pytest

from geogrid.core.errors import BadInput, UnreadableFile
from importers.readers import read_table, require_field


@pytest.fixture
def read(tmp_path):
    def from_text(text, name="points.csv", want="any", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(path, want=want, **options)

    return from_text


def test_points_are_made_and_everything_stays_text(read):
    table = read("code,name,lon,lat\n0012,厂,118.3,29.7\n0013,,118.4,29.8\n")
    assert table.attributes == [
        {"code": "0012", "name": "厂", "lon": "118.3", "lat": "29.7"},
        {"code": "0013", "name": None, "lon": "118.4", "lat": "29.8"},
    ]
    assert [g.wkt for g in table.geometries] == ["POINT (118.3 29.7)", "POINT (118.4 29.8)"]
    assert (table.crs.name, table.crs_origin, table.encoding) == (
        "EPSG:4326",
        "default of the format",
        "utf-8",
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_is_found(read, delimiter, end):
    lines = [["code", "lon", "lat", '"a,b;c"'], ["1", "118.3", "29.7", '"x,y;z"']]
    table = read(end.join(delimiter.join(line) for line in lines), "points.txt")
    assert table.attributes[0]["a,b;c"] == "x,y;z"
    assert table.geometries[0].wkt == "POINT (118.3 29.7)"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_found(read, encoding):
    table = read("名称,经度,纬度\n屯溪区,118.3,29.7\n".encode(encoding))
    assert table.attributes == [{"名称": "屯溪区", "经度": "118.3", "纬度": "29.7"}]
    assert table.encoding == encoding


@pytest.mark.parametrize(
    "header", ["lon,lat", "Lng,Lat", "LONGITUDE,LATITUDE", "x,y", "X,Y", "经度,纬度", "long,lat"]
)
def test_the_fields_of_the_coordinates_are_guessed(read, header):
    assert read(f"{header}\n118.3,29.7\n").geometries[0].wkt == "POINT (118.3 29.7)"


def test_the_fields_of_the_coordinates_can_be_named(read):
    text = "lon,lat,east,north\n1,2,118.3,29.7\n"
    table = read(text, lon_field="east", lat_field="north")
    assert table.geometries[0].wkt == "POINT (118.3 29.7)"
    with pytest.raises(
        BadInput, match=r'no field "eest" \(did you mean "east"\?\); it has lon, lat, east, north'
    ):
        read(text, lon_field="eest", lat_field="north")
    with pytest.raises(BadInput, match="go together"):
        read(text, lon_field="east")


def test_projected_coordinates_come_with_their_system(read):
    table = read("x,y\n629376.47,3289158.59\n", crs="4548")
    assert (table.crs.name, table.crs_origin) == ("EPSG:4548", "given")


def test_without_fields_of_coordinates_the_fields_are_listed(read):
    with pytest.raises(BadInput, match=r"has code, name: name them with --lon-field and --lat-field"):
        read("code,name\n1,a\n")


def test_a_field_of_wkt_gives_any_geometry(read):
    shapes = [
        "POLYGON ((0 0, 1 0, 1 1, 0 0))",
        "POINT (1 2)",
        "",
        "POLYGON ((0 0",
        "POLYGON ((0 0, 1 0, 1 1, 2 2))",
    ]
    text = "code,WKT\n" + "".join(f'{n},"{shape}"\n' for n, shape in enumerate(shapes, 1))
    table = read(text, want="polygon")
    assert [g.wkt for g in table.geometries] == ["POLYGON ((0 0, 1 0, 1 1, 0 0))"]
    assert [(row.row, row.code) for row in table.refused] == [
        (2, "wrong-geometry-type"),
        (3, "no-geometry"),
        (4, "broken-geometry"),
        (5, "broken-geometry"),
    ]


@pytest.mark.parametrize(
    ("lon", "lat", "code", "reason"),
    [
        ("", "29.7", "no-geometry", 'has no value in "lon"'),
        ("118.3", "  ", "no-geometry", 'has no value in "lat"'),
        ("abc", "29.7", "not-a-number", '"abc" in "lon" is not a number'),
        ("118°18'", "29.7", "not-a-number", "is not a number"),
        ("nan", "29.7", "not-finite", 'the coordinate nan in "lon"'),
        ("inf", "29.7", "not-finite", "inf"),
        ("1e308", "29.7", "not-finite", "1e+308"),
        ("1e999", "29.7", "not-finite", "1e999"),
        ("29.7", "118.3", "swapped-axes", "look swapped (118.3 is given as latitude)"),
        ("190", "29.7", "out-of-range", "190 is not a longitude"),
        ("118.3", "-91", "out-of-range", "-91 is not a latitude"),
        ("629376", "3289158", "out-of-range", "look like metres"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(read, lon, lat, code, reason):
    table = read(f"code,lon,lat\n1,118.3,29.7\n2,{lon},{lat}\n3,118.4,29.8\n")
    assert table.numbers.tolist() == [1, 3]
    (refused,) = table.refused
    assert (refused.row, refused.code, refused.attributes["code"]) == (2, code, "2")
    assert reason in refused.reason


@pytest.mark.parametrize(
    "number", ["\uff11\uff11\uff18\uff0e\uff13", " 118.3 ", '"118,3"', "1.183e2", "+118.3"]
)
def test_numbers_are_read_as_people_write_them(read, number):
    assert read(f"lon,lat\n{number},29.7\n").geometries[0].wkt == "POINT (118.3 29.7)"


def test_a_row_with_too_many_fields_is_refused_and_one_with_too_few_is_filled(read):
    table = read("lon,lat,name\n118.3,29.7,a,b\n118.3,29.7\n118.3,29.7,c,,\n")
    assert [(row.row, row.code) for row in table.refused] == [(1, "wrong-field-count")]
    assert [row["name"] for row in table.attributes] == [None, "c"]


def test_empty_lines_are_no_rows_and_line_breaks_in_quotations_are_kept(read):
    table = read('\nlon,lat,note\n\n118.3,29.7,"two\nlines"\n,,\n118.3,29.8,x\n\n')
    assert [row["note"] for row in table.attributes] == ["two\nlines", "x"]
    assert table.numbers.tolist() == [1, 2]


def test_names_of_fields_are_made_different(read):
    table = read("lon,lat,name,name,\n118.3,29.7,a,b,c\n")
    assert table.fields == ("lon", "lat", "name", "name_2", "column_5")
    assert len(table.notes) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "holds no rows"),
        ("lon,lat\n", "holds no rows"),
        ('lon,lat\n118.3,"29.7\n1,2\n', "a quotation mark"),
        (b"lon,lat\n\x00\x01\x02,1\n", "is not text"),
        (b"lon,lat,\xff\xff\n1,2,\xff\xff\n", "neither UTF-8 nor GB 18030"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(read, text, said):
    with pytest.raises(UnreadableFile, match=r"points\.csv") as caught:
        read(text)
    assert said in caught.value.message


def test_a_field_is_required_by_name(read):
    table = read("Code,lon,lat\n1,118.3,29.7\n")
    assert require_field(table, "Code") == "Code"
    with pytest.raises(BadInput, match=r'points\.csv has no field "code" \(did you mean "Code"\?\)'):
        require_field(table, "code")


def test_points_are_no_cells(read):
    assert read("lon,lat\n118.3,29.7\n", want="polygon").all_refused
