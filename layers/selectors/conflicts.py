"""Objects with two regulators or none, where the documents of schemes say that each has exactly one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal, get_args

from boundaries.models import Scheme
from boundaries.selectors.cells import Place, place_of
from geogrid.core.errors import NotFound
from layers.models import Layer
from layers.selectors import rows_of
from layers.selectors.privacy import NAME_FIELD, layers_seen

Kind = Literal["none", "several"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 1000
"""How many objects are given at once."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A scheme says that it answers for the objects of a layer, unless another of its group does."""

    scheme: Scheme
    layer: Layer


@dataclass(frozen=True, slots=True)
class Group:
    """What the documents of several schemes share out between them; claims in order of scheme and layer."""

    code: str
    claims: Sequence[Claim]

    @property
    def schemes(self) -> list[str]:
        """The codes of the schemes."""
        return sorted({claim.scheme.code for claim in self.claims}, key=str.encode)

    @property
    def layers(self) -> list[str]:
        """The codes of the layers."""
        return sorted({claim.layer.code for claim in self.claims}, key=str.encode)

    @property
    def facts(self) -> dict[str, list[int]]:
        """The parameters of the statements: the claims one by one."""
        return {
            "schemes": [claim.scheme.pk for claim in self.claims],
            "layers": [claim.layer.pk for claim in self.claims],
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Of the objects that two schemes claim: how many are in a cell of both, of one only, of neither."""

    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    neither: int


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How the objects of a group stand at a time: each in exactly one scheme, or in none, or in several."""

    group: str
    at: dt.datetime
    schemes: Sequence[str]
    layers: Sequence[str]
    objects: int
    one: int
    none: int
    several: int
    pairs: Sequence[Pair]

    @property
    def offending(self) -> int:
        """How many objects have not exactly one."""
        return self.none + self.several

    def document(self) -> dict[str, Any]:
        """Give what `--json` prints, without the time."""
        document = asdict(self)
        del document["at"]
        return document


@dataclass(frozen=True, slots=True)
class ConflictObject:
    """An object with none or several; `cells` are `{scheme, cell, name}`, a private key is None."""

    feature: int
    layer: str
    key: str | None
    name: str
    kind: Kind
    cells: Sequence[Mapping[str, str]]
    position: Place | None


@dataclass(frozen=True, slots=True)
class ConflictObjects:
    """A part of the list, and after which object it goes on, if it does."""

    at: dt.datetime
    rows: Sequence[ConflictObject]
    next: int | None


def groups_all() -> list[Group]:
    """Give all groups that documents name, in order of their codes."""
    layers = {layer.code: layer for layer in Layer.objects.all()}
    claims: dict[str, list[Claim]] = {}
    for scheme in sorted(Scheme.objects.all(), key=lambda one: one.code.encode()):
        for block in scheme.document.get("exclusive") or ():
            named = sorted({*block["layers"]} & layers.keys(), key=str.encode)
            claims.setdefault(block["group"], []).extend(Claim(scheme, layers[code]) for code in named)
    return [Group(code, claims[code]) for code in sorted(claims, key=str.encode)]


def group_get(code: str) -> Group:
    """Give a group by its code."""
    groups = {group.code: group for group in groups_all()}
    if code not in groups:
        known = ", ".join(groups) or "none"
        raise NotFound(f"no scheme's document names a group {code!r}; there are: {known}")
    return groups[code]


def conflicts(group: Group, *, at: dt.datetime) -> Conflicts:
    """Count how the objects of a group stand at a time, and for each two of its schemes."""
    rows = rows_of("conflict_patterns", {**group.facts, "at": at})
    counted = [(layer, frozenset(schemes), count) for layer, schemes, count in rows]
    claimed: dict[str, set[str]] = {}
    for claim in group.claims:
        claimed.setdefault(claim.scheme.code, set()).add(claim.layer.code)
    by_number = [sum(count for _, held, count in counted if len(held) == number) for number in (0, 1)]
    objects = sum(count for _, _, count in counted)
    return Conflicts(
        group=group.code,
        at=at,
        schemes=group.schemes,
        layers=group.layers,
        objects=objects,
        one=by_number[1],
        none=by_number[0],
        several=objects - sum(by_number),
        pairs=[
            _pair(first, second, [row for row in counted if row[0] in claimed[first] & claimed[second]])
            for first, second in combinations(group.schemes, 2)
        ],
    )


def _pair(first: str, second: str, counted: Sequence[tuple[str, frozenset[str], int]]) -> Pair:
    def number(*held: str) -> int:
        return sum(count for _, schemes, count in counted if schemes & {first, second} == set(held))

    return Pair(first, second, number(first, second), number(first), number(second), number())


def conflict_objects(
    group: Group,
    *,
    at: dt.datetime,
    kind: Kind | None = None,
    layer: Layer | None = None,
    after: int = 0,
    limit: int = 100,
    private: bool = False,
) -> ConflictObjects:
    """List the objects of a group that have not exactly one scheme, in the order of their numbers."""
    wanted = {"kind": kind, "layer": layer.pk if layer else None, "after": after}
    # One more than is given tells whether the list goes on.
    facts = {**group.facts, "at": at, **wanted, "limit": limit + 1, "name_field": NAME_FIELD}
    rows = rows_of("conflict_objects", facts)
    seen = {one.layer.code: one for one in layers_seen({c.layer for c in group.claims}, private=private)}
    found = []
    for feature, code, key, name, number, lon, lat, cells in rows[:limit]:
        privacy = seen[code]
        found.append(
            ConflictObject(
                feature,
                code,
                None if privacy.hides_key else key,
                "" if privacy.hides_name else name or "",
                "several" if number else "none",
                json.loads(cells),
                place_of((lon, lat)),
            )
        )
    return ConflictObjects(at, found, found[-1].feature if len(rows) > limit else None)


def all_conflict_objects(group: Group, *, at: dt.datetime, **wanted: Any) -> Iterator[ConflictObject]:
    """Give the whole list, never all of it at once."""
    after: int | None = 0
    while after is not None:
        part = conflict_objects(group, at=at, after=after, limit=MOST, **wanted)
        yield from part.rows
        after = part.next
