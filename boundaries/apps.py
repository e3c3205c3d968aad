"""The app boundaries."""

from django.apps import AppConfig


class BoundariesConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "boundaries"
    default_auto_field = "django.db.models.BigAutoField"
