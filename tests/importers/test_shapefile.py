"""Shapefiles: their parts, their tables, their encodings."""

from __future__ import annotations

import struct

import pytest
import shapely

from geogrid.core.errors import GeogridError, NotFound, UnknownCrs, UnreadableFile
from importers.readers import read_table
from tests.importers.making import WGS84_PRJ, dbf, shapefile

CELLS = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
NAME = [(b"name", "C", 20, 0)]


def table_of(*names: bytes, driver: int = 0) -> bytes:
    return dbf([[name] for name in names], NAME, driver=driver)


def test_shapes_and_rows_come_together(tmp_path):
    table = read_table(shapefile(tmp_path, "cells", CELLS), want="polygon")
    assert table.layer == "cells"
    assert table.attributes == [{"code": "001"}, {"code": "002"}]
    assert (table.crs.name, table.crs_origin) == ("EPSG:4326", "declared by the file")
    assert [g.area for g in table.geometries] == [1.0, 1.0]


def test_extensions_in_capital_letters_belong_to_it(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    assert read_table(path.with_suffix(".SHP"), want="polygon").read == 2


@pytest.mark.parametrize("missing", ["shx", "dbf"])
def test_a_missing_part_is_named(tmp_path, missing):
    path = shapefile(tmp_path, "cells", CELLS)
    path.with_suffix(f".{missing}").unlink()
    with pytest.raises(UnreadableFile, match=rf"cells\.shp: cells has no \.{missing} file"):
        read_table(path, want="polygon")


def test_without_prj_the_coordinate_system_is_asked_for(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, prj=None)
    with pytest.raises(UnknownCrs, match=r"cells\.shp .*no \.prj file.*--crs"):
        read_table(path, want="polygon")
    table = read_table(path, want="polygon", crs="gcj02")
    assert (table.crs.name, table.crs_origin) == ("gcj02", "given")


@pytest.mark.parametrize("prj", ["", "   ", "\x00"])
def test_an_empty_prj_is_none(tmp_path, prj):
    with pytest.raises(UnknownCrs, match="does not say its coordinate system"):
        read_table(shapefile(tmp_path, "cells", CELLS, prj=prj), want="polygon")


def test_a_damaged_prj_is_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, prj='GEOGCS["GCS_WGS')
    with pytest.raises(UnknownCrs, match=r"cells\.shp: .*is not a coordinate system"):
        read_table(path, want="polygon")


@pytest.mark.parametrize("part", [".dbf", ".shx", ".prj"])
def test_a_part_that_is_named_instead_of_the_shp_leads_to_it(tmp_path, part):
    path = shapefile(tmp_path, "cells", CELLS)
    with pytest.raises(UnreadableFile, match=r"one part of a shapefile; name the \.shp"):
        read_table(path.with_suffix(part), want="polygon")


@pytest.mark.parametrize("size", [0, 3, 99, 100, 150, 300])
def test_a_shp_that_is_cut_off_is_refused(tmp_path, size):
    path = shapefile(tmp_path, "cells", CELLS)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UnreadableFile, match=r"cells\.shp"):
        read_table(path, want="polygon")


def test_a_dbf_that_is_cut_off_is_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    table = path.with_suffix(".dbf")
    for size in (0, 20, 40, 70, len(table.read_bytes()) - 20):
        table.write_bytes(table.read_bytes()[:size])
        with pytest.raises(UnreadableFile, match=r"cells\.dbf"):
            read_table(path, want="polygon")


def test_a_dbf_of_another_shapefile_is_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, table_of(b"a", b"b", b"c"))
    with pytest.raises(UnreadableFile, match="2 shapes but 3 rows"):
        read_table(path, want="polygon")


def test_null_shapes_are_refused_rows(tmp_path):
    path = shapefile(tmp_path, "cells", [CELLS[0], None, CELLS[1]])
    table = read_table(path, want="polygon")
    assert table.numbers.tolist() == [1, 3]
    assert [(row.row, row.code, row.attributes) for row in table.refused] == [
        (2, "no-geometry", {"code": "002"})
    ]


def test_rows_marked_as_deleted_are_left_out_and_noted(tmp_path):
    path = shapefile(tmp_path, "cells", [*CELLS, shapely.box(2, 0, 3, 1)], table_of(b"a", b"DELETED", b"c"))
    table = read_table(path, want="polygon")
    assert [row["name"] for row in table.attributes] == ["a", "c"]
    assert table.numbers.tolist() == [1, 3]
    assert [g.bounds[0] for g in table.geometries] == [0.0, 2.0]
    assert any("1 rows are marked as deleted" in note for note in table.notes)


def test_heights_are_dropped_and_noted(tmp_path):
    high = [shapely.force_3d(cell, 7.0) for cell in CELLS]
    table = read_table(shapefile(tmp_path, "cells", high, kind="Polygon Z"), want="polygon")
    assert not shapely.has_z(table.geometries).any()
    assert "Z or M values dropped in 2 rows" in table.notes


