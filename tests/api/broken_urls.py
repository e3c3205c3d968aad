"""Addresses whose views fail, each in its own way."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from geogrid.core.errors import Refused
from geogrid.web.reading import ReadView


class Rest(ReadView):
    def get(self, request):
        raise RuntimeError("secret")


def plain(request):
    raise RuntimeError("secret")


@require_GET
def refused(request):
    raise Refused("no room")


def denied(request):
    raise PermissionDenied("secret")


def limited(request):
    return HttpResponse(status=429, headers={"Retry-After": "7"})


urlpatterns = [
    path("api/rest", Rest.as_view()),
    path("api/plain", plain),
    path("tiles/refused", refused),
    path("tiles/denied", denied),
    path("tiles/limited", limited),
]
