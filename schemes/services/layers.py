"""The layers that documents name, brought in line with all of them: schemes may share a layer.

A layer is what the documents that name it say together. They must not contradict each other; a field that
one of them requires or keeps private is required or private for all. A layer that no document has made
(`Layer.scheme` empty) stands as it is, and documents have to agree with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boundaries.models import Scheme
from geogrid.core.errors import Refused
from layers.models import Layer
from schemes.documents import ObjectLayer, SchemeDocument

ANY_GEOMETRY = "any"
_FACTS = {
    "type": "type",
    "format": "format",
    "enum": "options",
    "minimum": "min",
    "maximum": "max",
    "x-unit": "unit",
}


@dataclass(frozen=True)
class _Definition:
    """What one side says of a layer."""

    by: str
    geometry: str
    keys: tuple[str, ...]
    schema: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.schema.get("properties", {})
        return found

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.schema.get("required", ()))


def layers_store(*, scheme: Scheme, document: SchemeDocument) -> None:
    """Make and update the layers and registers of a document.

    A layer that the document no longer names stays, with its objects.

    Raises
    ------
    Refused
        If another side has a layer of that code and says otherwise, or if stored objects stand in the way.
    """
    wanted = {layer.code: layer for layer in document.layers}
    stored = {layer.code: layer for layer in Layer.objects.filter(code__in=wanted)}
    others = _definitions_of_others(scheme, frozenset(wanted))
    for code, written in wanted.items():
        mine = _Definition(f"the scheme {scheme.code}", written.geometry, written.key_fields, written.schema)
        row = stored.get(code)
        if row is not None and row.scheme_id is None:
            _refuse_contradiction(code, _standing(row), mine)
        else:
            owned = row is None or row.scheme_id == scheme.pk
            sides = [mine, *others.get(code, [])] if owned else [*others.get(code, []), mine]
            _write(row or Layer(code=code, scheme=scheme), written if owned else None, sides)


def _standing(row: Layer) -> _Definition:
    return _Definition(
        "the layer that is there from the start", row.geometry_type, tuple(row.key_fields), row.schema
    )


def _definitions_of_others(scheme: Scheme, codes: frozenset[str]) -> dict[str, list[_Definition]]:
    found: dict[str, list[_Definition]] = {}
    for other in Scheme.objects.exclude(pk=scheme.pk).order_by("pk"):
        if codes & ({*other.document.get("layers", ())} | {*other.document.get("registers", ())}):
            for layer in SchemeDocument.model_validate(other.document).layers:
                definition = _Definition(
                    f"the scheme {other.code}", layer.geometry, layer.key_fields, layer.schema
                )
                found.setdefault(layer.code, []).append(definition)
    return found


def _refuse_contradiction(code: str, first: _Definition, second: _Definition) -> None:
    said = _contradiction(first, second)
    if said:
        raise Refused(
            f"the layer {code} of {second.by} contradicts that of {first.by}: {said}; "
            "let them agree, or give the layer another code",
            layer=code,
        )


def _contradiction(first: _Definition, second: _Definition) -> str:
    """Say what cannot hold for both, the second's word first; nothing if both can hold."""
    if ANY_GEOMETRY not in (first.geometry, second.geometry) and first.geometry != second.geometry:
        return f"its geometry is {second.geometry}, not {first.geometry}"
    if first.keys and second.keys and first.keys != second.keys:
        return f"its key is {', '.join(second.keys)}, not {', '.join(first.keys)}"
    for name in sorted(first.properties.keys() & second.properties.keys()):
        one, two = _bare(first.properties[name]), _bare(second.properties[name])
        for fact, word in _FACTS.items():
            if fact in one and fact in two and one[fact] != two[fact]:
                return f"the field {name} has another {word} ({_shown(two[fact])}, not {_shown(one[fact])})"
    return ""


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _bare(field: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out whether the field may be empty: that follows from who requires it."""
    bare = dict(field)
    if isinstance(bare.get("type"), list):
        bare["type"] = next(kind for kind in bare["type"] if kind != "null")
    if "enum" in bare:
        bare["enum"] = [option for option in bare["enum"] if option is not None]
    return bare


def _write(row: Layer, owner: ObjectLayer | None, sides: Sequence[_Definition]) -> None:
    """Write what all sides say; the names are the owner's."""
    for number, side in enumerate(sides):
        for earlier in sides[:number]:
            _refuse_contradiction(row.code, earlier, side)
    keys = next((list(side.keys) for side in sides if side.keys), [])
    geometry = sides[0].geometry
    if row.pk and (row.geometry_type, row.key_fields) != (geometry, keys):
        _refuse_with_objects(row, geometry, keys)
    row.geometry_type, row.key_fields = geometry, keys
    row.schema = _joined(sides)
    if owner is not None:
        row.name_zh, row.name_en = owner.name.zh, owner.name.en
    row.save()


def _refuse_with_objects(row: Layer, geometry: str, keys: list[str]) -> None:
    objects = row.features.count()
    if objects:
        before, after = (
            f"geometry {kind} and {'key ' + ', '.join(names) if names else 'no key'}"
            for kind, names in ((row.geometry_type, row.key_fields), (geometry, keys))
        )
        raise Refused(
            f"the layer {row.code} holds {objects} objects with {before}, which the document changes to "
            f"{after}; keep these, or give the layer another code",
            layer=row.code,
        )


def _joined(sides: Sequence[_Definition]) -> dict[str, Any]:
    required = frozenset().union(*(side.required for side in sides))
    names = dict.fromkeys(name for side in sides for name in side.properties)
    return {
        **sides[0].schema,
        "properties": {name: _joined_field(name, sides, must=name in required) for name in names},
        "required": [name for name in names if name in required],
    }


def _joined_field(name: str, sides: Sequence[_Definition], *, must: bool) -> dict[str, Any]:
    field: dict[str, Any] = {}
    for side in sides:
        field = {**_bare(side.properties.get(name, {})), **field}
    if must:
        return field
    if "type" in field:
        field["type"] = [field["type"], "null"]
    if "enum" in field:
        field["enum"] = [*field["enum"], None]
    return field
