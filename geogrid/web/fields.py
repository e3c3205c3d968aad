"""Fields of documents that several apps give."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2, "nullable": True}
BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4, "nullable": True}
GEOMETRY = {
    "type": "object",
    "description": "GeoJSON, longitude/latitude",
    "properties": {"type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}},
    "required": ["type"],
    "nullable": True,
}


class TitleSerializer(serializers.Serializer):
    """A name in both languages."""

    zh = serializers.CharField(allow_blank=True)
    en = serializers.CharField(allow_blank=True)


@extend_schema_field(TitleSerializer)
class TitleField(serializers.Field):
    """The name of something that has `name_zh` and `name_en`; by default that of the object itself."""

    def __init__(self, *, source: str = "*") -> None:
        """Say whose name it is."""
        super().__init__(source=source, read_only=True)

    def to_representation(self, value: Any) -> dict[str, str]:
        """Give the name."""
        return {"zh": value.name_zh, "en": value.name_en}


class _PlainField(serializers.Field):
    """What is JSON already."""

    def to_representation(self, value: Any) -> Any:
        """Give it as it is."""
        return value


@extend_schema_field(POSITION)
class PositionField(_PlainField):
    """Longitude and latitude; null where there is no land."""


@extend_schema_field(BOX)
class BoundsField(_PlainField):
    """West, south, east, north; null where there is no land."""


@extend_schema_field(GEOMETRY)
class GeometryField(_PlainField):
    """GeoJSON; null where there is none."""


@extend_schema_field({"type": "object", "additionalProperties": {}})
class AttributesField(_PlainField):
    """Attributes as they are stored."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class NamesField(_PlainField):
    """Names by code."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
class CountsField(_PlainField):
    """Numbers by code."""
