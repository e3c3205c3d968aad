"""What a database holds: rows of every table, migrations, extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

# Tables of extensions (PostGIS has one) are theirs to fill.
TABLES = """
SELECT n.nspname, c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\\_%'
   AND NOT EXISTS (
         SELECT FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, 2
"""
EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname"
MIGRATIONS = "SELECT app || '.' || name FROM django_migrations ORDER BY 1"


@dataclass(frozen=True)
class Census:
    """What was counted in one snapshot."""

    tables: dict[str, int]
    migrations: list[str]
    extensions: list[str]


def take_census(connection: Connection[Any]) -> Census:
    """Count everything in the transaction of `connection`."""
    tables = connection.execute(TABLES).fetchall()
    has_migrations = ("public", "django_migrations") in tables
    return Census(
        tables={f"{schema}.{table}": _rows(connection, schema, table) for schema, table in tables},
        migrations=_column(connection, MIGRATIONS) if has_migrations else [],
        extensions=_column(connection, EXTENSIONS),
    )


def differences(expected: dict[str, int], found: dict[str, int]) -> list[str]:
    """Name the tables whose numbers of rows differ."""
    return [
        f"{table}: {found.get(table, 'missing')} instead of {expected.get(table, 'none')}"
        for table in sorted(expected.keys() | found.keys())
        if expected.get(table) != found.get(table)
    ]


def _rows(connection: Connection[Any], schema: str, table: str) -> int:
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    row = connection.execute(count).fetchone()
    return int(row[0]) if row else 0


def _column(connection: Connection[Any], query: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(query).fetchall()]
