"""The tests: the real PostGIS of the private cluster, in a database of their own."""

from __future__ import annotations

import os

from geogrid.settings.base import *  # noqa: F403 -- settings modules extend one another this way
from geogrid.settings.base import DATABASES, MIDDLEWARE, REST_FRAMEWORK, VAR_DIR

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

# GEOGRID_TEST_DB lets several test runs of one checkout go on at once.
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("GEOGRID_TEST_DB", "test_geogrid")}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A test database need not survive a power cut; nothing else differs from the real one.
DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Static files are served from where they are written: nothing is collected before a test.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]

# Tests ask faster than people; those of the rates set them themselves.
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {}}

# Named by what they hold, so that test runs at once may share them; made anew when they are swept away.
LOCATORS_DIR = VAR_DIR / "test_locators"
