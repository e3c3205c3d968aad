"""The app boundaries."""

from django.apps import AppConfig


class BoundariesConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "boundaries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the roles say who may do what, and the checks who could reach the guard."""
        from boundaries import checks  # noqa: F401 -- registers itself
        from boundaries.policies import register
        from boundaries.role_policy import RolePolicy

        register(RolePolicy())
