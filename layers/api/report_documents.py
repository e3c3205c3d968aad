"""The documents that the API gives about counts, blind spots and conflicts."""

from __future__ import annotations

from rest_framework import serializers

from boundaries.api.documents import ChainLinkSerializer
from geogrid.web.fields import CountsField, PositionField
from layers.selectors.blind_spots import KINDS
from layers.selectors.conflicts import KINDS as CONFLICT_KINDS


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


class PairSerializer(serializers.Serializer):
    """Of the objects that two schemes claim: in a cell of both, of one only, of neither."""

    first = serializers.CharField()
    second = serializers.CharField()
    both = serializers.IntegerField()
    only_first = serializers.IntegerField()
    only_second = serializers.IntegerField()
    neither = serializers.IntegerField()


class GroupConflictsSerializer(serializers.Serializer):
    """The objects of a group: in exactly one of its schemes, in none, in several."""

    group = serializers.CharField()
    schemes = serializers.ListField(child=serializers.CharField())
    layers = serializers.ListField(child=serializers.CharField())
    objects = serializers.IntegerField()
    one = serializers.IntegerField()
    none = serializers.IntegerField()
    several = serializers.IntegerField()
    pairs = PairSerializer(many=True)


class ConflictsSerializer(serializers.Serializer):
    """The matrix of conflicts."""

    at = serializers.DateTimeField()
    groups = GroupConflictsSerializer(many=True)


class ConflictCellSerializer(serializers.Serializer):
    """A cell that claims an object."""

    scheme = serializers.CharField()
    cell = serializers.CharField()
    name = serializers.CharField()


class ConflictObjectSerializer(serializers.Serializer):
    """An object with none or several; a private key is null."""

    feature = serializers.IntegerField()
    layer = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CONFLICT_KINDS)
    cells = ConflictCellSerializer(many=True)
    position = PositionField()


class ConflictObjectsSerializer(serializers.Serializer):
    """A part of the list; `next` is the address of the next part."""

    at = serializers.DateTimeField()
    next = serializers.CharField(allow_null=True)
    results = ConflictObjectSerializer(many=True)
