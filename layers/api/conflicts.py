"""Conflicts over HTTP: objects that two schemes answer for, or none, where exactly one has to."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from boundaries.policies import allowed
from geogrid.web.pagination import DEFAULT_SIZE
from geogrid.web.parameters import CountField, MomentField, Parameters, TextParameter, naming
from geogrid.web.reading import ReadView, described
from layers.api.report_documents import ConflictObjectsSerializer, ConflictsSerializer
from layers.api.reports import asked_layer
from layers.selectors.conflicts import (
    KINDS,
    MOST,
    Group,
    conflict_objects,
    conflicts,
    group_get,
    groups_all,
)


class ConflictsParameters(Parameters):
    """Of which group, and when."""

    group = TextParameter(required=False, help_text="code of a group; all if left out")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")


class ConflictObjectsParameters(Parameters):
    """Which objects, and when."""

    group = TextParameter(help_text="code of a group")
    kind = serializers.ChoiceField(KINDS, required=False, help_text="with none, or with several; else both")
    layer = TextParameter(required=False, help_text="code of a layer: its objects only")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")
    after = CountField(required=False, help_text="go on after the object of this number; `next` has it")
    limit = CountField(most=MOST, required=False, help_text=f"at most so many; {DEFAULT_SIZE} if left out")


CONFLICTS_EXAMPLE = {
    "at": "2026-11-25T08:00:00+08:00",
    "groups": [
        {
            "group": "inspection",
            "schemes": ["environment", "labour"],
            "layers": ["enterprise"],
            "objects": 1000,
            "one": 980,
            "none": 5,
            "several": 15,
            "pairs": [
                {
                    "first": "environment",
                    "second": "labour",
                    "both": 15,
                    "only_first": 600,
                    "only_second": 380,
                    "neither": 5,
                }
            ],
        }
    ],
}


class ConflictsView(ReadView):
    """The matrix of conflicts."""

    @described(
        "conflicts",
        summary="How many objects two schemes answer for, or none, where exactly one has to",
        parameters=[ConflictsParameters],
        answer=ConflictsSerializer,
        example=CONFLICTS_EXAMPLE,
        found=False,
    )
    def get(self, request: Request) -> Response:
        """Count group by group, and for each two schemes of a group."""
        asked = ConflictsParameters.of(request)
        at = asked["at"] or timezone.now()
        groups = groups_all() if asked["group"] is None else [_asked_group(asked["group"])]
        counted = [conflicts(group, at=at) for group in groups]
        return Response(ConflictsSerializer({"at": at, "groups": counted}).data)


class ConflictObjectsView(ReadView):
    """The objects in conflict."""

    @described(
        "conflict_objects",
        summary="Objects that two schemes answer for, or none, where exactly one has to",
        parameters=[ConflictObjectsParameters],
        answer=ConflictObjectsSerializer,
        found=False,
    )
    def get(self, request: Request) -> Response:
        """List them in the order of their numbers, with their cells."""
        asked = ConflictObjectsParameters.of(request)
        part = conflict_objects(
            _asked_group(asked["group"]),
            at=asked["at"] or timezone.now(),
            kind=asked["kind"],
            layer=asked_layer(asked["layer"]),
            after=asked["after"] or 0,
            limit=asked["limit"] or DEFAULT_SIZE,
            private=allowed(request.user, "features.private"),
        )
        following = part.next and replace_query_param(request.build_absolute_uri(), "after", part.next)
        facts = {"at": part.at, "next": following, "results": part.rows}
        return Response(ConflictObjectsSerializer(facts).data)


def _asked_group(code: str) -> Group:
    with naming("group"):
        return group_get(code)
