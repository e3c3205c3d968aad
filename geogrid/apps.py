"""The project itself as an app: it brings the commands that belong to no subject."""

from __future__ import annotations

from django.apps import AppConfig


class GeogridConfig(AppConfig):
    """Commands `db`, `backup`, `restore` and `token`."""

    name = "geogrid"
    verbose_name = "GeoGrid"
