"""Questions about the tiles of cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from boundaries.models import Draft, Edition, Level, Scheme, TileSet
from boundaries.policies import Asker
from boundaries.selectors import (
    QUERIES,
    draft_readable,
    edition_at,
    edition_get,
    land_at,
    land_of_draft,
)
from boundaries.selectors.schemes import draft_by_id
from boundaries.tiles.bands import BUFFER, EXTENT, FORM, band_of
from geogrid.core.errors import BadInput, NotFound, StaleVersion
from geogrid.core.land import Land
from geogrid.web.tiles import TileAddress


@dataclass(frozen=True, slots=True)
class CellSource:
    """Whose cells are asked for: those of an edition, or those that a draft has over its base."""

    scheme: Scheme
    edition: Edition | None = None
    draft: Draft | None = None

    @property
    def at(self) -> dt.datetime | None:
        """The time as of which its published cells are read; None of a draft without a base."""
        return self.draft.base_at if self.draft else self.edition.effective

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements about its cells need to know."""
        return {"scheme": self.scheme.pk, "draft": self.draft.pk if self.draft else None, "at": self.at}

    def land(self) -> Land:
        """Read its cells."""
        return land_of_draft(self.draft) if self.draft else land_at(self.scheme, self.at)


def source_in_force(scheme: Scheme) -> CellSource | None:
    """Give the edition in force now; None before the first."""
    edition = edition_at(scheme, timezone.now())
    return CellSource(scheme, edition=edition) if edition else None


def source_of_edition(scheme: Scheme, number: str) -> CellSource:
    """Give an edition by its number as it is written in an address."""
    return CellSource(scheme, edition=edition_get(scheme, _whole("edition", number)))


def draft_with_id(scheme: Scheme, ident: str, user: Asker) -> Draft:
    """Give an open or submitted draft by its id as it is written in an address.

    Raises
    ------
    NotFound
        If there is none, or if the asker may not read it: that there is one tells what is being planned.
    """
    draft = draft_by_id(_whole("draft", ident))
    if draft is None or draft.scheme_id != scheme.pk or not draft_readable(draft, user):
        raise NotFound(f"the scheme {scheme.code} has no draft {ident} that you may read")
    return draft


def source_of_draft(draft: Draft, version: str | None) -> CellSource:
    """Give a draft as a source, in the version that is asked for; as it is now if none is.

    Raises
    ------
    StaleVersion
        If the draft has gone on since then.
    """
    if version is not None and _whole("v", version) != draft.version:
        raise StaleVersion(f"the draft {draft.name} is at version {draft.version}", version=draft.version)
    return CellSource(draft.scheme, draft=draft)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(f"{name}: {text[:40]!r} is no whole number", parameter=name)
    return int(text)


def tile_set_get(source: CellSource) -> TileSet | None:
    """Give the set that the tiles of a source are drawn from, if it was made and is of the present form."""
    version = source.draft.version if source.draft else None
    return TileSet.objects.filter(
        edition=source.edition, draft=source.draft, draft_version=version, form=FORM
    ).first()


def tile_facts(source: CellSource) -> dict[UUID, tuple[str, float | None]]:
    """Give the kind and the area of every cell."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["tile_facts"], source.parameters)
        return {cell: (kind, area) for cell, kind, area in cursor.fetchall()}


def cell_tile(tile_set: TileSet, level: Level, address: TileAddress) -> bytes:
    """Draw a tile: the layers `cells` and `labels`; no bytes if there is nothing on it."""
    parameters = {
        "tile_set": tile_set.pk,
        "level": level.pk,
        "level_code": level.code,
        "band": band_of(address.z),
        "z": address.z,
        "x": address.x,
        "y": address.y,
        "extent": EXTENT,
        "buffer": BUFFER,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["cell_tile"], parameters)
        return bytes(cursor.fetchone()[0])
