"""Zipped shapefiles: folders, names, several layers, and archives that mean harm."""

from __future__ import annotations

import struct
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
import shapely

from geogrid.core.errors import BadInput, GeogridError, NotFound, UnknownCrs, UnreadableFile
from importers.readers import archive, read_table
from tests.importers.making import shapefile, zipped

CELLS = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
PARTS = ("shp", "shx", "dbf", "prj")


@pytest.fixture
def cells(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return shapefile(folder, "cells", CELLS)


def members(path, prefix, parts=PARTS):
    return [(f"{prefix}.{part}", path.with_suffix(f".{part.lower()}")) for part in parts]


def test_a_zip_of_one_shapefile_is_read(tmp_path, cells):
    table = read_table(zipped(tmp_path / "cells.zip", *members(cells, "cells")), want="polygon")
    assert (table.layer, table.read, table.crs.name) == ("cells", 2, "EPSG:4326")


def test_nested_folders_capital_extensions_and_foreign_files_do_not_disturb(tmp_path, cells):
    path = zipped(
        tmp_path / "cells.zip",
        *members(cells, "deep/er/Cells", ("SHP", "SHX", "DBF", "PRJ")),
        ("deep/er/Cells.sbn", cells),
        ("__MACOSX/deep/er/._Cells.shp", cells),
        ("deep/er/._Cells.shp", cells),
        ("readme.txt", cells),
    )
    assert read_table(path, want="polygon").layer == "Cells"


def test_of_several_layers_one_has_to_be_named(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "a/towns"), *members(cells, "b/streets"))
    with pytest.raises(BadInput, match=r"cells\.zip has 2 layers: towns, streets; name one with --layer"):
        read_table(path, want="polygon")
    assert read_table(path, want="polygon", layer="streets").layer == "streets"
    with pytest.raises(NotFound, match=r'no layer "street" \(did you mean "streets"\?\)'):
        read_table(path, want="polygon", layer="street")


def test_layers_of_one_name_are_told_apart_by_their_folders(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "2016/towns"), *members(cells, "2023/towns"))
    with pytest.raises(BadInput, match="2016/towns, 2023/towns"):
        read_table(path, want="polygon")
    assert read_table(path, want="polygon", layer="2023/towns").read == 2


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_names_are_read_even_without_the_flag_that_says_utf8(tmp_path, cells, encoding):
    path = tmp_path / "cells.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as target:
        for part in PARTS:
            info = ZipInfo("X" * len("区县界".encode(encoding)) + f".{part}")
            target.writestr(info, cells.with_suffix(f".{part}").read_bytes())
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"X" * len("区县界".encode(encoding)), "区县界".encode(encoding)))
    assert read_table(path, want="polygon").layer == "区县界"


def test_paths_that_lead_out_of_the_archive_are_never_followed(tmp_path, cells):
    path = zipped(tmp_path / "evil.zip", *members(cells, "../../evil/cells"), *members(cells, "/etc/x"))
    before = sorted(tmp_path.rglob("*"))
    assert read_table(path, want="polygon", layer="cells").read == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("missing", ["shx", "dbf"])
def test_a_missing_part_is_named(tmp_path, cells, missing):
    parts = [part for part in PARTS if part != missing]
    path = zipped(tmp_path / "cells.zip", *members(cells, "cells", parts))
    with pytest.raises(UnreadableFile, match=rf"cells\.zip: cells has no \.{missing} file"):
        read_table(path, want="polygon")


def test_a_zip_without_prj_asks_for_the_coordinate_system(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "cells", ("shp", "shx", "dbf")))
    with pytest.raises(UnknownCrs, match=r"no \.prj file"):
        read_table(path, want="polygon")


def test_a_zip_without_shapefile_says_what_it_holds(tmp_path, cells):
    with pytest.raises(UnreadableFile, match=r"holds no shapefile \(\.shp\): it holds a\.dbf, b\.txt"):
        read_table(zipped(tmp_path / "x.zip", ("a.dbf", cells), ("b.txt", cells)), want="polygon")
    with pytest.raises(UnreadableFile, match="it is empty"):
        read_table(zipped(tmp_path / "y.zip"), want="polygon")


def test_an_archive_that_is_cut_off_is_refused(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "cells"))
    whole = path.read_bytes()
    for size in (0, 3, 30, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile, match=r"cells\.zip"):
            read_table(path, want="polygon")


def test_a_member_whose_bytes_changed_is_refused(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "cells"))
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="damaged inside the archive"):
        read_table(path, want="polygon")


def test_a_protected_archive_is_refused(tmp_path, cells):
    path = zipped(tmp_path / "cells.zip", *members(cells, "cells"))
    raw = path.read_bytes()
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := raw.find(signature, at + 1)) >= 0:
            (flags,) = struct.unpack_from("<H", raw, at + offset)
            raw = raw[: at + offset] + struct.pack("<H", flags | 1) + raw[at + offset + 2 :]
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="protected by a password"):
        read_table(path, want="polygon")


def test_an_archive_with_too_many_members_is_refused(tmp_path, monkeypatch, cells):
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(UnreadableFile, match="has 4 members; at most 3 are read"):
        read_table(zipped(tmp_path / "cells.zip", *members(cells, "cells")), want="polygon")


def test_a_bomb_is_not_unpacked(tmp_path, cells):
    path = tmp_path / "bomb.zip"
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as target:
        for part in PARTS[:2]:
            target.write(cells.with_suffix(f".{part}"), f"cells.{part}")
        with target.open("cells.dbf", "w") as sink:
            for _ in range(100):
                sink.write(bytes(1 << 20))
    with pytest.raises(UnreadableFile, match=r"bomb\.zip unpacks to \d+ bytes and more, too much"):
        read_table(path, want="polygon")


def test_an_archive_larger_than_the_limit_is_refused(tmp_path, monkeypatch, cells):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 200)
    with pytest.raises(UnreadableFile, match="too much"):
        read_table(zipped(tmp_path / "cells.zip", *members(cells, "cells")), want="polygon")


def test_a_workbook_is_no_archive_of_shapefiles(tmp_path, cells):
    with pytest.raises(GeogridError, match=r"book\.xlsx is of a kind that is not read here"):
        read_table(zipped(tmp_path / "book.xlsx", ("[Content_Types].xml", cells)), want="any")
