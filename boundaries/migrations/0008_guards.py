from pathlib import Path

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"

#: Each after those that it calls.
NAMES = (
    "boundaries_guard_levels_v1",
    "boundaries_guard_rest_v1",
    "boundaries_guard_noded_v1",
    "boundaries_guard_gaps_v1",
    "boundaries_guard_place_v1",
    "boundaries_guard_words_v1",
    "boundaries_guard_refuse_v1",
    "boundaries_guard_span_v1",
    "boundaries_guard_moments_v1",
    "boundaries_guard_touched_v1",
    "boundaries_guard_valid_v1",
    "boundaries_guard_inside_v1",
    "boundaries_guard_meeting_v1",
    "boundaries_guard_tiled_v1",
    "boundaries_guard_extent_v1",
    "boundaries_guard_parents_v1",
    "boundaries_guard_check_v1",
    "boundaries_guard_note_v1",
    "boundaries_guard_history_v1",
)

# What a transaction has changed and the one event that has it looked at; empty between transactions.
TABLES = """
CREATE TABLE boundaries_guardchange (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xact xid8 NOT NULL,
    version_id bigint NOT NULL,
    scheme_id bigint NOT NULL,
    level_id bigint NOT NULL,
    cell_id uuid NOT NULL,
    parent_id uuid,
    span tstzrange NOT NULL,
    held tstzrange
);
CREATE INDEX guard_change_version ON boundaries_guardchange (xact, version_id);
CREATE TABLE boundaries_guardevent (xact xid8 PRIMARY KEY);
"""

NO_TABLES = """
DROP TABLE boundaries_guardevent;
DROP TABLE boundaries_guardchange;
"""

# Moments are compared by the bounds of versions, so that each holds from its first moment on, and up to its last.
BOUNDS = """
ALTER TABLE boundaries_cellversion ADD CONSTRAINT cell_version_bounds CHECK (
    isempty(valid) OR ((lower_inf(valid) OR lower_inc(valid)) AND NOT upper_inc(valid))
);
CREATE INDEX cell_begins ON boundaries_cellversion (scheme_id, lower(valid));
CREATE INDEX cell_ends ON boundaries_cellversion (scheme_id, upper(valid)) WHERE upper(valid) IS NOT NULL;
"""

NO_BOUNDS = """
DROP INDEX cell_ends;
DROP INDEX cell_begins;
ALTER TABLE boundaries_cellversion DROP CONSTRAINT cell_version_bounds;
"""

TRIGGERS = """
CREATE TRIGGER guard_insert AFTER INSERT ON boundaries_cellversion
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION boundaries_guard_note_v1();
CREATE TRIGGER guard_update AFTER UPDATE ON boundaries_cellversion
    REFERENCING NEW TABLE AS added OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION boundaries_guard_note_v1();
CREATE TRIGGER guard_delete AFTER DELETE ON boundaries_cellversion
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION boundaries_guard_note_v1();
CREATE TRIGGER guard_history BEFORE UPDATE OR DELETE ON boundaries_cellversion FOR EACH ROW
    WHEN (upper(OLD.valid) <= clock_timestamp()) EXECUTE FUNCTION boundaries_guard_history_v1();
CREATE CONSTRAINT TRIGGER boundaries_guard AFTER INSERT ON boundaries_guardevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION boundaries_guard_check_v1();
"""

NO_TRIGGERS = """
DROP TRIGGER boundaries_guard ON boundaries_guardevent;
DROP TRIGGER guard_history ON boundaries_cellversion;
DROP TRIGGER guard_delete ON boundaries_cellversion;
DROP TRIGGER guard_update ON boundaries_cellversion;
DROP TRIGGER guard_insert ON boundaries_cellversion;
"""


class Migration(migrations.Migration):
    dependencies = [("boundaries", "0007_edits_and_lineage")]

    operations = [
        migrations.AddField(
            model_name="acceptance",
            name="level",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="boundaries.level",
            ),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="geom",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(
                help_text="the accepted gap, by which the database knows it", null=True, srid=4326
            ),
        ),
        migrations.RunSQL(TABLES, NO_TABLES),
        migrations.RunSQL(BOUNDS, NO_BOUNDS),
        *(
            migrations.RunSQL(
                (FUNCTIONS / f"{name}.sql").read_text(encoding="utf-8"), f"DROP FUNCTION {name};"
            )
            for name in NAMES
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
