"""What stops the set-up or the private database, as sentences for people."""

from __future__ import annotations


class SetupError(Exception):
    """The machine is not as the project needs it; the message says what to do."""


class MissingPackages(SetupError):
    """Programs of the operating system are missing."""


class DatabaseUrlInUse(SetupError):
    """DATABASE_URL is set, so the private database takes no part."""
