"""Who is asking."""

from __future__ import annotations

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import roles_of
from boundaries.policies import rights_of
from geogrid.web.parameters import Parameters
from geogrid.web.reading import ReadView, described

_ME = inline_serializer(
    "Me",
    {
        "signed_in": serializers.BooleanField(),
        "name": serializers.CharField(allow_blank=True),
        "roles": serializers.ListField(child=serializers.CharField()),
        "may": serializers.ListField(child=serializers.CharField()),
    },
)


class MeView(ReadView):
    """Who is asking."""

    @described("me", summary="Who is asking, and what they may do", answer=_ME, found=False)
    def get(self, request: Request) -> Response:
        """Give the asker's name, roles and rights."""
        Parameters.of(request)
        user = request.user
        response = Response(
            {
                "signed_in": user.is_authenticated,
                "name": user.get_username(),
                "roles": sorted(roles_of(user)),
                "may": rights_of(user),
            }
        )
        response["Cache-Control"] = "no-store"
        return response
