"""Bring what is stored of features to what should stand, through tables that last as long as the transaction.

What should stand is computed for each stretch of time in which the land stays the same, from a moment on:
the land in force, then that of each edition that is still to take effect. People's overrides are laid over
it, the whole is compared with what is stored, and only the features that differ are written.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.db.backends.utils import CursorWrapper

from boundaries.models import Scheme
from boundaries.selectors import land_at
from boundaries.selectors.grounds import ground_at
from geogrid.core.coverage import Box
from geogrid.core.land import Land
from layers.models import Layer, Override
from layers.selectors import (
    QUERIES,
    Stretch,
    feature_names,
    features_now,
    overrides_from,
    straddling_threshold,
)
from layers.selectors.near import NearGround, StoredLevels
from layers.selectors.placing import Answer, NearLand, Places, WholeLand
from layers.services.outcomes import Difference, Tally, UnheededOverride
from layers.services.plans import joined_as_sets

#: So many features are found one by one through the indexes; more are joined as sets.
FEW = 10_000


class Lands:
    """The lands of a scheme's editions, read when they are first asked for and kept."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._lands: dict[int, WholeLand] = {}
        self._reading = threading.Lock()

    def know(self, stretch: Stretch, land: Land) -> None:
        """Take the land of a stretch of time that somebody has read already."""
        self._lands[stretch.edition.pk] = WholeLand(land)

    def of(self, stretch: Stretch) -> WholeLand:
        """Give the land of a stretch of time."""
        edition = stretch.edition.pk
        with self._reading:
            if edition not in self._lands:
                self._lands[edition] = WholeLand(land_at(self._scheme, stretch.start))
            return self._lands[edition]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which features of which scheme, from when on, and the land around them or all of it."""

    scheme: Scheme
    layer: Layer | None
    ids: Sequence[int]
    stretches: Sequence[Stretch]
    lands: Lands | None = None
    around: Sequence[Box] = ()

    def places(self, stretch: Stretch) -> Places:
        """Give what answers for one stretch of time."""
        if self.lands is not None:
            return self.lands.of(stretch)
        ground = ground_at(self.scheme, stretch.start)
        return NearLand(NearGround(ground, StoredLevels(self.scheme, stretch.start)), self.around)

    def joined(self, cursor: CursorWrapper) -> AbstractContextManager[None]:
        """Let the planner choose for a few features; many are joined as sets."""
        return nullcontext() if len(self.ids) <= FEW else joined_as_sets(cursor)

    @property
    def since(self) -> dt.datetime:
        """From when on."""
        return self.stretches[0].start

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements are asked with."""
        return {"scheme": self.scheme.pk, "since": self.since}


def settle(cursor: CursorWrapper, scope: Scope) -> Tally:
    """Write what is not stored as it should stand."""
    unheeded = _compare(cursor, scope)
    with scope.joined(cursor):
        for step in ("forget", "close", "go_on", "open"):
            cursor.execute(QUERIES[f"assignments_{step}"], scope.parameters)
    outcome = _outcome(cursor, scope, unheeded)
    cursor.execute(QUERIES["placed_drop"])
    return outcome


def differences(cursor: CursorWrapper, scope: Scope) -> tuple[Tally, list[Difference]]:
    """Give what is not stored as it should stand."""
    unheeded = _compare(cursor, scope)
    outcome = _outcome(cursor, scope, unheeded)
    found = []
    if outcome.changed:
        cursor.execute(QUERIES["differences"], scope.parameters)
        found = _differences(cursor.fetchall())
    cursor.execute(QUERIES["placed_drop"])
    return outcome, found


