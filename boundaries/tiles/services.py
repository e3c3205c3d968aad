"""Making the sets that tiles of cells are drawn from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import shapely
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import LockNotAvailable

from boundaries.models import TILE_SRID, Draft, Edition, TileSet
from boundaries.selectors import QUERIES
from boundaries.tiles.bands import BANDS, FORM, tolerance
from boundaries.tiles.selectors import CellSource, tile_facts, tile_set_get
from geogrid.core.errors import NotReady, StaleVersion
from geogrid.core.land import Land
from geogrid.core.lattice import Shapes
from geogrid.core.simplifying import exact_land, label_points, simplify_land

logger = logging.getLogger(__name__)

EDITIONS_KEPT = 3
"""How many editions of a scheme have their tiles at hand; others are made again when they are asked for."""
PATIENCE_MS = 5_000
"""How long a request waits for a set that somebody else makes: most are made sooner, and threads are few."""

# Of the columns of `tile_shapes_copy`; a geometry comes in as the bytes of its WKB.
_TYPES = ("int8", "int8", "int2", "text", "text", "text", "text", "float8", "bytea", "bytea")

# The band whose shapes labels are put into: simple enough to be fast, detailed enough to fit all others.
_LABEL_BAND = BANDS.index(11)


def tile_set_ensure(source: CellSource) -> TileSet:
    """Give the set that the tiles of a source are drawn from; make it at the first time.

    Raises
    ------
    NotReady
        If somebody else has been making a set of the scheme for too long.
    StaleVersion
        If the draft went on meanwhile.
    """
    found = tile_set_get(source)
    if found is not None:
        return found
    try:
        return _tile_set_make(source)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise NotReady("the tiles of this scheme are being made; ask again soon") from error
        raise


def tiles_follow(edition: Edition) -> None:
    """Make the set of a new edition, so that nobody waits for it; if not, the first request makes it."""
    tile_set_ensure(CellSource(edition.scheme, edition=edition))


@transaction.atomic
def _tile_set_make(source: CellSource) -> TileSet:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["tiles_lock_patience"], {"milliseconds": PATIENCE_MS})
        cursor.execute(QUERIES["tiles_lock"], {"scheme": source.scheme.pk})
    found = tile_set_get(source)
    if found is not None:
        return found
    land, facts = source.land(), tile_facts(source)
    _refuse_moved_on(source)
    version = source.draft.version if source.draft else None
    same = {"edition": source.edition, "draft": source.draft, "draft_version": version}
    _drop(list(TileSet.objects.filter(**same).values_list("pk", flat=True)))
    made = TileSet.objects.create(scheme=source.scheme, form=FORM, **same)
    levels = list(source.scheme.levels.order_by("ordinal").values_list("pk", flat=True))
    with connection.cursor() as cursor, cursor.copy(QUERIES["tile_shapes_copy"]) as copy:
        copy.set_types(_TYPES)
        for row in _rows(land, levels, facts):
            copy.write_row((made.pk, *row))
    _drop_stale(source)
    logger.debug("made the tiles of %s: %s cells", made, f"{len(land):,}")
    return made


def _refuse_moved_on(source: CellSource) -> None:
    draft = source.draft
    if draft and not Draft.objects.filter(pk=draft.pk, version=draft.version).exists():
        raise StaleVersion(f"the draft {draft.name} went on while its tiles were made")


def _rows(
    land: Land, levels: list[int], facts: dict[Any, tuple[str, float | None]]
) -> Iterator[tuple[Any, ...]]:
    """Give the columns of every cell that has land, band by band."""
    banded = simplify_land(land, [tolerance(band) for band in BANDS[::-1][1:]])[::-1]
    labels = _wkb(label_points(banded[_LABEL_BAND]))
    landed = land.has_land.nonzero()[0].tolist()
    for band, shapes in zip(BANDS, [*banded, exact_land(land)], strict=True):
        geometries = _wkb(shapes)
        for cell in landed:
            kind, area = facts[land.ident[cell]]
            parent = land.code[land.parent[cell]] if land.parent[cell] >= 0 else ""
            yield (
                *(levels[land.level[cell]], band, land.code[cell], land.name[cell], kind, parent, area),
                *(geometries[cell], labels[cell]),
            )


def _wkb(shapes: Shapes) -> list[bytes | None]:
    wkb: list[bytes | None] = shapely.to_wkb(shapely.set_srid(shapes, TILE_SRID), include_srid=True).tolist()
    return wkb


def _drop_stale(source: CellSource) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["tile_sets_stale"], {"scheme": source.scheme.pk, "kept": EDITIONS_KEPT})
        _drop([row[0] for row in cursor.fetchall()])


def _drop(sets: list[int]) -> None:
    if sets:
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["tile_shapes_drop"], {"sets": sets})
        TileSet.objects.filter(pk__in=sets).delete()
