"""The whole life of a cell."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.documents import ChainLinkSerializer, ValiditySerializer
from boundaries.policies import may_see_private
from boundaries.selectors import scheme_get
from boundaries.selectors.history import BondFacts, CellHistory, CellMoment, cell_history, cell_of_code
from geogrid.web.parameters import CountField, Parameters
from geogrid.web.reading import ReadView, described

_DEPTH = 3
_MOST_DEPTH = 20

CHANGES = [
    *("created", "revived", "noded", "redigitised", "moved"),
    *("renamed", "renumbered", "reparented", "described"),
]


class HistoryParameters(Parameters):
    """How far to follow ancestors and heirs."""

    depth = CountField(
        required=False,
        most=_MOST_DEPTH,
        help_text=f"generations of ancestors and heirs, {_DEPTH} unless given",
    )


class CellMomentSerializer(serializers.Serializer):
    """A cell from one edition to another; `changes` say what is other than before."""

    edition = serializers.IntegerField()
    effective = serializers.DateTimeField()
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField(
        allow_null=True, help_text="null for those who may not see people, and where a command published"
    )
    valid = ValiditySerializer()
    level = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    area_m2 = serializers.FloatField(allow_null=True)
    area_before_m2 = serializers.FloatField(allow_null=True)
    distance_m = serializers.FloatField(allow_null=True, help_text="how far its border went at most")
    exchanged_m2 = serializers.FloatField(allow_null=True, help_text="gained and lost land together")
    changes = serializers.ListField(child=serializers.ChoiceField(choices=CHANGES))


class BondSerializer(serializers.Serializer):
    """Land that went from one cell to another; `derived` if concluded from the land, not written down."""

    depth = serializers.IntegerField()
    edition = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    share = serializers.FloatField(help_text="of the predecessor's area, 0 to 1")
    derived = serializers.BooleanField()
    predecessor = ChainLinkSerializer(allow_null=True)
    successor = ChainLinkSerializer(allow_null=True)


class CellHistorySerializer(serializers.Serializer):
    """The life of a cell, past and future; `truncated` if more ancestors or heirs there are than are told."""

    scheme = serializers.CharField()
    code = serializers.CharField()
    versions = CellMomentSerializer(many=True)
    predecessors = BondSerializer(many=True)
    successors = BondSerializer(many=True)
    truncated = serializers.BooleanField()


EXAMPLE = {
    "scheme": "environment",
    "code": "341002001",
    "versions": [
        {
            "edition": 2,
            "effective": "2026-06-01T00:00:00+08:00",
            "published_at": "2026-05-20T09:30:00+08:00",
            "published_by": None,
            "valid": {"from": "2026-06-01T00:00:00+08:00", "to": None},
            "level": "street",
            "code": "341002001",
            "name": "昱东街道",
            "kind": "street",
            "parent": "341002",
            "area_m2": 5123456.7,
            "area_before_m2": 5123301.2,
            "distance_m": 2.4,
            "exchanged_m2": 310.5,
            "changes": ["redigitised", "renamed"],
        }
    ],
    "predecessors": [
        {
            "depth": 1,
            "edition": 1,
            "at": "2026-03-01T00:00:00+08:00",
            "share": 0.41,
            "derived": False,
            "predecessor": {"level": "street", "code": "341002000", "name": "旧街道"},
            "successor": {"level": "street", "code": "341002001", "name": "昱东街道"},
        }
    ],
    "successors": [],
    "truncated": False,
}


class CellHistoryView(ReadView):
    """The life of one cell."""

    @described(
        "cell_history",
        summary="Versions of a cell, its ancestors and its heirs",
        parameters=[HistoryParameters],
        answer=CellHistorySerializer,
        example=EXAMPLE,
    )
    def get(self, request: Request, scheme: str, code: str) -> Response:
        """Give all that a cell was, is and will be; a code that it had before answers as well."""
        depth = HistoryParameters.of(request)["depth"] or _DEPTH
        found = scheme_get(scheme)
        told = cell_history(cell_of_code(found, code), depth=depth)
        private = may_see_private(request.user)
        facts = {"scheme": found.code, "code": code, **_history_facts(told, private=private)}
        return Response(CellHistorySerializer(facts).data)


def _history_facts(told: CellHistory, *, private: bool) -> dict[str, Any]:
    return {
        "versions": [_moment_facts(moment, private=private) for moment in told.versions],
        "predecessors": [_bond_facts(one) for one in told.predecessors],
        "successors": [_bond_facts(one) for one in told.successors],
        "truncated": told.truncated,
    }


def _moment_facts(moment: CellMoment, *, private: bool) -> dict[str, Any]:
    return {
        **vars(moment),
        "published_by": moment.published_by if private else None,
        "valid": {"from": moment.valid_from, "to": moment.valid_to},
    }


def _bond_facts(one: BondFacts) -> dict[str, Any]:
    return {**vars(one.bond), "depth": one.depth, "predecessor": one.predecessor, "successor": one.successor}
