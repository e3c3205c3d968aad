"""The API's front door."""

from __future__ import annotations

from django.urls import get_resolver
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from geogrid.web.parameters import Parameters
from geogrid.web.reading import ReadView, described

_ENDPOINTS = inline_serializer(
    "Index",
    {
        "schema": serializers.CharField(),
        "endpoints": serializers.DictField(child=serializers.CharField()),
    },
)


class IndexView(ReadView):
    """What there is."""

    @described("index", summary="All addresses", answer=_ENDPOINTS, found=False)
    def get(self, request: Request) -> Response:
        """List the addresses by name; braces stand for what the asker fills in."""
        Parameters.of(request)
        root = request.build_absolute_uri("/")
        _, resolver = get_resolver().namespace_dict["api"]
        known = {name: resolver.reverse_dict.getlist(name)[0][0][0][0] for name in _names(resolver)}
        return Response(
            {
                "schema": f"{root}api/schema/",
                "endpoints": {
                    name: f"{root}api/v1/{_braced(address)}" for name, address in sorted(known.items())
                },
            }
        )


def _names(resolver: object) -> list[str]:
    return [name for name in resolver.reverse_dict if isinstance(name, str) and name != "index"]


def _braced(address: str) -> str:
    return address.replace("%(", "{").replace(")s", "}")
