"""Publishing drafts, and taking editions back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import draft_of_path
from boundaries.selectors import scheme_get
from boundaries.services.publishing import Publication, draft_publish
from boundaries.services.reverting import edition_revert
from geogrid.core.errors import FindingsInTheWay
from geogrid.web.parameters import Parameters
from geogrid.web.writing import Body, CountMember, MomentMember, TextMember, WriteView, writing


class PublishBody(Body):
    """When it takes effect, now if left out; the reason for which all its gaps may stay, if one is given."""

    effective = MomentMember(required=False, allow_null=True)
    accept_gaps = TextMember(required=False, allow_null=True, longest=1000)
    version = CountMember(required=False, allow_null=True)


class RevertBody(Body):
    """The number of the edition whose cells come back, and when."""

    to = CountMember()
    effective = MomentMember(required=False, allow_null=True)
    accept_gaps = TextMember(required=False, allow_null=True, longest=1000)


class PublicationSerializer(serializers.Serializer):
    """An edition that was published; further members are what features, people and tasks did about it."""

    published = serializers.BooleanField()
    scheme = serializers.CharField()
    draft = serializers.CharField()
    edition = serializers.IntegerField()
    effective = serializers.DateTimeField()
    blocking = serializers.ListField(child=serializers.CharField())
    accepted = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField()


def publication_response(publication: Publication) -> Response:
    """Give the new edition.

    Raises
    ------
    FindingsInTheWay
        If there is none.
    """
    if publication.edition is not None:
        return Response(publication.as_json())
    findings: list[dict[str, Any]] = [found.as_json() for found in publication.blocking[:_MOST]]
    raise FindingsInTheWay(
        publication.sentence,
        blocking=[found.ident for found in publication.blocking],
        findings=findings,
    )


_MOST = 100
"""How many findings a refusal tells whole; all of them are at the draft's findings."""


class DraftPublishView(WriteView):
    """Publishing a draft."""

    @writing(
        "draft_publish",
        summary="Make a draft the next edition",
        body=PublishBody,
        answer=PublicationSerializer,
    )
    def post(self, request: Request, draft: int) -> Response:
        """Publish; if others published the same cells first, 409 with what has to be decided."""
        Parameters.of(request)
        body = PublishBody.of(request)
        return publication_response(
            draft_publish(draft=draft_of_path(request, draft), by=request.user, **body)
        )


class RevertView(WriteView):
    """Taking editions back."""

    @writing(
        "scheme_revert",
        summary="Publish the cells of an earlier edition again",
        body=RevertBody,
        answer=PublicationSerializer,
    )
    def post(self, request: Request, scheme: str) -> Response:
        """Make the state of an earlier edition the next one; cells that come back are the same as before."""
        Parameters.of(request)
        body = RevertBody.of(request)
        return publication_response(edition_revert(scheme=scheme_get(scheme), by=request.user, **body))
