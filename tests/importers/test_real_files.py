"""Every nasty file reads or is refused in a sentence; every real layer has the rows an audit counted."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import shapely

from importers.readers import read_table
from tests.importers.making import read_or_sentence

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NASTY = sorted(path for path in (DATA / "nasty").rglob("*") if path.is_file())


def reference() -> list[dict[str, str]]:
    audit = DATA / "AUDIT_REFERENCE.csv"
    if not audit.exists():
        return []
    with audit.open(encoding="utf-8") as file:
        # The Korean layers need parameters and an encoding; they have a test of their own.
        return [row for row in csv.DictReader(file) if "seoul" not in row["path"]]


@pytest.mark.shared_data
@pytest.mark.parametrize("path", NASTY, ids=lambda path: str(path.relative_to(DATA / "nasty")))
@pytest.mark.parametrize("want", ["polygon", "any"])
def test_a_nasty_file_reads_or_is_refused_in_one_sentence(path, want, capfd):
    table = read_or_sentence(path, want)
    if isinstance(table, str):
        assert path.stem in table
        assert "\n" not in table
        assert len(table) < 1000
    else:
        assert table.read == len(table.geometries) + len(table.refused)
        assert len(table.numbers) == len(table.attributes) == len(table.geometries)
        assert shapely.is_geometry(table.geometries).all()
        assert not shapely.has_z(table.geometries).any()
        json.dumps(table.attributes, allow_nan=False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.shared_data
@pytest.mark.parametrize("row", reference(), ids=lambda row: f"{row['path']}:{row['layer']}")
def test_a_real_layer_has_the_rows_that_the_audit_counted(row, shared_data):
    path = shared_data / row["path"]
    layer = row["layer"] if path.suffix in (".gpkg", ".zip") else None
    table = read_table(path, want="polygon", layer=layer)
    assert table.read == int(row["rows"])
    assert len(table.geometries) == table.read
    assert table.crs.name == f"EPSG:{row['crs']}"
    # Repeated vertices go, and nothing else.
    assert shapely.get_num_coordinates(table.geometries).sum() <= int(row["vertices"])
    assert (~shapely.is_valid(table.geometries)).sum() == int(row["invalid"])


@pytest.mark.shared_data
def test_the_korean_layers_are_read_with_parameters_and_encoding_given(shared_data):
    crs = (
        "+proj=tmerc +lat_0=38 +lon_0=127.0028902777778 +k=1 +x_0=200000 +y_0=500000 +ellps=bessel "
        "+towgs84=-115.80,474.99,674.11,1.16,-2.31,-1.63,6.43 +units=m"
    )
    folder = shared_data / "nasty" / "seoul_euckr"
    towns = read_table(folder / "seoul_submunicipalities.shp", want="polygon", crs=crs, encoding="cp949")
    assert len(towns.geometries) == 423
    assert any("동" in str(value) for value in towns.attributes[0].values())


@pytest.mark.shared_data
def test_huangshan_in_every_disguise_is_the_same_land(shared_data):
    folder = shared_data / "nasty" / "huangshan_gbk"
    plain = read_table(folder / "districts_utf8bom.geojson", want="polygon")
    names = {row["name"] for row in plain.attributes}
    shape = read_table(folder / "黄山市区县界.shp", want="polygon")
    assert {row["区县名称"] for row in shape.attributes} == names
    assert any("does not say its encoding" in note for note in shape.notes)
    mercator = read_table(folder / "districts_3857_no_crs.geojson", want="polygon")
    assert mercator.all_refused
    assert "name their coordinate system with --crs" in mercator.refused[0].reason
    assert (
        len(read_table(folder / "districts_3857_no_crs.geojson", want="polygon", crs="3857").geometries) == 7
    )
    for name in ("乡镇点位_gb18030_crlf_tab.txt", "乡镇点位_gbk.csv", "乡镇点位_utf8bom.csv"):
        points = read_table(folder / name, want="any")
        assert (len(points.geometries), points.attributes[0]["名称"]) == (105, "昱东街道办事处")


@pytest.mark.shared_data
def test_emitters_without_coordinates_are_refused_rows(shared_data):
    table = read_table(shared_data / "features" / "powerplants_china_wri.csv", want="any")
    assert (table.read, len(table.refused)) == (3137, 11)
    assert {row.code for row in table.refused} == {"no-geometry"}
