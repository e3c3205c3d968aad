"""The app layers."""

from django.apps import AppConfig


class LayersConfig(AppConfig):
    """What Django needs to know of the app."""

    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take part in publishing and auditing."""
        from boundaries import lines
        from boundaries.participants import register
        from layers.lines import FeatureLines
        from layers.participant import LayersParticipant

        register(LayersParticipant())
        lines.register(FeatureLines())
