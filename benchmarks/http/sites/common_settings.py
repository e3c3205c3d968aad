"""What both sites are told: a database of their own, nothing that they can do without."""

from __future__ import annotations

import json
import os
from typing import Any


def settings_of(**more: Any) -> dict[str, Any]:
    """Give the settings of a site; the database comes from the environment, as JSON."""
    database = json.loads(os.environ["BENCH_DATABASE"])
    return {
        "SECRET_KEY": "of a benchmark, for nobody",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "USE_TZ": True,
        "MIDDLEWARE": [],
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "DATABASES": {
            "default": {
                "ENGINE": "django.contrib.gis.db.backends.postgis",
                "CONN_MAX_AGE": 60,
                **database,
            }
        },
        **more,
    }
