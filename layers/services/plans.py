"""How the database is to go about large sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

from layers.selectors import QUERIES


@contextmanager
def joined_as_sets(cursor: CursorWrapper) -> Iterator[None]:
    """Keep the planner from joining row by row.

    Rows that came a moment ago are not in its statistics: it expects a handful, compares each of 300,000 with
    each of 300,000, and takes minutes for what hashing does in a second. If a statement fails, the
    transaction takes the setting back.
    """
    cursor.execute(QUERIES["nested_loops_off"])
    yield
    cursor.execute(QUERIES["nested_loops_on"])
