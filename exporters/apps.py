"""The app exporters."""

from django.apps import AppConfig


class ExportersConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "exporters"
    default_auto_field = "django.db.models.BigAutoField"
