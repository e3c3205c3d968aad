"""Cells in the database as the `Ground` that edits read from: only what an edit asks for is read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any
from uuid import UUID

import shapely

from boundaries.models import Draft, Scheme
from boundaries.selectors.cells import box_facts, rows_of
from geogrid.core.coverage import Box, Cell
from geogrid.core.land import LandLevel


class StoredGround:
    """The cells of a scheme as of a time, or as a draft has them over its base."""

    def __init__(self, scheme: Scheme, *, at: dt.datetime | None, draft: Draft | None = None) -> None:
        """Keep of which state the cells are; nothing is read yet."""
        self.scheme, self.draft = scheme, draft
        self._facts = {"scheme": scheme.pk, "draft": draft.pk if draft else None, "at": at}

    @cached_property
    def _stored_levels(self) -> dict[int, tuple[int, LandLevel]]:
        levels = list(self.scheme.levels.all())
        place = {level.pk: index for index, level in enumerate(levels)}
        return {
            level.pk: (
                index,
                LandLevel(level.code, level.rule, place[level.parent_id] if level.parent_id else -1),
            )
            for index, level in enumerate(levels)
        }

    @cached_property
    def levels(self) -> tuple[LandLevel, ...]:
        """The levels, from the top downwards."""
        return tuple(level for _, level in self._stored_levels.values())

    @cached_property
    def level_ids(self) -> tuple[int, ...]:
        """The row of each level, in the order of `levels`."""
        return tuple(self._stored_levels)

    @cached_property
    def extent(self) -> shapely.MultiPolygon | None:
        """The land that the top level is to cover, where that is known."""
        return shapely.from_wkb(bytes(self.scheme.extent.wkb)) if self.scheme.extent else None

    def meeting(self, box: Box) -> list[Cell]:
        """Give the cells of all levels whose own box meets a box, edges included; in no order."""
        return self._cells("ground_meeting", box_facts(box))

    def by_code(self, codes: Iterable[str]) -> dict[str, Cell]:
        """Give the cells that have these codes, by code; of several with one code, one."""
        wanted = sorted(set(codes))
        return (
            {cell.code: cell for cell in self._cells("ground_by_code", {"codes": wanted})} if wanted else {}
        )

    def by_ident(self, idents: Iterable[UUID]) -> dict[UUID, Cell]:
        """Give the cells of these identities, by identity; those that are not there are left out."""
        wanted = list(set(idents))
        return (
            {cell.ident: cell for cell in self._cells("ground_by_ident", {"ids": wanted})} if wanted else {}
        )

    def children(self, idents: Iterable[UUID]) -> list[Cell]:
        """Give the cells right below these; in no order."""
        wanted = list(set(idents))
        return self._cells("ground_children", {"ids": wanted}) if wanted else []

    def of_level(self, level: int) -> list[Cell]:
        """Give all cells of a level, which may be many; in no order."""
        return self._cells("ground_of_level", {"level": self.level_ids[level]})

    @cached_property
    def filled(self) -> frozenset[int]:
        """The levels that have cells."""
        facts = {**self._facts, "levels": list(self.level_ids)}
        return frozenset(self._stored_levels[row[0]][0] for row in rows_of("ground_filled", facts))

    def _cells(self, query: str, facts: dict[str, Any]) -> list[Cell]:
        rows = rows_of(query, {**self._facts, **facts})
        shapes = shapely.from_wkb([None if row[7] is None else bytes(row[7]) for row in rows])
        return [
            Cell(
                ident=row[0],
                level=self._stored_levels[row[1]][0],
                parent=row[2],
                code=row[3],
                name=row[4],
                kind=row[5],
                attributes=json.loads(row[6]),
                shape=shape,
            )
            for row, shape in zip(rows, shapes, strict=True)
        ]


def ground_of_draft(draft: Draft) -> StoredGround:
    """Give the cells as a draft has them."""
    return StoredGround(draft.scheme, at=draft.base_at, draft=draft)


def ground_at(scheme: Scheme, at: dt.datetime) -> StoredGround:
    """Give the cells of the editions as of a time."""
    return StoredGround(scheme, at=at)
