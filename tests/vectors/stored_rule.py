"""The lands of the rule's cases, stored and published by the services that make real ones."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from boundaries.models import Draft, Edition, Level, Scheme, SchemeDocument
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from tests.layers.lands import geos
from tests.vectors.rule import RuleLand, shape_of

WGS = resolve_crs("EPSG:4326")


@dataclass(frozen=True)
class StoredLand:
    """A scheme whose first edition is the land of the cases; in the second one cell has another name."""

    scheme: Scheme
    first: Edition
    second: Edition


def stored_land(case: RuleLand, code: str = "rule") -> StoredLand:
    """Store a land and publish it twice."""
    document = {"hotlines": []}
    if case.threshold is not None:
        document["straddling_threshold"] = case.threshold
    extent = None if case.extent is None else geos(_multi(case.extent))
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document=document, extent=extent)
    SchemeDocument.objects.create(scheme=scheme, version=1, text="", sha256="")
    above = None
    for ordinal, (name, rule) in enumerate(case.levels):
        above = Level.objects.create(
            scheme=scheme, code=name, ordinal=ordinal, name_zh=name, name_en=name, rule=rule, parent=above
        )
    draft = draft_open(scheme=scheme, name="cells")
    for name, _ in case.levels:
        _put(case, draft, name, rename=False)
    first = _published(draft)
    again = draft_open(scheme=scheme, name="names")
    _put(case, again, case.levels[0][0], rename=True)
    return StoredLand(scheme, first, _published(again))


def _put(case: RuleLand, draft: Draft, level: str, *, rename: bool) -> None:
    mine = [cell for cell in case.cells if cell["level"] == level]
    if mine:
        draft_cells_put(
            draft=draft,
            level=draft.scheme.levels.get(code=level),
            system=WGS,
            incoming=[
                IncomingCell(
                    row,
                    cell["code"],
                    f"{'new ' if rename else ''}name of {cell['code']}",
                    cell["parent"],
                    {},
                    shape_of(cell["geometry"]),
                )
                for row, cell in enumerate(mine, 1)
            ],
        )


def _published(draft: Draft) -> Edition:
    draft.refresh_from_db()
    publication = draft_publish(draft=draft, accept_gaps="the cases have gaps")
    assert publication.edition is not None, publication.sentence
    return publication.edition


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
