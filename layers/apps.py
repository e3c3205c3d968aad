"""The app layers."""

from django.apps import AppConfig


class LayersConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"
