"""What an audit says about the features: how many lie where, which lie in a gap, which straddle."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from boundaries.models import Scheme
from boundaries.participants import AuditShare
from geogrid.core.assigning import Placed, place_features, straddles
from geogrid.core.audits.finding import Finding
from geogrid.core.land import Land
from geogrid.core.lattice import snap
from geogrid.core.locator import Locator
from layers.models import Layer, Method
from layers.selectors import (
    FeatureChunk,
    StraddlingObject,
    assignment_numbers,
    feature_names,
    features_at,
    features_exist,
    objects_in_gap,
    overrides_at,
    straddling_objects,
    straddling_threshold,
)
from layers.selectors.privacy import layers_seen
from layers.selectors.runs import features_waiting

NUMBERS = ("total", "assigned", "outside", "in_gap", "on_edge", "straddling")


@dataclass(frozen=True, slots=True)
class _InGap:
    feature: int
    shape: shapely.Geometry
    placed: Placed


@dataclass(slots=True)
class _Standing:
    """How the features stand on a land."""

    numbers: Counter[str] = field(default_factory=Counter)
    in_gap: list[_InGap] = field(default_factory=list)
    straddling: list[StraddlingObject] = field(default_factory=list)


def features_audit(*, scheme: Scheme, land: Land, at: dt.datetime, stored: bool) -> AuditShare:
    """Count the features on a land and report those in a gap and those that straddle.

    For the land of the editions the stored assignments count, unless some feature has none at that time, or
    an edition left some to be assigned after it; otherwise every feature is placed anew, and nothing is
    written.
    """
    standing = _Standing()
    waiting = features_waiting(scheme, at) if stored else 0
    if features_exist(scheme):
        current = stored and not waiting
        standing = (current and _stored(scheme, land, at)) or _computed(scheme, land, at)
    names = _subjects([one.feature for one in (*standing.in_gap, *standing.straddling)])
    findings = [_gap_finding(land, one, names[one.feature]) for one in standing.in_gap]
    threshold = straddling_threshold(scheme)
    findings += [_straddling_finding(one, names[one.feature], threshold) for one in standing.straddling]
    return AuditShare(
        numbers={
            "features": {name: standing.numbers[name] for name in NUMBERS},
            **({"reassigning": waiting} if waiting else {}),
        },
        findings=findings,
    )


def _subjects(features: Sequence[int]) -> dict[int, str]:
    """Name features by layer and key, by layer and number where the key is private: findings are public."""
    names = feature_names(features)
    if not names:
        return {}
    layers = Layer.objects.filter(code__in={layer for layer, _ in names.values()})
    hidden = {seen.layer.code for seen in layers_seen(layers, private=False) if seen.hides_key}
    return {
        feature: f"{layer}/#{feature}" if layer in hidden else f"{layer}/{key}"
        for feature, (layer, key) in names.items()
    }


def _stored(scheme: Scheme, land: Land, at: dt.datetime) -> _Standing | None:
    numbers = assignment_numbers(scheme, at)
    if numbers.features != numbers.total:
        return None
    lost = objects_in_gap(scheme, at)
    # How far the nearest cell is has been stored, but not which one it is.
    placed = place_features(Locator.of(land), lost.shapes) if lost.ids else []
    return _Standing(
        Counter({name: getattr(numbers, name) for name in NUMBERS}),
        [_InGap(*one) for one in zip(lost.ids, lost.shapes, placed, strict=True)],
        straddling_objects(scheme, at),
    )


def _computed(scheme: Scheme, land: Land, at: dt.datetime) -> _Standing:
    standing = _Standing()
    locator, threshold = Locator.of(land), straddling_threshold(scheme)
    leaves = {land.ident[cell] for cell in locator.leaves.cell}
    manual = {feature for feature, cell in overrides_at(scheme, at).items() if cell in leaves}
    for chunk in features_at(scheme, at):
        placed = place_features(locator, chunk.shapes)
        standing.numbers.update(_counted(chunk, placed, manual))
        for feature, shape, answer in zip(chunk.ids, chunk.shapes, placed, strict=True):
            if feature in manual:
                continue
            if answer.method == Method.GAP:
                standing.in_gap.append(_InGap(feature, shape, answer))
            elif answer.cell >= 0 and straddles(answer.share, threshold):
                standing.straddling.append(_straddling(land, feature, shape, answer))
    standing.numbers["straddling"] = len(standing.straddling)
    return standing


def _counted(chunk: FeatureChunk, placed: Sequence[Placed], manual: set[int]) -> Iterable[str]:
    for feature, answer in zip(chunk.ids, placed, strict=True):
        yield "total"
        if feature in manual or answer.cell >= 0:
            yield "assigned"
        else:
            yield "in_gap" if answer.method == Method.GAP else "outside"
        if answer.on_edge:
            yield "on_edge"


def _straddling(land: Land, feature: int, shape: shapely.Geometry, answer: Placed) -> StraddlingObject:
    shares = {land.code[cell]: share for cell, share in answer.shares or ()}
    return StraddlingObject(feature, shape, land.code[answer.cell], answer.share, shares)


def _gap_finding(land: Land, one: _InGap, subject: str) -> Finding:
    near = one.placed.nearest
    where = "there is no cell at all"
    if near >= 0 and one.placed.nearest_m is not None:
        where = f"the nearest, {land.code[near]}, is {one.placed.nearest_m:.1f} m away"
    return Finding(
        rule="object_in_gap",
        level=land.levels[int(land.level[near])].code if near >= 0 else "",
        cells=(land.code[near],) if near >= 0 else (),
        message=f"{subject} lies in no cell; {where}",
        geometry=_place(one.shape),
        subject=subject,
    )


def _straddling_finding(one: StraddlingObject, subject: str, threshold: float) -> Finding:
    return Finding(
        rule="straddling",
        level="",
        cells=tuple(sorted({one.cell, *one.shares}, key=str.encode)),
        message=f"only {one.share:.1%} of {subject} lies in its cell {one.cell}, less than {threshold:.0%}: "
        "confirm the cell or choose another",
        severity="minor",
        geometry=_place(one.shape),
        subject=subject,
    )


def _place(shape: shapely.Geometry) -> shapely.Point:
    """Give a point of the shape, on the lattice."""
    return shapely.Point(snap(np.array(shapely.point_on_surface(shape).coords[0])))
