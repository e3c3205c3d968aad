"""Put every feature into its one cell of a scheme, and keep which cell it was in before.

What should stand is computed for each stretch of time in which the land stays the same, from a moment on:
the land in force, then that of each edition that is still to take effect. People's overrides are laid over
it, the whole is compared with what is stored, and only the features that differ are written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.models import User
from boundaries.models import Edition, Scheme
from boundaries.policies import require
from boundaries.selectors import land_at
from boundaries.selectors.grounds import ground_at
from boundaries.services.locks import clock, scheme_lock
from geogrid.core.change import Change
from geogrid.core.coverage import Box
from geogrid.core.land import Land
from layers.models import Layer, Method, Override
from layers.selectors import (
    QUERIES,
    Stretch,
    assignable_from,
    feature_names,
    features_now,
    overrides_from,
    straddling_threshold,
)
from layers.selectors.near import NearGround, StoredLevels
from layers.selectors.placing import Answer, NearLand, Places, WholeLand
from layers.selectors.touched import (
    MANY_CELLS,
    TouchedLand,
    gaining_land,
    levels_filled_otherwise,
    touched_features,
    touched_land,
)
from layers.services.plans import joined_as_sets
from layers.services.progress import Progress

#: So many features are found one by one through the indexes; more are joined as sets.
FEW = 10_000


@dataclass(frozen=True, slots=True)
class UnheededOverride:
    """A person's decision that cannot be followed, because its cell holds no objects now."""

    layer: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """How the features in question stand at `at`, and how many answers are not as they were."""

    scheme: str
    edition: int
    at: dt.datetime
    total: int
    assigned: int
    outside: int
    in_gap: int
    on_edge: int
    straddling: int
    changed: int
    by_method: Mapping[str, int]
    unheeded: Sequence[UnheededOverride]

    def document(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        counted = ("scheme", "edition", "total", "assigned", "outside", "in_gap", "on_edge", "straddling")
        return {
            **{name: getattr(self, name) for name in (*counted, "changed")},
            "by_method": dict(self.by_method),
            "overrides_ignored": [asdict(override) for override in self.unheeded],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """The answers of one feature, stored and computed, each with its stretch of time."""

    layer: str
    key: str
    stored: Sequence[Mapping[str, Any]]
    computed: Sequence[Mapping[str, Any]]

    @property
    def sentence(self) -> str:
        """Say it for people."""
        return f"{self.layer} {self.key}: stored {_said(self.stored)}, computed {_said(self.computed)}"


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which features of which scheme, and from when on."""

    scheme: Scheme
    layer: Layer | None
    ids: Sequence[int] | None
    stretches: Sequence[Stretch]
    around: Sequence[Box] | None = None

    def places(self, stretch: Stretch, land: Land | None) -> Places:
        """Give what answers for one stretch of time; its whole land may be at hand."""
        if self.around is not None:
            ground = ground_at(self.scheme, stretch.start)
            return NearLand(NearGround(ground, StoredLevels(self.scheme, stretch.start)), self.around)
        return WholeLand(land_at(self.scheme, stretch.start) if land is None else land)

    def joined(self, cursor: CursorWrapper) -> AbstractContextManager[None]:
        """Let the planner choose for a few features; many are joined as sets."""
        few = self.ids is not None and len(self.ids) <= FEW
        return nullcontext() if few else joined_as_sets(cursor)

    @property
    def since(self) -> dt.datetime:
        return self.stretches[0].start

    @property
    def parameters(self) -> dict[str, Any]:
        return {"scheme": self.scheme.pk, "since": self.since}


def features_assign(
    *,
    scheme: Scheme,
    layer: Layer | None = None,
    ids: Sequence[int] | None = None,
    since: dt.datetime | None = None,
    land: Land | None = None,
    around: Sequence[Box] | None = None,
    by: User | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Assign all features of a scheme, or those of a layer, or the named ones, from a moment (now) on.

    `land` is that of the moment, where the caller has it already. `around` is where the features lie, if that
    is known: then only the cells there are read, and those that a feature which reaches beyond them needs.
    """
    require(by, "features.assign", scheme=scheme)
    with transaction.atomic():
        scheme_lock(scheme)
        scope = _Scope(scheme, layer, ids, assignable_from(scheme, since or clock()), around)
        with connection.cursor() as cursor:
            unheeded = _compare(cursor, scope, land, progress or Progress())
            with scope.joined(cursor):
                for step in ("forget", "close", "go_on", "open"):
                    cursor.execute(QUERIES[f"assignments_{step}"], scope.parameters)
            outcome = _outcome(cursor, scope, unheeded)
            cursor.execute(QUERIES["placed_drop"])
    return outcome


def features_follow(
    *,
    scheme: Scheme,
    edition: Edition,
    land: Callable[[], Land],
    change: Change | None,
    also: Sequence[int] = (),
    by: User | None = None,
) -> Assigned:
    """Assign from a new edition's moment on what it may have moved; all, where what it changes is not known.

    Parameters
    ----------
    land : callable
        Reads the whole land of the edition; it is asked only if all features are.
    change : Change, optional
    also : sequence of int
        Features that are to be asked as well.
    """
    since = edition.effective
    touched = None if change is None else _touched(scheme, change, since)
    if touched is None:
        return features_assign(scheme=scheme, since=since, land=land(), by=by)
    ids = sorted({*touched_features(scheme, touched, since), *also})
    return features_assign(scheme=scheme, since=since, ids=ids, around=touched.boxes, by=by)


def _touched(scheme: Scheme, change: Change, since: dt.datetime) -> TouchedLand | None:
    """Find what counts of a change; None if it is as well to ask all features."""
    if len(change.cells) > MANY_CELLS:
        return None
    stored = StoredLevels(scheme, since, gaining_land(change))
    if levels_filled_otherwise(change, stored):
        return None
    return touched_land(change, ground_at(scheme, since), stored.examples.keys())


def assignments_check(
    *, scheme: Scheme, layer: Layer | None = None, progress: Progress | None = None
) -> tuple[Assigned, list[Difference]]:
    """Compute all assignments anew and give what is stored otherwise; nothing is written."""
    with transaction.atomic():
        scheme_lock(scheme)
        scope = _Scope(scheme, layer, None, assignable_from(scheme, clock()))
        with connection.cursor() as cursor:
            unheeded = _compare(cursor, scope, None, progress or Progress())
            outcome = _outcome(cursor, scope, unheeded)
            cursor.execute(QUERIES["differences"], scope.parameters)
            differences = _differences(cursor.fetchall())
            cursor.execute(QUERIES["placed_drop"])
    return outcome, differences


def _compare(
    cursor: CursorWrapper, scope: _Scope, land: Land | None, progress: Progress
) -> list[UnheededOverride]:
    """Leave the wanted answers, and the features whose stored ones differ, in temporary tables."""
    for query in ("placed_drop", "placed_create", "decided_create"):
        cursor.execute(QUERIES[query])
    overrides = overrides_from(scope.scheme, scope.since, ids=scope.ids)
    unheeded: list[Override] = []
    for stretch in scope.stretches if scope.ids != [] else ():
        first = stretch is scope.stretches[0]
        places = scope.places(stretch, land if first else None)
        _place(cursor, scope, stretch, places, progress)
        missed = _decide(cursor, stretch, places, overrides)
        unheeded = missed if first else unheeded
    cursor.execute(QUERIES["placed_analyze"])
    with scope.joined(cursor):
        cursor.execute(QUERIES["wanted_create"])
        cursor.execute(QUERIES["wanted_analyze"])
        cursor.execute(QUERIES["differing_create"], scope.parameters)
        cursor.execute(QUERIES["differing_analyze"])
    return _explained(unheeded, scope)


def _place(
    cursor: CursorWrapper, scope: _Scope, stretch: Stretch, places: Places, progress: Progress
) -> None:
    """Ask the rules about every feature, on the land of one stretch of time."""
    span = _span(stretch.start, stretch.end)
    done = 0
    for chunk in features_now(scope.scheme, layer=scope.layer, ids=scope.ids):
        answers = places.place(chunk.shapes)
        with cursor.copy(QUERIES["placed_copy"]) as copy:
            for feature, answer in zip(chunk.ids, answers, strict=True):
                copy.write_row((feature, span, *_columns(answer)))
        done += len(chunk.ids)
        progress(f"{scope.scheme.code}: {done} features placed on edition {stretch.edition.number}")


def _span(start: dt.datetime, end: dt.datetime | None) -> str:
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
                copy.write_row((override.feature_id, _span(start, until), override.cell_id, code))
            elif start == stretch.start:
                unheeded.append(override)
    return unheeded


def _explained(unheeded: Sequence[Override], scope: _Scope) -> list[UnheededOverride]:
    names = feature_names([override.feature_id for override in unheeded]) if unheeded else {}
    return [
        UnheededOverride(
            *names[override.feature_id],
            f"its cell {override.cell_id} holds no objects in edition {scope.stretches[0].edition.number}",
        )
        for override in unheeded
        if scope.layer is None or names[override.feature_id][0] == scope.layer.code
    ]


def _outcome(cursor: CursorWrapper, scope: _Scope, unheeded: Sequence[UnheededOverride]) -> Assigned:
    cursor.execute(QUERIES["differing_count"])
    changed = cursor.fetchone()[0]
    threshold = straddling_threshold(scope.scheme)
    cursor.execute(QUERIES["wanted_numbers"], {"at": scope.since, "threshold": threshold})
    rows = cursor.fetchall()
    by_method = {row[0]: row[1] for row in rows}
    outside, in_gap = by_method.get(Method.OUTSIDE, 0), by_method.get(Method.GAP, 0)
    total = sum(by_method.values())
    return Assigned(
        scheme=scope.scheme.code,
        edition=scope.stretches[0].edition.number,
        at=scope.since,
        total=total,
        assigned=total - outside - in_gap,
        outside=outside,
        in_gap=in_gap,
        on_edge=sum(row[2] for row in rows),
        straddling=sum(row[3] for row in rows),
        changed=changed,
        by_method=by_method,
        unheeded=tuple(unheeded),
    )


def _differences(rows: Sequence[tuple[Any, ...]]) -> list[Difference]:
    """Gather the rows, which come in order of layer and key, by feature."""
    found: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for layer, key, kind, start, end, cell, method, share, on_edge in rows:
        span = {"from": start and start.isoformat(), "to": end and end.isoformat()}
        answer = {**span, "cell": cell, "method": method, "share": share, "on_edge": on_edge}
        found.setdefault((layer, key), {"stored": [], "computed": []})[kind].append(answer)
    return [Difference(*names, **answers) for names, answers in found.items()]


def _said(answers: Sequence[Mapping[str, Any]]) -> str:
    said = [f"{answer['cell'] or 'no cell'} ({answer['method']}, {answer['share']:g})" for answer in answers]
    return ", then ".join(said) or "nothing"
