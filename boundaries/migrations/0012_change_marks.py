"""Marks that tell whether what answers are made of has changed: see docs/adr/0021-look-up.md."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

FUNCTION = Path(__file__).parent.parent / "sql" / "functions" / "boundaries_marked_v1.sql"
TABLES = ("boundaries_scheme", "boundaries_level", "boundaries_edition")

# Looked through at every question: empty space is left, so that a mark that changes stays on its page.
TABLE = """
CREATE TABLE boundaries_changemark (xact xid8 PRIMARY KEY, mark bigint NOT NULL) WITH (
    fillfactor = 50, autovacuum_vacuum_threshold = 20, autovacuum_vacuum_scale_factor = 0
);
"""
TRIGGER = """
CREATE TRIGGER marked AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION boundaries_marked_v1();
"""


class Migration(migrations.Migration):
    """Make the table, and leave marks where schemes and editions change."""

    dependencies = [("boundaries", "0011_draft_statistics")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE boundaries_changemark"),
        migrations.RunSQL(FUNCTION.read_text(encoding="utf-8"), "DROP FUNCTION boundaries_marked_v1()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER marked ON {table}")
            for table in TABLES
        ),
    ]
