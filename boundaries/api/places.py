"""Which cells a place lies in, and who answers for it."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import asked_scheme
from boundaries.api.documents import ResponsibleSerializer
from boundaries.locating import place_locate
from boundaries.policies import may_see_private
from geogrid.core.crs import resolve_crs
from geogrid.web.parameters import DecimalField, MomentField, Parameters, TextParameter, naming, shown
from geogrid.web.reading import ReadView, described

# A definition of one's own (WKT, PROJ) could be any of endlessly many, and each is remembered.
_CRS_NAME = re.compile(r"[A-Za-z0-9:_-]{1,24}", re.ASCII)


class CrsParameter(TextParameter):
    """A coordinate system by its short name."""

    def to_internal_value(self, data: Any) -> str:
        """Read the name; whether there is such a system is seen when it is used."""
        text = super().to_internal_value(data)
        if not _CRS_NAME.fullmatch(text):
            raise serializers.ValidationError(
                f"{shown(text)} is no short name of a coordinate system such as EPSG:4490, gcj02 or bd09"
            )
        return text.upper()


class LocateParameters(Parameters):
    """The place and the time."""

    lon = DecimalField(help_text="longitude, or easting in `crs`")
    lat = DecimalField(help_text="latitude, or northing in `crs`")
    crs = CrsParameter(required=False, help_text="EPSG:…, gcj02 or bd09; EPSG:4326 if left out")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")
    scheme = TextParameter(required=False, help_text="one scheme only; else all in force")


class LocatedCellSerializer(serializers.Serializer):
    """A cell that a place lies in."""

    level = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()


class NearestSerializer(serializers.Serializer):
    """The leaf nearest to a place that lies in none."""

    code = serializers.CharField()
    name = serializers.CharField()
    distance_m = serializers.FloatField()


class SchemeAnswerSerializer(serializers.Serializer):
    """Where a place is in one scheme."""

    scheme = serializers.CharField()
    edition = serializers.IntegerField()
    on_edge = serializers.BooleanField()
    method = serializers.CharField(help_text="within, boundary_tiebreak, gap or outside")
    override = serializers.JSONField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="why no leaf holds it")
    cells = LocatedCellSerializer(many=True, help_text="the top first; in a gap those above it")
    responsible = ResponsibleSerializer(many=True)
    touching = serializers.ListField(
        child=serializers.CharField(), help_text="the other leaves that a place on a border touches"
    )
    neighbours = LocatedCellSerializer(many=True, help_text="the same with their names")
    overlapping = LocatedCellSerializer(
        many=True, help_text="further cells that hold it, of levels that do not divide land"
    )
    nearest = NearestSerializer(allow_null=True)
    border_m = serializers.FloatField(allow_null=True, help_text="metres to the border of the leaf")
    hotlines = serializers.ListField(child=serializers.CharField())


class PlaceSerializer(serializers.Serializer):
    """Where a place is; `outside` if it is outside the land of every scheme."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()
    at = serializers.DateTimeField()
    outside = serializers.BooleanField()
    schemes = SchemeAnswerSerializer(many=True)


EXAMPLE = {
    "lon": 118.3375,
    "lat": 29.7149,
    "at": "2026-11-24T08:30:00+08:00",
    "outside": False,
    "schemes": [
        {
            "scheme": "example",
            "edition": 3,
            "on_edge": False,
            "method": "within",
            "override": None,
            "reason": None,
            "cells": [
                {"level": "city", "code": "3410", "name": "黄山市", "kind": ""},
                {"level": "street", "code": "341002001", "name": "昱东街道", "kind": "street"},
            ],
            "responsible": [
                {
                    "level": "street",
                    "post": "warden",
                    "post_name": {"zh": "网格员", "en": "Warden"},
                    "person": "王一",
                    "phone": "0559-1234567",
                    "acting_for": None,
                }
            ],
            "touching": [],
            "neighbours": [],
            "overlapping": [],
            "nearest": None,
            "border_m": 412.5,
            "hotlines": ["12345"],
        }
    ],
}


class LocateView(ReadView):
    """Which cells a place lies in, and who answers for it.

    The plain question of a stranger, of which there are most by far, is answered by `lean_door`.
    """

    throttle_scope = "locate"

    @described(
        "locate",
        summary="Locate a place",
        parameters=[LocateParameters],
        answer=PlaceSerializer,
        example=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        """Give the chain of cells of a place in every scheme, and who answers for each of them."""
        asked = LocateParameters.of(request)
        scheme = asked_scheme(asked["scheme"])
        if asked["crs"]:
            with naming("crs"):
                resolve_crs(asked["crs"])
        answer = place_locate(
            lon=asked["lon"],
            lat=asked["lat"],
            scheme=scheme.code if scheme else None,
            crs=asked["crs"],
            at=asked["at"],
            private=may_see_private(request.user),
        )
        return Response(answer.as_json())
