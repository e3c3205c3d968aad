"""The extent of a document: inline or a file beside it, brought to the lattice, or refused with its line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
import shapely.geometry

from boundaries.models import Scheme
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadDocument
from schemes.loader import read_document
from schemes.services.load import SchemeLoad, scheme_load

pytestmark = pytest.mark.django_db

SQUARE = shapely.box(118.1234567891, 29.5, 118.5, 29.9)
HOLED = shapely.Polygon(SQUARE.exterior.coords, [shapely.box(118.2, 29.6, 118.3, 29.7).exterior.coords])

Load = Callable[..., SchemeLoad]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a small scheme with this extent, on line 3 of its document."""

    def _load(extent: str, remark: str = "") -> SchemeLoad:
        path = tmp_path / "x.yaml"
        path.write_text(f"scheme: x\nlevels: [{{code: city}}]\nextent: {extent}\n{remark}", encoding="utf-8")
        return scheme_load(loaded=read_document(path))

    return _load


def _write(path: Path, *shapes: shapely.Geometry, crs: str | None = "EPSG:4326", **options: Any) -> Path:
    kinds = {shape.geom_type for shape in shapes}
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object),
        field_data=[],
        fields=[],
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs,
        **options,
    )
    return path


def _stored() -> shapely.MultiPolygon:
    extent = Scheme.objects.get().extent
    assert extent is not None
    assert extent.srid == 4326
    shape = shapely.from_wkb(bytes(extent.wkb))
    assert isinstance(shape, shapely.MultiPolygon)
    assert shapely.is_valid(shape)
    xy = shapely.get_coordinates(shape)
    assert np.array_equal(np.floor(xy * 1e8 + 0.5) / 1e8, xy)
    return shape


def _close(shape: shapely.Geometry, wanted: shapely.Geometry, tolerance: float = 2e-8) -> bool:
    return bool(shapely.hausdorff_distance(shape, wanted) <= tolerance) and len(shape.geoms) == 1


def _inline(shape: shapely.Geometry) -> str:
    return json.dumps(shapely.geometry.mapping(shape))


def test_an_inline_polygon_is_brought_to_the_lattice(load: Load) -> None:
    load(_inline(HOLED))
    assert _close(_stored(), HOLED)
    assert len(_stored().geoms[0].interiors) == 1
    assert 118.12345679 in shapely.get_coordinates(_stored())[:, 0]


@pytest.mark.parametrize("name", ["land.geojson", "land.json", "land.gpkg", "land.shp"])
def test_a_file_beside_the_document_is_read(load: Load, tmp_path: Path, name: str) -> None:
    driver = {"driver": "GeoJSON"} if name.endswith("json") else {}
    _write(tmp_path / name, HOLED, **driver)
    load(name)
    # GDAL writes GeoJSON with seven decimals.
    assert _close(_stored(), HOLED, 1e-7)


def test_a_zipped_shapefile_in_a_folder_below_is_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "shp").mkdir()
    (tmp_path / "land").mkdir()
    _write(tmp_path / "shp" / "land.shp", SQUARE)
    shutil.make_archive(str(tmp_path / "land" / "land"), "zip", tmp_path / "shp")
    load("land/land.zip")
    assert _close(_stored(), SQUARE)


def test_other_coordinate_systems_are_undone(load: Load, tmp_path: Path) -> None:
    system = resolve_crs("EPSG:4548")
    _write(tmp_path / "land.gpkg", shapely.transform(SQUARE, system.from_lonlat), crs="EPSG:4548")
    load("land.gpkg")
    assert _close(_stored(), SQUARE)


def test_several_polygons_are_one_land(load: Load, tmp_path: Path) -> None:
    halves = (
        shapely.box(118, 29, 118.5, 30),
        shapely.box(118.5, 29, 119, 30),
        shapely.box(118.9, 29.2, 119.5, 29.7),
    )
    _write(tmp_path / "land.gpkg", *halves)
    load("land.gpkg")
    assert len(_stored().geoms) == 1
    assert shapely.area(_stored()) == pytest.approx(shapely.area(shapely.union_all(halves)), rel=1e-9)