def _compare(cursor: CursorWrapper, scope: Scope) -> list[UnheededOverride]:
    """Leave the wanted answers, and the features whose stored ones differ, in temporary tables."""
    for query in ("placed_drop", "placed_create", "decided_create"):
        cursor.execute(QUERIES[query])
    overrides = overrides_from(scope.scheme, scope.since, ids=scope.ids)
    unheeded: list[Override] = []
    for stretch in scope.stretches if scope.ids else ():
        places = scope.places(stretch)
        _place(cursor, scope, stretch, places)
        missed = _decide(cursor, stretch, places, overrides)
        unheeded = missed if stretch is scope.stretches[0] else unheeded
    cursor.execute(QUERIES["placed_analyze"])
    with scope.joined(cursor):
        cursor.execute(QUERIES["wanted_create"])
        cursor.execute(QUERIES["wanted_analyze"])
        cursor.execute(QUERIES["differing_create"], scope.parameters)
        cursor.execute(QUERIES["differing_analyze"])
    return _explained(unheeded, scope)


def _place(cursor: CursorWrapper, scope: Scope, stretch: Stretch, places: Places) -> None:
    """Ask the rules about every feature, on the land of one stretch of time."""
    span = span_text(stretch.start, stretch.end)
    for chunk in features_now(scope.scheme, layer=scope.layer, ids=scope.ids):
        answers = places.place(chunk.shapes)
        with cursor.copy(QUERIES["placed_copy"]) as copy:
            for feature, answer in zip(chunk.ids, answers, strict=True):
                copy.write_row((feature, span, *_columns(answer)))


def span_text(start: dt.datetime, end: dt.datetime | None) -> str:
    """Write a range from a moment on, or up to another."""
    return f"[{start.isoformat()},{'' if end is None else end.isoformat()})"


def _columns(answer: Answer) -> tuple[Any, ...]:
    shares = answer.shares and json.dumps(answer.shares, ensure_ascii=False)
    return (answer.cell, answer.method, answer.share, answer.on_edge, shares, answer.nearest_m)


def _decide(
    cursor: CursorWrapper, stretch: Stretch, places: Places, overrides: Sequence[Override]
) -> list[Override]:
    """Note people's decisions for one stretch of time; give those in force whose cell can hold nothing."""
    holders = places.holders(override.cell_id for override in overrides) if overrides else {}
    unheeded = []
    with cursor.copy(QUERIES["decided_copy"]) as copy:
        for override in overrides:
            begin, end = override.valid.lower, override.valid.upper
            start = stretch.start if begin is None else max(stretch.start, begin)
            until = min((t for t in (stretch.end, end) if t is not None), default=None)
            if until is not None and start >= until:
                continue
            if override.cell_id in holders:
                code = holders[override.cell_id]
                copy.write_row((override.feature_id, span_text(start, until), override.cell_id, code))
            elif start == stretch.start:
                unheeded.append(override)
    return unheeded


def _explained(unheeded: Sequence[Override], scope: Scope) -> list[UnheededOverride]:
    names = feature_names([override.feature_id for override in unheeded]) if unheeded else {}
    return [
        UnheededOverride(
            *names[override.feature_id],
            f"its cell {override.cell_id} holds no objects in edition {scope.stretches[0].edition.number}",
        )
        for override in unheeded
        if scope.layer is None or names[override.feature_id][0] == scope.layer.code
    ]


def _outcome(cursor: CursorWrapper, scope: Scope, unheeded: Sequence[UnheededOverride]) -> Tally:
    cursor.execute(QUERIES["differing_count"])
    changed = cursor.fetchone()[0]
    threshold = straddling_threshold(scope.scheme)
    cursor.execute(QUERIES["wanted_numbers"], {"at": scope.since, "threshold": threshold})
    rows = cursor.fetchall()
    return Tally(
        by_method={row[0]: row[1] for row in rows},
        on_edge=sum(row[2] for row in rows),
        straddling=sum(row[3] for row in rows),
        changed=changed,
        unheeded=list(unheeded),
    )


def _differences(rows: Sequence[tuple[Any, ...]]) -> list[Difference]:
    """Gather the rows, which come in order of layer and key, by feature."""
    found: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for layer, key, kind, start, end, cell, method, share, on_edge in rows:
        span = {"from": start and start.isoformat(), "to": end and end.isoformat()}
        answer = {**span, "cell": cell, "method": method, "share": share, "on_edge": on_edge}
        found.setdefault((layer, key), {"stored": [], "computed": []})[kind].append(answer)
    return [Difference(*names, **answers) for names, answers in found.items()]
