"""Take features in: new ones, changed ones with what they were, and the cell of each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.models import User
from boundaries.policies import require
from boundaries.services.locks import clock, scheme_lock
from layers.models import STORED_SRID, Layer
from layers.selectors import QUERIES, schemes_answering_for
from layers.services.assignments import Assigned, features_assign
from layers.services.plans import joined_as_sets
from layers.services.progress import Progress

#: So many new or changed features make what the planner knows of the tables worthless.
_MANY = 1000


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature as it should be: longitude/latitude on the lattice, attributes that JSON knows."""

    key: str
    geometry: shapely.Geometry
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of the rows, at which moment, and where the new and changed ones lie."""

    at: dt.datetime
    new: int
    changed: int
    unchanged: int
    assigned: Mapping[str, Assigned]


def features_upsert(
    *,
    layer: Layer,
    rows: Iterable[FeatureRow],
    by: User | None = None,
    progress: Progress | None = None,
) -> Upserted:
    """Add the features whose key the layer does not have, change those that differ, assign both.

    Each key is to come once. Features of the layer that are not among the rows stay as they are.
    """
    require(by, "features.import")
    progress = progress or Progress()
    with transaction.atomic():
        schemes = schemes_answering_for(layer)
        # Always in this order: whoever publishes holds his scheme's lock and takes no layer's.
        for scheme in schemes:
            scheme_lock(scheme)
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["lock_layer"], {"layer": layer.pk})
            at = clock()
            read = _receive(cursor, rows, progress)
            changed, new = _upsert(cursor, {"layer": layer.pk, "at": at})
        touched = sorted([*changed, *new])
        assigned = {
            scheme.code: features_assign(scheme=scheme, ids=touched, since=at, progress=progress)
            for scheme in schemes
        }
        if len(touched) >= _MANY:
            with connection.cursor() as cursor:
                cursor.execute(QUERIES["features_analyze"])
    return Upserted(at, len(new), len(changed), read - len(new) - len(changed), assigned)


def _upsert(cursor: CursorWrapper, parameters: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Bring the received rows into the layer; give the ids of the features that changed and that are new."""
    with joined_as_sets(cursor):
        cursor.execute(QUERIES["features_keep_past"], parameters)
        cursor.execute(QUERIES["features_change"], parameters)
        changed = [row[0] for row in cursor.fetchall()]
        cursor.execute(QUERIES["features_add"], parameters)
        new = [row[0] for row in cursor.fetchall()]
    cursor.execute(QUERIES["incoming_drop"])
    return changed, new


def _receive(cursor: CursorWrapper, rows: Iterable[FeatureRow], progress: Progress) -> int:
    """Copy the rows into a temporary table and count them."""
    count = 0
    cursor.execute(QUERIES["incoming_drop"])
    cursor.execute(QUERIES["incoming_create"])
    with cursor.copy(QUERIES["incoming_copy"]) as copy:
        for count, row in enumerate(rows, 1):
            geometry = shapely.to_wkb(
                shapely.set_srid(row.geometry, STORED_SRID), hex=True, include_srid=True
            )
            attributes = json.dumps(row.attributes, ensure_ascii=False, allow_nan=False)
            copy.write_row((count, row.key, geometry, attributes))
            if count % 1000 == 0:
                progress(f"{count} features received")
    cursor.execute(QUERIES["incoming_analyze"])
    return count