def test_a_changed_file_is_a_change_though_the_text_is_the_same(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "land.gpkg"
    _write(path, SQUARE)
    assert load("land.gpkg").changed
    assert not load("land.gpkg").changed
    path.unlink()
    _write(path, HOLED)
    assert load("land.gpkg").scheme.document_version == 2
    assert _close(_stored(), HOLED)


def test_a_next_version_may_take_the_extent_away(load: Load, tmp_path: Path) -> None:
    load(_inline(SQUARE))
    path = tmp_path / "x.yaml"
    path.write_text("scheme: x\nlevels: [{code: city}]\n", encoding="utf-8")
    scheme_load(loaded=read_document(path))
    assert Scheme.objects.get().extent is None


@pytest.mark.parametrize(
    ("extent", "said"),
    [
        (
            _inline(shapely.box(-179.5, 50, 179.5, 60)),
            "crosses longitude 180 or spans more than half the earth",
        ),
        (
            _inline(shapely.Polygon([(118, 29), (119, 30), (119, 29), (118, 30)])),
            r"not sound: self-intersection near 118\.5\d*, 29\.5",
        ),
        (_inline(shapely.box(118, 29, 118 + 1e-10, 30)), "not sound: it is nowhere as wide as one step"),
        ("none.geojson", "there is no such file below the folder"),
    ],
)
def test_land_that_cannot_be_used_is_named_with_file_line_and_key(
    load: Load, tmp_path: Path, extent: str, said: str
) -> None:
    with pytest.raises(BadDocument, match=said) as refused:
        load(extent)
    assert refused.value.message.startswith(f"{tmp_path / 'x.yaml'} line 3: extent ")
    assert "\n" not in refused.value.message
    assert not Scheme.objects.exists()


@pytest.mark.parametrize(
    ("shapes", "crs", "said"),
    [
        ((SQUARE,), "EPSG:4555", "whose coordinate system is not usable"),
        ((shapely.box(179, 50, 181, 60),), "EPSG:4326", "crosses longitude 180"),
        (
            (shapely.LineString([(118, 29), (119, 30)]),),
            "EPSG:4326",
            "holds LineString, but polygons are wanted",
        ),
        ((shapely.Polygon(),), "EPSG:4326", "holds no land"),
        ((SQUARE,), None, "does not say its coordinate system"),
        ((shapely.box(118, 29, 1e30, 30),), "EPSG:4326", "leaves the earth"),
        ((shapely.box(1e300, 1e300, 1.1e300, 1.1e300),), "EPSG:4548", "no place in its coordinate system"),
    ],
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_file_with_anything_else_is_refused(
    load: Load, tmp_path: Path, shapes: tuple[shapely.Geometry, ...], crs: str | None, said: str
) -> None:
    _write(tmp_path / "land.gpkg", *shapes, crs=crs)
    with pytest.raises(BadDocument, match=said) as refused:
        load("land.gpkg")
    assert refused.value.message.startswith(f'{tmp_path / "x.yaml"} line 3: extent is "land.gpkg", ')


@pytest.mark.parametrize("name", ["land.geojson", "land.gpkg", "land.shp", "land.zip"])
@pytest.mark.parametrize("content", [b"", b"{", b"\x00\x01 nothing", b'{"type": "FeatureCollection"'])
def test_a_broken_file_is_refused(load: Load, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadDocument, match="which cannot be read") as refused:
        load(name)
    assert "\n" not in refused.value.message
    assert not Scheme.objects.exists()


def test_a_file_with_several_layers_is_refused(load: Load, tmp_path: Path) -> None:
    _write(tmp_path / "land.gpkg", SQUARE, layer="a")
    _write(tmp_path / "land.gpkg", SQUARE, layer="b", append=True)
    with pytest.raises(BadDocument, match="which has 2 layers; one is wanted"):
        load("land.gpkg")
