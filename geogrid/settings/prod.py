"""A service that others reach: HTTPS only. `manage.py check --deploy` has nothing to add."""

from __future__ import annotations

from geogrid.settings.base import *  # noqa: F403 -- settings modules extend one another this way
from geogrid.settings.environment import flag, required

ALLOWED_HOSTS = [host.strip() for host in required("GEOGRID_ALLOWED_HOSTS").split(",") if host.strip()]

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked over plain HTTP by the machine's own watchdog
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

# Only a proxy that sets this header itself may be believed, so that it must be asked for.
if flag("GEOGRID_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
