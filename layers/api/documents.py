"""The documents that the API gives about layers and features."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from geogrid.web.fields import AttributesField, BoundsField, GeometryField, PositionField, TitleSerializer


class LayerSerializer(serializers.Serializer):
    """A register of objects; `scheme` if it is the own of one, `fields` are those the asker may see."""

    code = serializers.CharField()
    name = TitleSerializer()
    geometry_type = serializers.CharField()
    count = serializers.IntegerField()
    scheme = serializers.CharField(allow_null=True)
    fields_ = serializers.ListField(child=AttributesField())

    def get_fields(self) -> dict[str, serializers.Field]:
        """Call the fields `fields`, which is a name of the serializer's own."""
        declared = super().get_fields()
        declared["fields"] = declared.pop("fields_")
        return declared


class FeatureRowSerializer(serializers.Serializer):
    """An object in a list; `cell` and `method` if a scheme is asked for; a private key is null."""

    layer = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    attributes = AttributesField()
    geometry = GeometryField()
    cell = serializers.CharField(allow_null=True)
    method = serializers.CharField(allow_null=True)


class AssignmentSerializer(serializers.Serializer):
    """The cell of an object in a scheme, or why there is none; `renewing` while a new edition is applied."""

    scheme = serializers.CharField()
    cell = serializers.CharField(allow_null=True)
    cell_name = serializers.CharField(allow_null=True)
    level = serializers.CharField(allow_null=True)
    method = serializers.CharField()
    share = serializers.FloatField()
    on_edge = serializers.BooleanField()
    shares = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    nearest_m = serializers.FloatField(allow_null=True)
    renewing = serializers.BooleanField()


class FeatureSerializer(serializers.Serializer):
    """An object, and its cell in each scheme."""

    layer = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    attributes = AttributesField()
    geometry = GeometryField()
    assignments = AssignmentSerializer(many=True)


class HitSerializer(serializers.Serializer):
    """A cell or an object that a search found; `path` are the cells above it."""

    kind = serializers.ChoiceField(choices=["cell", "feature"])
    scheme = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    layer = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    name = serializers.CharField()
    path = serializers.CharField()
    centre = PositionField()
    bbox = BoundsField()


class SearchSerializer(serializers.Serializer):
    """What a search found, the best first."""

    query = serializers.CharField()
    results = HitSerializer(many=True)


def field_documents(schema: dict[str, Any], hidden: frozenset[str]) -> list[dict[str, Any]]:
    """Give the fields of a layer's JSON Schema that may be seen: `{code, name}` and what else it says."""
    fields = []
    for code, entry in schema.get("properties", {}).items():
        if code not in hidden:
            title = entry.get("title", code)
            names = entry.get("x-title") or {"zh": title, "en": title}
            facts = {key: entry[key] for key in ("type", "format", "enum", "x-unit") if key in entry}
            fields.append({"code": code, "name": names, **facts})
    return fields
