"""What is the same everywhere. Secrets come from the environment or from `var/`, never from here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from geogrid.settings.environment import database, flag, folder, names, rates, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = folder("GEOGRID_VAR", BASE_DIR / "var")

SECRET_KEY = secret_key(VAR_DIR)
DEBUG = False
ALLOWED_HOSTS = names("GEOGRID_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = names("GEOGRID_TRUSTED_ORIGINS")

# The upper app first: templates and commands of an upper app win over those below.
INSTALLED_APPS = [
    "demo",
    "workspace",
    "importers",
    "exporters",
    "schemes",
    "people",
    "layers",
    "boundaries",
    "accounts",
    "geogrid",
    "rest_framework",
    "drf_spectacular",
    "rest_framework.authtoken",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "geogrid.web.security.SecurityHeadersMiddleware",
    "geogrid.web.errors.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "geogrid.urls"
WSGI_APPLICATION = "geogrid.wsgi.application"
ASGI_APPLICATION = "geogrid.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database(BASE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Who guesses passwords of one user from one address has to wait; others in the same office do not.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time that is told is the time it takes
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "geogrid.web.clients.client_address"
AXES_ENABLE_ADMIN = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "geogrid.web.errors.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["geogrid.web.rates.AskerThrottle"],
    # Strangers by address, `.user` for who is signed in.
    # GEOGRID_RATES="locate=9000/min,read=off" changes them.
    "DEFAULT_THROTTLE_RATES": rates(
        {
            "locate": "600/min",
            "locate.user": "1200/min",
            "batch": "6/min",
            "batch.user": "30/min",
            "search": "600/min",
            "search.user": "1200/min",
            "read": "3000/min",
            "read.user": "6000/min",
            "write": "60/min",
            "write.user": "1200/min",
            "sign-in": "30/min",
            "bad-token": "60/min",
            "csp-report": "60/min",
            "csp-report.user": "60/min",
        }
    ),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GeoGrid",
    "VERSION": "1",
    "DESCRIPTION": (
        "Which cell a place lies in, who answers for it, and what is wrong on the land. Reading what is "
        "published needs no sign-in. Coordinates are longitude/latitude, EPSG:4326; areas m², lengths m; "
        "times carry a zone. Errors are problem documents (RFC 9457) with a stable `code`."
    ),
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SORT_OPERATIONS": False,
    "PATH_CONVERTER_OVERRIDES": {
        "code": {"type": "string", "minLength": 1, "maxLength": 200},
        "key": {"type": "string", "minLength": 1, "maxLength": 500},
    },
    "COMPONENT_SPLIT_REQUEST": False,
}

# Debian 12 ships GDAL 3.6, which cannot be told to stay off the network when it reads a spatial reference.
# It never reads a stranger's: foreign files go through pyogrio and pyproj, and ruff bans GeoDjango's GDAL.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "geogrid.web.static_storage.PageStaticStorage"},
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "geogrid.web.vendor.VendorFinder",
]
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Names that hold a version or a hash of what they give never give anything else.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/(vendor/[^/]+-\d+\.\d+\.\d+[^/]*/.+|.+\.[0-9a-f]{12}\.[^/.]+)$"
MEDIA_ROOT = VAR_DIR / "media"
RATES_FILE = VAR_DIR / "rates.sqlite3"
LOCATORS_DIR = VAR_DIR / "locators"

# Only a proxy that sets its headers itself may be believed, so that it must be asked for.
BEHIND_PROXY = flag("GEOGRID_BEHIND_PROXY")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in a meta element
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},  # it tells its version at every start
    },
}
