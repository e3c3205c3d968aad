"""The app schemes."""

from django.apps import AppConfig


class SchemesConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "schemes"
    default_auto_field = "django.db.models.BigAutoField"
