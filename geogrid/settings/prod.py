"""A service that others reach: HTTPS only. `manage.py check --deploy` has nothing to add."""

from __future__ import annotations

from geogrid.settings.base import *  # noqa: F403 -- settings modules extend one another this way
from geogrid.settings.base import BEHIND_PROXY
from geogrid.settings.environment import required

ALLOWED_HOSTS = [host.strip() for host in required("GEOGRID_ALLOWED_HOSTS").split(",") if host.strip()]

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked over plain HTTP by the machine's own watchdog
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
