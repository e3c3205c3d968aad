"""A statement that is asked thousands of times a second: prepared once a connection, then only run.

Django binds parameters into the text, so that the database parses and plans each statement anew, and asks
before the first one of a request whether the connection still lives; psycopg makes half a dozen objects for
an answer. Here libpq is called as it is, and a connection that has died is opened again when that is seen.
"""

from __future__ import annotations

import weakref

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

_READY = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}
#: The statements of each connection, by their texts.
_names: weakref.WeakKeyDictionary[psycopg.Connection, dict[str, bytes]] = weakref.WeakKeyDictionary()


def prepared_text(query: str) -> str:
    """Give the one value of a statement that reads, as the database writes it.

    It runs on Django's own connection and beside its transactions: not to be asked within one.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    try:
        return _text(wrapper, query)
    except psycopg.OperationalError:
        if wrapper.in_atomic_block or not _is_dead(wrapper):
            raise
    wrapper.close()
    wrapper.ensure_connection()
    return _text(wrapper, query)


def _text(wrapper: BaseDatabaseWrapper, query: str) -> str:
    raw = wrapper.connection
    names = _names.setdefault(raw, {})
    name = names.get(query)
    if name is None:
        name = f"geogrid_{len(names)}".encode()
        _checked(wrapper, raw.pgconn.prepare(name, query.encode()))
        names[query] = name
    value = _checked(wrapper, raw.pgconn.exec_prepared(name, None)).get_value(0, 0)
    return (value or b"").decode()


def _checked(wrapper: BaseDatabaseWrapper, result: PGresult) -> PGresult:
    if result.status in _READY:
        return result
    if wrapper.connection.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError("the connection has died")
    with wrapper.wrap_database_errors:
        raise psycopg.errors.error_from_result(result)


def _is_dead(wrapper: BaseDatabaseWrapper) -> bool:
    raw = wrapper.connection
    return raw is None or bool(raw.closed)
