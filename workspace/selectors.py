"""What the pages ask beyond what the apps below answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection

from boundaries.models import Scheme
from geogrid.db.named_sql import named_queries

QUERIES = named_queries(Path(__file__).parent / "sql" / "queries.sql")


def schemes_in_words() -> dict[str, dict[str, Any]]:
    """Give by code what people call each scheme and its levels, in both languages."""
    schemes = Scheme.objects.order_by("code").prefetch_related("levels")
    return {
        scheme.code: {
            "code": scheme.code,
            "name": {"zh": scheme.name_zh, "en": scheme.name_en},
            "levels": {
                level.code: {"zh": level.name_zh, "en": level.name_en} for level in scheme.levels.all()
            },
        }
        for scheme in schemes
    }


def land_box() -> list[float] | None:
    """Give west, south, east and north of all land that is in force; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["land_box"])
        box = list(cursor.fetchone())
    return None if box[0] is None else box
