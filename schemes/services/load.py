"""A scheme document into the database: all of it, as the next version, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from boundaries.models import Scheme, SchemeDocument
from boundaries.policies import require
from boundaries.services.locks import scheme_lock
from geogrid.core.errors import Refused
from geogrid.db.named_sql import named_queries
from layers.models import Layer
from schemes.loader import SCHEMES_DIR, LoadedDocument, shown_path
from schemes.services.extent import extent_of
from schemes.services.layers import layers_store
from schemes.services.levels import levels_remove, levels_store
from schemes.services.posts import posts_store

QUERIES = named_queries(Path(__file__).parent.parent / "sql" / "queries.sql")


@dataclass(frozen=True)
class SchemeLoad:
    """What loading a document did.

    Attributes
    ----------
    changed : bool
        False if this very text, and the extent that it names, were loaded last time.
    removed : tuple of str
        Levels that the document no longer has; none of them ever had cells.
    retired : tuple of str
        Posts that the document no longer has.
    shared : tuple of str
        Layers that were there already, from the start or by another scheme.
    """

    scheme: Scheme
    loaded: LoadedDocument
    changed: bool
    removed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give what `load_scheme --json` prints."""
        document = self.loaded.document
        return {
            "scheme": self.scheme.code,
            "version": self.scheme.document_version,
            "changed": self.changed,
            "levels": [level.code for level in document.levels],
            "posts": [post.code for post in document.posts],
            "layers": [layer.code for layer in document.layers],
            "removed_levels": list(self.removed),
            "retired_posts": list(self.retired),
            "shared_layers": list(self.shared),
        }


def scheme_load(*, loaded: LoadedDocument, by: User | None = None) -> SchemeLoad:
    """Store a document that has been read: the first makes its scheme, another text the next version.

    Raises
    ------
    BadDocument
        If the extent that it names cannot be used.
    Refused
        If what stands on the present version does not allow the change.
    """
    require(by, "scheme.load")
    extent = extent_of(loaded)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["documents_lock"])
        scheme = Scheme.objects.filter(code=loaded.document.code).first()
        if scheme is None:
            _refuse_other_code(loaded)
            scheme = Scheme(code=loaded.document.code, document_version=0)
        else:
            scheme_lock(scheme)
            if _is_loaded(scheme, loaded, extent):
                return SchemeLoad(scheme, loaded, changed=False, shared=_shared(scheme, loaded))
        return _store(scheme, loaded, extent)


def _refuse_other_code(loaded: LoadedDocument) -> None:
    """A new code in the project's document of a loaded scheme would leave that scheme without a document."""
    path, code = loaded.path.resolve(), loaded.document.code
    if path.parent == SCHEMES_DIR and Scheme.objects.filter(code=path.stem).exists():
        raise Refused(
            f"{shown_path(path)} is the document of the scheme {path.stem}, but now says `scheme: {code}`; "
            f"a scheme keeps its code: write {path.stem} again, or save a new scheme in a file of its own",
            scheme=path.stem,
        )


def _is_loaded(scheme: Scheme, loaded: LoadedDocument, extent: shapely.MultiPolygon | None) -> bool:
    last = scheme.documents.filter(version=scheme.document_version).first()
    before = shapely.from_wkb(bytes(scheme.extent.wkb)) if scheme.extent else None
    same_land = before is extent is None or bool(shapely.equals_identical(before, extent))
    return last is not None and last.text == loaded.text and same_land


def _shared(scheme: Scheme, loaded: LoadedDocument) -> tuple[str, ...]:
    mine = Layer.objects.filter(code__in=[layer.code for layer in loaded.document.layers])
    foreign = mine.filter(Q(scheme=None) | ~Q(scheme=scheme))
    return tuple(foreign.order_by("code").values_list("code", flat=True))


def _store(scheme: Scheme, loaded: LoadedDocument, extent: shapely.MultiPolygon | None) -> SchemeLoad:
    document = loaded.document
    scheme.name_zh, scheme.name_en = document.name.zh, document.name.en
    scheme.document = document.as_json()
    scheme.document_version += 1
    scheme.extent = None if extent is None else GEOSGeometry(memoryview(shapely.to_wkb(extent)), srid=4326)
    scheme.tolerance_area_m2 = document.tolerance.area_m2
    scheme.tolerance_width_m = document.tolerance.width_m
    scheme.save()
    SchemeDocument.objects.create(
        scheme=scheme, version=scheme.document_version, text=loaded.text, sha256=loaded.sha256
    )
    vanished = levels_store(scheme=scheme, document=document)
    retired = posts_store(scheme=scheme, document=document, vanished=vanished)
    levels_remove(levels=vanished)
    layers_store(scheme=scheme, document=document)
    return SchemeLoad(
        scheme,
        loaded,
        changed=True,
        removed=tuple(level.code for level in vanished),
        retired=tuple(retired),
        shared=_shared(scheme, loaded),
    )
