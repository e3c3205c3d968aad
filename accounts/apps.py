"""The app accounts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See to it that the roles are always there."""
        from accounts.services.roles import roles_ensure

        post_migrate.connect(roles_ensure, sender=self, dispatch_uid="accounts.roles")
