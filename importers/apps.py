"""The app importers."""

from django.apps import AppConfig


class ImportersConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "importers"
    default_auto_field = "django.db.models.BigAutoField"
