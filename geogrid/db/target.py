"""The database that Django is using now, as PostgreSQL's own programs are told of it."""

from __future__ import annotations

from typing import Any

from django.db import connection

from geogrid.cluster.connection import Connection


def current_target() -> Connection:
    """Describe the default database, the tests' one during tests."""
    facts = connection.settings_dict
    return Connection(
        host=facts["HOST"],
        port=int(facts["PORT"]),
        user=facts["USER"],
        password=facts["PASSWORD"],
        name=facts["NAME"],
        options={option: str(value) for option, value in facts["OPTIONS"].items()},
    )


def psycopg_arguments(target: Connection) -> dict[str, Any]:
    """Give the arguments of `psycopg.connect`."""
    return {
        "host": target.host,
        "port": target.port,
        "user": target.user or None,
        "password": target.password or None,
        "dbname": target.name,
        **target.options,
    }
