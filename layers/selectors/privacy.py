"""What of the features somebody may see: a field that any document keeps private is private everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from boundaries.models import Scheme
from layers.models import Layer

NAME_FIELD = "name"
"""The attribute that says what people call a feature."""


@dataclass(frozen=True)
class LayerPrivacy:
    """A layer as somebody may see it.

    Attributes
    ----------
    hidden : frozenset of str
        Attributes that are not shown.
    hides_key : bool
        The key is made of one of them, so that it is not shown either.
    """

    layer: Layer
    hidden: frozenset[str]
    hides_key: bool
    name_field: str = NAME_FIELD

    @property
    def hides_name(self) -> bool:
        """Whether what people call a feature is not shown."""
        return self.name_field in self.hidden

    def public(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out what is not shown."""
        return {name: value for name, value in attributes.items() if name not in self.hidden}


def layers_seen(layers: Iterable[Layer], *, private: bool) -> list[LayerPrivacy]:
    """Tell of layers what may be seen: all of it if `private`, else what no document keeps private."""
    listed = list(layers)
    if private:
        return [LayerPrivacy(layer, frozenset(), hides_key=False) for layer in listed]
    documents = list(Scheme.objects.values_list("document", flat=True))
    return [_seen(layer, documents) for layer in listed]


def _seen(layer: Layer, documents: Iterable[Mapping[str, Any]]) -> LayerPrivacy:
    properties: Mapping[str, Mapping[str, Any]] = layer.schema.get("properties", {})
    hidden = {name for name, entry in properties.items() if entry.get("x-private")}
    keys = set(layer.key_fields)
    for document in documents:
        for blocks in (document.get("layers") or {}, document.get("registers") or {}):
            block = blocks.get(layer.code) or {}
            keys |= set(block.get("key", ()))
            hidden |= _private_fields(block.get("fields") or {})
    return LayerPrivacy(layer, frozenset(hidden), hides_key=not hidden.isdisjoint(keys))


def _private_fields(fields: Mapping[str, Any] | list[str]) -> set[str]:
    # A plain list of names says nothing about them.
    if not isinstance(fields, Mapping):
        return set()
    return {name for name, block in fields.items() if isinstance(block, Mapping) and block.get("private")}