def test_only_its_own_layer_can_be_named(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    assert read_table(path, want="polygon", layer="cells").read == 2
    with pytest.raises(NotFound, match='has no layer "cell"'):
        read_table(path, want="polygon", layer="cell")


def test_nothing_is_written_beside_the_file(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    before = sorted(tmp_path.iterdir())
    read_table(path, want="polygon")
    assert sorted(tmp_path.iterdir()) == before


TUNXI, SHEXIAN = "屯溪区", "歙县"


@pytest.mark.parametrize(
    ("encoding", "driver", "cpg", "used", "noted"),
    [
        ("gbk", 0x4D, None, "gb18030", None),
        ("gbk", 0, "936", "gb18030", None),
        ("gbk", 0, "GBK", "gb18030", None),
        ("gbk", 0x57, None, "gb18030", "does not say its encoding"),
        ("gbk", 0, None, "gb18030", "does not say its encoding"),
        ("gbk", 0, "UTF-8", "gb18030", "the .cpg file says utf-8, but the text is not in it"),
        ("gbk", 0, "Klingon", "gb18030", "which is no encoding"),
        ("utf-8", 0, "UTF-8", "utf-8", None),
        ("utf-8", 0, None, "utf-8", None),
        ("utf-8", 0, "65001", "utf-8", None),
        ("utf-8", 0x57, "ISO-8859-1", "utf-8", "but the text is UTF-8"),
        ("big5", 0x4F, None, "cp950", None),
        ("big5", 0, "Big5", "big5", None),
    ],
)
def test_the_encoding_of_the_table_is_found(tmp_path, encoding, driver, cpg, used, noted):
    names = ("屯溪區", "休寧縣") if "big5" in encoding else (TUNXI, SHEXIAN)
    table_bytes = table_of(*(name.encode(encoding) for name in names), driver=driver)
    table = read_table(shapefile(tmp_path, "cells", CELLS, table_bytes, cpg=cpg), want="polygon")
    assert [row["name"] for row in table.attributes] == list(names)
    assert table.encoding == used
    assert (noted is None and not table.notes) or any(noted in note for note in table.notes)


def test_the_encoding_that_was_named_beats_the_cpg(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, table_of("서울".encode("cp949"), b"b"), cpg="UTF-8")
    assert read_table(path, want="polygon", encoding="cp949").attributes[0]["name"] == "서울"
    with pytest.raises(UnreadableFile, match=r"cells\.dbf is not in utf-8"):
        read_table(path, want="polygon", encoding="utf-8")


def test_western_text_is_never_taken_for_granted(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, table_of("Málaga".encode("cp1252"), b"b", driver=0x03))
    table = read_table(path, want="polygon")
    assert table.attributes[0]["name"] == "Málaga"
    assert any("check the names" in note for note in table.notes)


def test_text_in_no_known_encoding_is_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS, table_of(b"\xff\xff", b"b"))
    with pytest.raises(UnreadableFile, match="neither UTF-8 nor GB 18030; name its encoding"):
        read_table(path, want="polygon")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_and_values_cut_in_the_middle_of_a_character_lose_only_that(tmp_path, encoding):
    name = "网格编码名称".encode(encoding)[:10]
    value = ("黄山市屯溪区昱东街道" * 2).encode(encoding)[:19]
    content = dbf([[value], [b"x"]], [(name, "C", 19, 0)])
    table = read_table(shapefile(tmp_path, "cells", CELLS, content), want="polygon")
    assert "网格编码名".startswith(table.fields[0])
    assert len(table.fields[0]) >= 3
    assert "黄山市屯溪区昱东街道".startswith(table.attributes[0][table.fields[0]])


def test_every_kind_of_field_becomes_what_it_means(tmp_path):
    fields = [
        (b"code", "C", 6, 0),
        (b"count", "N", 9, 0),
        (b"share", "N", 9, 3),
        (b"real", "F", 12, 4),
        (b"yes", "L", 1, 0),
        (b"day", "D", 8, 0),
        (b"memo", "M", 10, 0),
    ]
    rows = [
        [b"001200", b"       42", b"    0.125", b"      1.5", b"T", b"20160131", b"12"],
        [b"", b"*********", b"", b"nan", b"?", b"00000000", b""],
        [b"x", b"1.5", b"abc", b"1e999", b"N", b"20161399", b""],
    ]
    path = shapefile(tmp_path, "cells", [*CELLS, shapely.box(5, 5, 6, 6)], dbf(rows, fields))
    first, second, third = read_table(path, want="polygon").attributes
    assert list(first.values()) == ["001200", 42, 0.125, 1.5, True, "2016-01-31", None]
    assert list(second.values()) == [None] * 7
    assert list(third.values()) == ["x", 1.5, "abc", None, False, "20161399", None]


def test_two_fields_of_one_name_are_told_apart(tmp_path):
    content = dbf([[b"a", b"b"], [b"c", b"d"]], [(b"name", "C", 5, 0), (b"name", "C", 5, 0)])
    table = read_table(shapefile(tmp_path, "cells", CELLS, content), want="polygon")
    assert table.attributes[0] == {"name": "a", "name_2": "b"}


def test_an_open_ring_is_closed_and_noted_or_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    content = bytearray(path.read_bytes())
    # The last vertex of the first ring: 100 header + 8 record header + 44 polygon header + 4 + 4*16.
    struct.pack_into("<d", content, 100 + 8 + 44 + 4 + 4 * 16, 0.25)
    path.write_bytes(content)
    table = read_table(path, want="polygon")
    assert table.read == 2
    assert len(table.geometries) + len(table.refused) == 2
    assert shapely.get_type_id(table.geometries).tolist() == [3] * len(table.geometries)


def test_multipatch_is_refused(tmp_path):
    path = shapefile(tmp_path, "cells", CELLS)
    content = bytearray(path.read_bytes())
    struct.pack_into("<i", content, 32, 31)
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="multipatch"):
        read_table(path, want="polygon")


def test_a_file_of_another_kind_with_the_name_of_a_shapefile_is_refused(tmp_path):
    path = tmp_path / "cells.shp"
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(GeogridError, match=r"cells\.shp is not a shapefile"):
        read_table(path, want="polygon")


def test_the_prj_that_was_made_for_the_tests_is_understood(tmp_path):
    assert "WGS_1984" in WGS84_PRJ
    assert read_table(shapefile(tmp_path, "c", CELLS), want="polygon").crs.is_lonlat
