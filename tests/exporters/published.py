"""A small published land for the tests of the commands, its rows written directly.

The city 0034 has 6 × 4 lots, and two desks without land. The town 0034001 (A) has a hole and an exclave, the
town 0034002 (B) is the rest::

    A A A B B B
    A A A B B B        the hole of A is a part of B,
    A B A B A B        the hole of B is a part of A
    A A A B B B

Edition 1 took effect on 1 March 2026, edition 2, which renamed the town B, on 1 June.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry

from boundaries.models import Cell, CellVersion, Edition, Level, Scheme
from geogrid.core.area import polygon_areas
from layers.models import Assignment, Feature, FeaturePast, Layer

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = dt.datetime(2026, 3, 1, tzinfo=SHANGHAI)
JUNE = dt.datetime(2026, 6, 1, tzinfo=SHANGHAI)
NAME_OF_A = "黎阳镇，“老街”"
HOLE_LOT, EXCLAVE_LOT = (1, 1), (4, 1)
ATTRIBUTES = {"人口": 12, "note": "a\nb,c"}


def on_lattice(values: Any) -> np.ndarray:
    return np.floor(np.asarray(values, dtype=np.float64) * 1e8 + 0.5) / 1e8


def corners() -> np.ndarray:
    """The corners of the lots: a bent grid whose coordinates use all of their decimals."""
    rng = np.random.default_rng(11)
    grid = np.stack(np.meshgrid(np.arange(7), np.arange(5), indexing="ij"), axis=-1)
    bent = grid * [0.0131, 0.0097] + rng.uniform(-0.002, 0.002, grid.shape)
    return on_lattice(np.array([118.27, 29.71]) + bent)


def lots() -> dict[tuple[int, int], shapely.Polygon]:
    at = corners()
    return {
        (x, y): shapely.Polygon([at[x, y], at[x + 1, y], at[x + 1, y + 1], at[x, y + 1]])
        for x in range(6)
        for y in range(4)
    }


def geos(shape: shapely.Geometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)


def multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


@dataclass
class Published:
    """The scheme `small` with two editions, and what its cells are."""

    scheme: Scheme
    first: Edition
    second: Edition
    shapes: dict[str, shapely.MultiPolygon] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)

    def level(self, code: str) -> Level:
        return self.scheme.levels.get(code=code)

    def add(self, level: str, code: str, shape: Any, **values: Any) -> None:
        """Write a cell with one version, or two where `renamed` says its second name."""
        parent, renamed = values.pop("parent", None), values.pop("renamed", None)
        cell = Cell.objects.create(scheme=self.scheme, level=self.level(level))
        self.cells[code] = cell
        if shape is not None:
            self.shapes[code] = shape = multi(shape)
            values["area_m2"] = float(polygon_areas([shape])[0])
            values["geom"] = geos(shape)
        common = {
            "cell": cell,
            "scheme": self.scheme,
            "level": cell.level,
            "parent": self.cells[parent] if parent else None,
            "code": code,
            **values,
        }
        end = JUNE if renamed else None
        CellVersion.objects.create(edition=self.first, valid=(MARCH, end), **common)
        if renamed:
            CellVersion.objects.create(edition=self.second, valid=(JUNE, None), **{**common, "name": renamed})


def publish() -> Published:
    """Write the scheme and its cells; lots get codes in an order that is not their byte order."""
    scheme = Scheme.objects.create(code="small", name_zh="小城网格", name_en="Small", document={})
    parent = None
    for ordinal, (code, name, rule) in enumerate(
        [
            ("city", "市", "partition"),
            ("town", "镇", "partition"),
            ("lot", "地块", "partition"),
            ("desk", "专员", "record"),
        ]
    ):
        parent = Level.objects.create(
            scheme=scheme, code=code, ordinal=ordinal, name_zh=name, name_en=code, rule=rule, parent=parent
        )
    first, second = (
        Edition.objects.create(
            scheme=scheme, number=number, effective=at, published_at=at, certificate={"number": number}
        )
        for number, at in ((1, MARCH), (2, JUNE))
    )
    land = Published(scheme, first, second)
    shapes = lots()
    of_a = {place for place in shapes if (place[0] < 3 and place != HOLE_LOT) or place == EXCLAVE_LOT}
    of_b = set(shapes) - of_a
    land.add("city", "0034", shapely.coverage_union_all(list(shapes.values())), name="屯溪区")
    for code, places, name, renamed in (
        ("0034002", of_b, "新镇", "新潭镇"),
        ("0034001", of_a, NAME_OF_A, None),
    ):
        town = shapely.coverage_union_all([shapes[place] for place in sorted(places)])
        land.add(
            "town", code, town, name=name, renamed=renamed, parent="0034", kind="镇", attributes=ATTRIBUTES
        )
    for place, shape in sorted(shapes.items(), reverse=True):
        town = "0034001" if place in of_a else "0034002"
        land.add("lot", f"{town}{place[0]}{place[1]}", shape, parent=town)
    for code in ("desk a", "desk B"):
        land.add("desk", code, None, parent="003400100")
    return land


SHOP_SCHEMA = {
    "properties": {
        "name": {"title": "Name", "x-title": {"zh": "名称", "en": "Name"}, "type": "string"},
        "staff": {"type": ["integer", "null"]},
        "turnover": {"type": ["number", "null"]},
        "chain": {"type": ["boolean", "null"]},
        "since": {"type": ["string", "null"], "format": "date"},
        "visited": {"type": ["string", "null"], "format": "date-time"},
        "method": {"title": "how they pay"},
        "phone": {"type": ["string", "null"], "x-private": True},
    }
}


def stock(land: Published) -> dict[str, shapely.Geometry]:
    """Put objects on the land; give their places by key: shops are points, roofs are polygons."""
    shops = Layer.objects.create(
        code="shop", name_zh="商铺", name_en="Shops", geometry_type="point", schema=SHOP_SCHEMA
    )
    roofs = Layer.objects.create(
        code="roof", name_zh="屋顶", name_en="Roofs", geometry_type="polygon", scheme=land.scheme
    )
    Layer.objects.create(
        code="kiosk",
        name_zh="售货亭",
        name_en="Kiosks",
        geometry_type="point",
        schema={"properties": {"licence": {"type": "string"}}},
    )
    exact = [shapely.Point(*on_lattice([118.30000007 + n / 997, 29.72 + n / 991])) for n in range(3)]
    places = {"0001": exact[0], "0002": exact[1], "0003": exact[2]}
    attributes = [
        {"name": "=老街茶叶店", "staff": 12, "turnover": 1 / 3, "chain": True, "since": "1949-10-01",
         "visited": "2026-05-01T08:30:00", "method": "现金", "phone": "13900000000", "floor": 2},
        {"name": "甲", "staff": "three", "phone": None},
        {},
    ]  # fmt: skip
    for (key, place), values in zip(places.items(), attributes, strict=True):
        Feature.objects.create(layer=shops, key=key, geom=geos(place), attributes=values, valid=(MARCH, None))
    hole = shapely.Polygon(
        on_lattice([(118.29, 29.73), (118.2912345, 29.73), (118.2912345, 29.7312345)]),
        [on_lattice([(118.2908, 29.7302), (118.2911, 29.7302), (118.2911, 29.7305)])],
    )
    places["R-1"] = hole
    roof = Feature.objects.create(
        layer=roofs, key="R-1", geom=geos(hole), attributes={"floors": 3}, valid=(JUNE, None)
    )
    FeaturePast.objects.create(
        feature=roof, geom=geos(exact[2].buffer(0.001)), attributes={"floors": 1}, valid=(MARCH, JUNE)
    )
    answers = [
        ("0001", "003400100", "within", 1.0, False, None),
        ("0002", "003400110", "boundary_tiebreak", 1.0, True, None),
        ("0003", None, "outside", 0.0, False, 12.5),
        ("R-1", "003400230", "max_overlap", 2 / 3, False, None),
    ]
    for key, cell, method, share, on_edge, nearest in answers:
        Assignment.objects.create(
            feature=Feature.objects.get(key=key),
            scheme=land.scheme,
            cell=land.cells[cell] if cell else None,
            method=method,
            share=share,
            on_edge=on_edge,
            nearest_m=nearest,
            valid=(MARCH, None),
        )
    return places
