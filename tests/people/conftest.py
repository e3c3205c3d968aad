"""A small scheme with posts, cells and persons, its rows written directly."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from boundaries.models import Cell, Level, Scheme, SchemeDocument
from geogrid.core.land import Land, LandLevel
from people.models import Appointment, Person, Post


def day(number: int) -> dt.datetime:
    """A day of 2026, from its first moment."""
    return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number)


@dataclass
class Office:
    """A scheme with a level `city` of one cell and a level `town` of some."""

    scheme: Scheme
    city: Level
    town: Level
    cells: dict[str, Cell]

    def post(self, code: str, level: Level | None = None, **options: Any) -> Post:
        options.setdefault("mandatory", options.get("minimum", 0) >= 1)
        return Post.objects.create(
            scheme=self.scheme,
            level=level or self.town,
            code=code,
            name_zh=f"岗位{code}",
            name_en=code,
            **options,
        )

    def appoint(
        self,
        person: Person | str,
        post: Post,
        cell: str,
        since: int = 0,
        until: int | None = None,
        **options: Any,
    ) -> Appointment:
        """Write an appointment past all checks."""
        holder = Person.objects.create(name=person) if isinstance(person, str) else person
        valid = DateTimeTZRange(day(since), None if until is None else day(until))
        return Appointment.objects.create(
            person=holder, post=post, cell=self.cells[cell], valid=valid, **options
        )

    def land(self, *extra: tuple[str, Cell]) -> Land:
        """Its cells as a land without any geometry, with further cells of the level town."""
        cells = [*self.cells.items(), *extra]
        return Land(
            levels=(LandLevel("city", "partition", -1), LandLevel("town", "partition", 0)),
            ident=[cell.pk for _, cell in cells],
            code=[code for code, _ in cells],
            name=["" for _ in cells],
            level=np.array([0 if cell.level_id == self.city.pk else 1 for _, cell in cells], dtype=np.int64),
            parent=np.array(
                [-1 if cell.level_id == self.city.pk else 0 for _, cell in cells], dtype=np.int64
            ),
            shapes=np.full(len(cells), shapely.MultiPolygon(), dtype=object),
        )


def make_office(code: str = "example", towns: int = 3) -> Office:
    """Make an office; its towns have the codes 01, 02, …"""
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document={})
    SchemeDocument.objects.create(scheme=scheme, version=1, text="", sha256="")
    names = {"scheme": scheme, "name_zh": "", "name_en": "", "rule": "partition"}
    city = Level.objects.create(code="city", ordinal=1, **names)
    town = Level.objects.create(code="town", ordinal=2, parent=city, **names)
    cells = {"0": Cell(scheme=scheme, level=city)}
    cells |= {f"{number:02d}": Cell(scheme=scheme, level=town) for number in range(1, towns + 1)}
    Cell.objects.bulk_create(cells.values())
    return Office(scheme, city, town, cells)


@pytest.fixture
def office(db: None) -> Office:
    """The office of the tests."""
    return make_office()
