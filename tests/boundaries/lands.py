"""Random lands put into the database as a first edition, and the bytes of what is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from psycopg import sql

from boundaries.models import Draft, Edition, Level, Scheme
from boundaries.selectors.grounds import StoredGround
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.coverage import Coverage
from geogrid.core.crs import resolve_crs
from geogrid.core.lattice import snap
from layers.models import Layer
from layers.services.features import FeatureRow, features_upsert
from tests.property.strategies import Start
from tests.property.wishes import ACTIONS, Wish, landed

#: Of a cell: level, code, name, kind, parent, attributes, WKB.
Cells = Mapping[UUID, tuple[Any, ...]]
WGS = resolve_crs("EPSG:4326")
#: How many lands are drawn to take the last: the first ones are the simplest there are.
_DRAWN = 5


def start_of(number: int, lands: st.SearchStrategy[Start]) -> Start:
    """Draw a land, the same for the same number."""
    drawn: list[Start] = []

    @seed(number)
    @settings(
        max_examples=_DRAWN,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(start=lands)
    def draw(start: Start) -> None:
        drawn.append(start)

    draw()
    return drawn[-1]


def wish_of(random: Random) -> Wish:
    """Draw a wish for an edit."""
    return Wish(
        action=random.choice(ACTIONS),
        cell=random.randrange(256),
        other=random.randrange(256),
        spot=random.randrange(256),
        option=random.randrange(12),
        marks=tuple(random.randint(-100, 100) for _ in range(8)),
        size=random.choice([0.3, 0.1, 0.6, 1e-3, 1e-6]),
        on_nodes=random.random() < 0.5,
        astride=random.random() < 0.75,
    )


def publish_start(start: Start) -> tuple[Scheme, Edition]:
    """Make a scheme of a land, and publish the land; what is missing of its extent is accepted."""
    coverage, tolerance = start.coverage, start.world.tolerance
    scheme = Scheme.objects.create(
        code="random",
        name_zh="随机",
        name_en="Random",
        document={},
        extent=None if coverage.extent is None else memoryview(shapely.to_wkb(coverage.extent)),
        tolerance_area_m2=tolerance.area_m2,
        tolerance_width_m=tolerance.width_m,
    )
    draft = draft_open(scheme=scheme, name="first")
    above = None
    for ordinal, level in enumerate(coverage.levels):
        above = Level.objects.create(
            scheme=scheme,
            code=level.code,
            ordinal=ordinal,
            name_zh=level.code,
            name_en=level.code,
            rule=level.rule,
            parent=above,
        )
        _put_level(draft, above, coverage)
    publication = draft_publish(draft=draft, accept_gaps="the land begins with them")
    assert publication.edition is not None, publication.sentence
    return scheme, publication.edition


def _put_level(draft: Draft, level: Level, coverage: Coverage) -> None:
    rows = [
        IncomingCell(
            row,
            cell.code,
            cell.name,
            coverage.cells[cell.parent].code if cell.parent else "",
            {"row": row},
            cell.shape,
        )
        for row, cell in enumerate(landed(coverage, level.ordinal), 1)
    ]
    put = draft_cells_put(draft=draft, level=level, system=WGS, incoming=rows)
    assert (put.new, put.refused) == (len(rows), [])


def put_features(code: str, kind: str, shapes: list[shapely.Geometry], **attributes: Any) -> None:
    """Put features into a layer of the tests, under numbers that none has yet."""
    layer, _ = Layer.objects.get_or_create(
        code=code,
        defaults={
            "name_zh": code,
            "name_en": code,
            "geometry_type": kind,
            "key_fields": ["no"],
            "schema": {},
        },
    )
    first = layer.features.count()
    features_upsert(
        layer=layer,
        rows=[
            FeatureRow(f"{first + n}", shapely.transform(shape, snap), attributes)
            for n, shape in enumerate(shapes, 1)
        ],
    )


def put_points(coverage: Coverage, random: Random, count: int) -> None:
    """Put points on and around a land, some of them on vertices."""
    xy = shapely.get_coordinates([cell.shape for cell in landed(coverage)])
    low, high = xy.min(axis=0), xy.max(axis=0)
    places = [
        xy[random.randrange(len(xy))]
        if random.random() < 0.3
        else low + (high - low) * [random.random(), random.random()]
        for _ in range(count)
    ]
    put_features("places", "point", list(shapely.points(np.array(places))))


def coverage_of(ground: StoredGround) -> Coverage:
    """Read all cells back."""
    cells = [cell for level in range(len(ground.levels)) for cell in ground.of_level(level)]
    return Coverage.of(ground.levels, cells, ground.extent)


def bytes_of(coverage: Coverage) -> Cells:
    """Give every cell byte for byte."""
    return {
        ident: (
            cell.level,
            cell.code,
            cell.name,
            cell.kind,
            cell.parent,
            json.dumps(dict(cell.attributes), sort_keys=True),
            shapely.to_wkb(cell.shape),
        )
        for ident, cell in coverage.cells.items()
    }


def tables() -> dict[str, str | None]:
    """Give a digest of all rows of each table of the app, byte for byte."""
    names = [model._meta.db_table for model in apps.get_app_config("boundaries").get_models()]
    digest = sql.SQL('(SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")) FROM {} t)')
    digests = sql.SQL(", ").join(digest.format(sql.Identifier(name)) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(digests))
        return dict(zip(names, cursor.fetchone(), strict=True))
