"""What the settings take from the environment and from `var/`."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from geogrid.cluster.connection import Connection
from geogrid.cluster.errors import SetupError
from geogrid.cluster.state import FIRST_PORT, State, load_state


def flag(name: str) -> bool:
    """Read a switch: on is `1`, `true`, `yes` or `on`."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def names(name: str) -> list[str]:
    """Read a list separated by commas."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def folder(name: str, default: Path) -> Path:
    """Read the place of a folder; a relative one is below the working directory."""
    given = os.environ.get(name, "").strip()
    return Path(given).resolve() if given else default


def rates(standard: dict[str, str]) -> dict[str, str | None]:
    """Read what GEOGRID_RATES says of rates, such as `locate=9000/min,read=off`; the others are standard."""
    changed: dict[str, str | None] = {**standard}
    for item in names("GEOGRID_RATES"):
        scope, _, rate = item.partition("=")
        if scope not in standard or not re.fullmatch(r"off|[1-9]\d*/(s|min|h|day)", rate):
            raise SetupError(
                f"GEOGRID_RATES says {item!r}; write SCOPE=NUMBER/min or SCOPE=off, with one of the scopes "
                f"{', '.join(standard)}"
            )
        changed[scope] = None if rate == "off" else rate
    return changed


def required(name: str) -> str:
    """Read a value that has no default."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise SetupError(f"{name} is not set: the production settings need it")
    return value


def secret_key(var: Path) -> str:
    """Take GEOGRID_SECRET_KEY, or the key made at the first start and kept for its owner only."""
    if given := os.environ.get("GEOGRID_SECRET_KEY"):
        return given
    path = var / "secret_key"
    var.mkdir(exist_ok=True)
    if not path.exists():
        # Written under a name of its own and linked: of two first starts at once, one key wins whole.
        mine = var / f"secret_key.{os.getpid()}"
        descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text(encoding="ascii")


def connection(root: Path) -> Connection:
    """Reach the database of DATABASE_URL, or the private cluster's."""
    if url := os.environ.get("DATABASE_URL"):
        return Connection.from_url(url)
    state = load_state(root)
    if state is None:
        # Commands that need no database work before the first start; the others are refused by this port.
        state = State(port=FIRST_PORT, owner_password="", admin_password="")
    return state.as_owner()


def database(root: Path) -> dict[str, Any]:
    """Describe the database to Django."""
    target = connection(root)
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "HOST": target.host,
        "PORT": target.port,
        "USER": target.user,
        "PASSWORD": target.password,
        "NAME": target.name,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "geogrid", **target.options},
    }
