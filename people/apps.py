"""The app people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take part in what `boundaries` does."""
        from boundaries.participants import register
        from people.participant import PeopleParticipant

        register(PeopleParticipant())
