"""The addresses of the service."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from boundaries.urls import api_urlpatterns as boundaries_api
from boundaries.urls import tile_urlpatterns as boundaries_tiles
from geogrid.web.health import healthz
from geogrid.web.violations import csp_report
from importers.urls import api_urlpatterns as importers_api
from layers.urls import api_urlpatterns as layers_api
from layers.urls import tile_urlpatterns as layers_tiles

api_urlpatterns = [*boundaries_api, *layers_api, *importers_api]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("csp-report", csp_report, name="csp_report"),
    path("api/v1/", include((api_urlpatterns, "api"))),
    path("", include((boundaries_tiles, "tiles"))),
    path("", include((layers_tiles, "feature_tiles"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("accounts.urls")),
    path("", include("workspace.urls")),
]
