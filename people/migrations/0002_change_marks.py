"""Leave a mark where who answers may have changed: see `boundaries/migrations/0012_change_marks.py`."""

from __future__ import annotations

from django.db import migrations

TABLES = ("people_organisation", "people_post", "people_person", "people_appointment")
TRIGGER = """
CREATE TRIGGER marked AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION boundaries_marked_v1();
"""


class Migration(migrations.Migration):
    """Triggers on all that `who_answers` reads."""

    dependencies = [("people", "0001_initial"), ("boundaries", "0012_change_marks")]

    operations = [
        migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER marked ON {table}") for table in TABLES
    ]
