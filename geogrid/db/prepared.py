"""Statements that are asked thousands of times a second: prepared once a connection, then only bound.

Django binds parameters into the text, so that the database parses and plans each statement anew, and asks
before the first one of a request whether the connection still lives. Here a connection that has died is
opened again when that is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def prepared_rows(query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a statement that reads, on Django's own connection and in its transaction, if there is one."""
    connection.ensure_connection()
    try:
        return _rows(query, parameters)
    except psycopg.OperationalError as error:
        if connection.in_atomic_block or not _is_dead(error):
            raise
    connection.close()
    connection.ensure_connection()
    return _rows(query, parameters)


def _rows(query: str, parameters: Mapping[str, Any] | None) -> list[tuple[Any, ...]]:
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        return cursor.execute(query, parameters, prepare=True).fetchall()


def _is_dead(error: Exception) -> bool:
    raw = connection.connection
    return raw is None or bool(raw.closed) or isinstance(error, psycopg.errors.AdminShutdown)
