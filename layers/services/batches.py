"""Assign features in order of their ids, batch by batch.

Most features of a batch are points that lie in one cell, and nothing is stored of them yet, or just that.
These are looked up, compared and written as arrays, straight into the table of assignments. All others go
through `settling`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.sql import Composed

from boundaries.models import Scheme
from boundaries.services.locks import clock
from geogrid.core.assigning import METHODS, Placements, place_points, place_shapes, straddles
from geogrid.core.lattice import IntArray
from geogrid.core.predicates import BoolArray
from geogrid.db.packed import HEAD, TAIL, Column, packed_json, packed_number, packed_rows, packed_span
from layers.models import Layer
from layers.selectors import QUERIES, Stretch, assignable_from, straddling_threshold
from layers.selectors.bulk import Batch
from layers.selectors.kept_land import KeptLand, PointLand
from layers.selectors.placing import in_millimetres, shares_by_code
from layers.services.outcomes import Difference, Tally
from layers.services.settling import Lands, Scope, differences, settle

#: So many features are one batch: one transaction, where each has its own.
BATCH = 50_000


class NotAlone(Exception):
    """Some features of the batch have to be settled, and that is not to be done beside others."""


class Overtaken(Exception):
    """The land of the batch is not that of the ones before."""


@dataclass
class Batches:
    """The features that a scheme, or one layer of it, answers for, as they stand or as they should.

    Attributes
    ----------
    since : datetime, optional
        From when on; each batch's own now, if not given.
    checking : bool
        Nothing is written; what differs is gathered in `differences`.
    kept : bool
        Points are placed by the files of the edition; else by the land as the database has it.
    """

    scheme: Scheme
    layer: Layer | None = None
    since: dt.datetime | None = None
    checking: bool = False
    kept: bool = False
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lands = Lands(self.scheme)
        self._kept: dict[int, KeptLand] = {}
        self._threshold = straddling_threshold(self.scheme)

    def stretches(self) -> list[Stretch]:
        """Give the stretches of time from now on."""
        return assignable_from(self.scheme, self.since or clock())

    def warm(self) -> None:
        """Read the land and arrange it, before several ask at once."""
        for stretch in self.stretches():
            self._land_of_points(stretch).prepare()

    def _land_of_points(self, stretch: Stretch) -> PointLand:
        if not self.kept:
            return self.lands.of(stretch)
        edition = stretch.edition
        if edition.pk not in self._kept:
            self._kept[edition.pk] = KeptLand.of(edition)
        return self._kept[edition.pk]

    def settle(
        self,
        after: int,
        upto: int,
        *,
        land: str | None = None,
        alone: bool = True,
        copy_into: Composed | None = None,
    ) -> Tally:
        """Assign the features after one id up to another, inside somebody's transaction and lock.

        `copy_into` is the statement by which first answers are written, if not where all are.

        Raises
        ------
        NotAlone
            If it is not alone and has to be; nothing is written then.
        Overtaken
            If the land is not the one that is named.
        """
        stretches = self.stretches()
        if land is not None and land_name(stretches) != land:
            raise Overtaken
        if len(stretches) > 1 and not alone:
            raise NotAlone
        batch = Batch(self.scheme, self.layer, after, upto)
        tally, rest = Tally(), []
        with connection.cursor() as cursor:
            for land_there, ids, placed in self._placed(batch, stretches[0]):
                if len(stretches) > 1:
                    rest += ids.tolist()
                    continue
                told, left = self._told(cursor, batch, stretches[0].start, land_there, ids, placed, copy_into)
                tally += told
                rest += left
            if rest:
                if not alone:
                    raise NotAlone
                tally += self._settled(cursor, Scope(self.scheme, None, rest, stretches, self.lands))
        return tally

    def _settled(self, cursor: CursorWrapper, scope: Scope) -> Tally:
        if not self.checking:
            return settle(cursor, scope)
        tally, found = differences(cursor, scope)
        self.differences += found
        return tally

    def _placed(self, batch: Batch, stretch: Stretch) -> Iterator[tuple[PointLand, IntArray, Placements]]:
        """Place the features of a batch on the land of a stretch: points together, others in chunks."""
        ids, lonlat, others = batch.points()
        if len(ids):
            land = self._land_of_points(stretch)
            # What lies in a cell does not wait until it is known how far the others are from one.
            there = land.locator.points(lonlat).leaf >= 0
            for some in (there, ~there):
                if some.any():
                    yield land, ids[some], place_points(land.locator, lonlat[some])
        if others:
            whole = self.lands.of(stretch)
            for some, shapes in batch.shapes():
                yield whole, some, place_shapes(whole.locator, shapes)

    def _told(
        self,
        cursor: CursorWrapper,
        batch: Batch,
        since: dt.datetime,
        land: PointLand,
        ids: IntArray,
        placed: Placements,
        copy_into: Composed | None,
    ) -> tuple[Tally, list[int]]:
        """Deal with what is simple; give how that stands, and the features that are not."""
        new, same = self._compared(batch, since, land, ids, placed)
        if self.checking:
            new[:] = False
        if new.any():
            rows = _rows(self.scheme, land, since, ids, placed, np.flatnonzero(new))
            with cursor.copy(copy_into or QUERIES["assignments_copy"]) as copy:
                for packed in rows:
                    copy.write(packed)
        known = np.flatnonzero(new | same)
        return self._tally(placed, known, int(new.sum())), ids[~(new | same)].tolist()

    def _compared(
        self, batch: Batch, since: dt.datetime, land: PointLand, ids: IntArray, placed: Placements
    ) -> tuple[BoolArray, BoolArray]:
        """Tell of which features nothing is stored, and of which just what was found; nobody decided them."""
        stored = batch.stored(since)
        new = ~np.isin(ids, stored["id"])
        same = np.zeros(len(ids), dtype=bool)
        if len(stored):
            first = np.searchsorted(stored["id"], ids)
            once = (np.searchsorted(stored["id"], ids, side="right") - first) == 1
            has = np.flatnonzero(once)
            row = stored[first[has]]
            far = in_millimetres(placed.nearest_m[has])
            same[has] = (
                row["plain"]
                & (row["cell"] == land.packed_idents[placed.cell[has]])
                & (row["method"] == placed.method[has] + 1)
                & (row["share"] == placed.share[has])
                & (row["on_edge"] == placed.on_edge[has])
                & (row["nearest_m"] == np.where(np.isnan(far), -1.0, far))
            )
            with_shares = np.fromiter(placed.shares, dtype=np.int64, count=len(placed.shares))
            same[with_shares] = False
        decided = np.isin(ids, batch.decided(since))
        return new & ~decided, same & ~decided

    def _tally(self, placed: Placements, known: IntArray, changed: int) -> Tally:
        count = np.bincount(placed.method[known], minlength=len(METHODS)).tolist()
        straddling = (placed.cell[known] >= 0) & straddles(placed.share[known], self._threshold)
        return Tally(
            by_method={method: number for method, number in zip(METHODS, count, strict=True) if number},
            on_edge=int(placed.on_edge[known].sum()),
            straddling=int(straddling.sum()),
            changed=changed,
        )


def land_name(stretches: list[Stretch]) -> str:
    """Name the editions on which answers from now on stand."""
    return ",".join(str(stretch.edition.pk) for stretch in stretches)


def _rows(
    scheme: Scheme,
    land: PointLand,
    since: dt.datetime,
    ids: IntArray,
    placed: Placements,
    which: IntArray,
) -> Iterator[bytes]:
    """Give first answers, from a moment on, as a `COPY` takes them."""
    span, of_scheme = packed_span(since, None), packed_number(scheme.pk)
    has_shares = np.zeros(len(ids), dtype=bool)
    has_shares[list(placed.shares)] = True

    def rows(where: IntArray, method: int, shares: bytes | None) -> bytes:
        lost, far = placed.cell[where[0]] < 0, in_millimetres(placed.nearest_m[where])
        columns: list[Column] = [
            ids[where],
            of_scheme,
            None if lost else land.packed_idents[placed.cell[where]],
            METHODS[method].encode(),
            np.round(placed.share[where], 9),
            placed.on_edge[where],
            shares,
            None if np.isnan(far[0]) else far,
            span,
        ]
        return packed_rows(len(where), columns)

    yield HEAD
    plain = which[~has_shares[which]]
    kinds = placed.method[plain] * 2 + np.isnan(placed.nearest_m[plain])
    for kind in np.unique(kinds).tolist():
        yield rows(plain[kinds == kind], kind // 2, None)
    for number in which[has_shares[which]]:
        shares = shares_by_code(placed.shares[int(number)], land.codes)
        packed = packed_json(json.dumps(shares, ensure_ascii=False))
        yield rows(number.reshape(1), int(placed.method[number]), packed)
    yield TAIL
