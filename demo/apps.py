"""The demonstration as an app."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A land to look at: made files, and the command that loads them."""

    name = "demo"
    verbose_name = "Demonstration"
