"""The documents that the API gives about counts, blind spots and conflicts."""

from __future__ import annotations

from rest_framework import serializers

from geogrid.web.fields import CountsField


class CellCountsSerializer(serializers.Serializer):
    """A cell, and how many objects of each layer lie in it or in the cells below it."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    counts = CountsField(help_text="by layer; layers with none are left out")
    total = serializers.IntegerField()
