"""One machine, one person, plain HTTP on loopback: what `script/server` and `script/manage` use."""

from __future__ import annotations

from geogrid.settings.base import *  # noqa: F403 -- settings modules extend one another this way
from geogrid.settings.environment import flag, names

# Off unless asked for: Django's debug mode keeps every SQL statement in memory, and an import has millions.
DEBUG = flag("GEOGRID_DEBUG")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *names("GEOGRID_ALLOWED_HOSTS")]
