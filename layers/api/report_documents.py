"""The documents that the API gives about counts, blind spots and conflicts."""

from __future__ import annotations

from rest_framework import serializers

from boundaries.api.documents import ChainLinkSerializer
from geogrid.web.fields import CountsField, PositionField
from layers.selectors.blind_spots import KINDS


class CellCountsSerializer(serializers.Serializer):
    """A cell, and how many objects of each layer lie in it or in the cells below it."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    counts = CountsField(help_text="by layer; layers with none are left out")
    total = serializers.IntegerField()


class NearestCellSerializer(serializers.Serializer):
    """The cell that is nearest to an object in a gap."""

    code = serializers.CharField()
    name = serializers.CharField()
    distance_m = serializers.FloatField()


class DecisionSerializer(serializers.Serializer):
    """A person's decision; `until` if it ends, `by` for who may see it, `heeded` if its cell counts."""

    cell = serializers.CharField()
    reason = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    heeded = serializers.BooleanField()


class BlindSpotSerializer(serializers.Serializer):
    """An object to look at, and why; a private key is null, `method` is null for what was never assigned."""

    feature = serializers.IntegerField()
    layer = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))
    method = serializers.CharField(allow_null=True)
    cell = serializers.CharField(allow_null=True)
    chain = ChainLinkSerializer(many=True)
    share = serializers.FloatField()
    shares = serializers.DictField(child=serializers.FloatField())
    nearest = NearestCellSerializer(allow_null=True)
    nearest_m = serializers.FloatField(allow_null=True)
    position = PositionField()
    override = DecisionSerializer(allow_null=True)


class BlindSpotsSerializer(serializers.Serializer):
    """A part of the list; `numbers` are of all of it by kind, `next` is the address of the next part."""

    at = serializers.DateTimeField()
    numbers = CountsField()
    next = serializers.CharField(allow_null=True)
    results = BlindSpotSerializer(many=True)
