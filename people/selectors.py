"""Questions about posts and who holds them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from boundaries.models import Scheme
from geogrid.core.audits.finding import Finding
from geogrid.core.land import Land
from geogrid.db.named_sql import named_queries
from people.models import Post

QUERIES = named_queries(Path(__file__).parent / "sql" / "queries.sql")

Answer = dict[str, Any]


def vacancies(*, scheme: Scheme, land: Land, at: dt.datetime) -> list[Finding]:
    """Find the posts that must be filled in a cell and have fewer holders than that at a time.

    A finding has no geometry, since it is about the whole cell: it stays the same finding, accepted or not,
    when the cell's border changes. Cells that a draft gave the same code are one finding.
    """
    posts = _posts_to_fill(scheme)
    holders = _holders(scheme, at) if posts else {}
    found: dict[tuple[int, str], Finding] = {}
    for number, level in enumerate(land.levels):
        for post in posts.get(level.code, ()):
            wanted = max(post.minimum, 1)
            for cell in np.flatnonzero(land.level == number).tolist():
                there = holders.get((post.pk, land.ident[cell]), 0)
                if there < wanted:
                    finding = _vacancy(post, level.code, land.code[cell], wanted, there)
                    found.setdefault((post.pk, land.code[cell]), finding)
    return list(found.values())


def _posts_to_fill(scheme: Scheme) -> dict[str, list[Post]]:
    posts: dict[str, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(scheme=scheme, retired=False).select_related("level").order_by("pk"):
        if post.level is not None and (post.mandatory or post.minimum >= 1):
            posts[post.level.code].append(post)
    return posts


def _holders(scheme: Scheme, at: dt.datetime) -> dict[tuple[int, UUID], int]:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["holders_counted"], {"scheme": scheme.pk, "at": at})
        return {(post, cell): count for post, cell, count in cursor.fetchall()}


def _vacancy(post: Post, level: str, code: str, wanted: int, there: int) -> Finding:
    held = f"only {there} of {wanted} holders" if there else "nobody"
    return Finding(
        rule="vacancy",
        level=level,
        cells=(code,),
        message=f"the cell {code!r} has {held} in the post {post.code} ({post.name_zh})",
        subject=post.code,
    )


def vacant_cells(*, cells: Mapping[UUID, int], at: dt.datetime) -> list[UUID]:
    """Give those of some cells, each with its level, that have a post which lacks a holder at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            QUERIES["vacant_cells"], {"cells": list(cells), "levels": list(cells.values()), "at": at}
        )
        return [row[0] for row in cursor.fetchall()]


def who_answers(*, cells: Sequence[UUID], at: dt.datetime, private: bool) -> dict[UUID, list[Answer]]:
    """Give for each cell who holds its posts: `{level, post, post_name, person, phone, acting_for}`.

    A deputy answers only while holders are lacking, and acts for the last one who left. The phone is that
    of the office or the organisation; the person's own is given only if `private` is asked for.
    """
    answers: dict[UUID, list[Answer]] = {cell: [] for cell in cells}
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["who_answers"], {"cells": list(answers), "at": at})
        for cell, level, post, zh, en, person, office, own, organisation, acting_for in cursor.fetchall():
            answers[cell].append(
                {
                    "level": level,
                    "post": post,
                    "post_name": {"zh": zh, "en": en},
                    "person": person,
                    "phone": (private and own) or office or organisation or None,
                    "acting_for": acting_for,
                }
            )
    return answers


def appointments_until(*, cells: Sequence[UUID], at: dt.datetime) -> dt.datetime | None:
    """Tell when the next appointment for one of some cells begins or ends after a time; None if none does."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["appointments_until"], {"cells": list(cells), "at": at})
        until: dt.datetime | None = cursor.fetchone()[0]
    return until


def vacant_posts(*, cell: UUID, level: int, at: dt.datetime) -> list[Answer]:
    """Give the posts of a cell that must be filled and have fewer holders than that: `{post, post_name}`.

    The cell may be one that only a draft has: its level is told by the id.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["vacant_posts"], {"cell": cell, "level": level, "at": at})
        return [{"post": post, "post_name": {"zh": zh, "en": en}} for post, zh, en in cursor.fetchall()]


def audit_state(*, scheme: Scheme, at: dt.datetime) -> tuple[str, dt.datetime | None]:
    """Tell on what rows the vacancies of a scheme stand, and when the first begins or ends to hold."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["audit_state"], {"scheme": scheme.pk, "at": at})
        state, until = cursor.fetchone()
    return state, until
