"""The pages of the service as an app."""

from __future__ import annotations

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """The map, the look-up and the public page of a cell."""

    name = "workspace"
    verbose_name = "Pages"
