from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"
NAMES = ("layers_counts_add_v1", "layers_counts_follow_v1", "layers_cells_counted_v1")

TRIGGERS = """
CREATE TRIGGER assignment_counts_insert AFTER INSERT ON layers_assignment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
CREATE TRIGGER assignment_counts_update AFTER UPDATE ON layers_assignment
    REFERENCING NEW TABLE AS added OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
CREATE TRIGGER assignment_counts_delete AFTER DELETE ON layers_assignment
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
"""

NO_TRIGGERS = """
DROP TRIGGER assignment_counts_insert ON layers_assignment;
DROP TRIGGER assignment_counts_update ON layers_assignment;
DROP TRIGGER assignment_counts_delete ON layers_assignment;
"""

COUNT = """
SELECT layers_counts_add_v1(
    array_agg(scheme_id), array_agg(layer_id), array_agg(cell_id), array_agg(valid), array_agg(number)
)
FROM (
    SELECT a.scheme_id, f.layer_id, a.cell_id, a.valid, count(*) AS number
    FROM layers_assignment a
    JOIN layers_feature f ON f.id = a.feature_id
    WHERE a.cell_id IS NOT NULL
    GROUP BY a.scheme_id, f.layer_id, a.cell_id, a.valid
) AS stored;
"""

# A row is changed in its place while its page has room: what is indexed does not change.
ROOM = "ALTER TABLE layers_cellcount SET (fillfactor = 50);"
NO_ROOM = "ALTER TABLE layers_cellcount RESET (fillfactor);"


class Migration(migrations.Migration):
    dependencies = [("boundaries", "0011_draft_statistics"), ("layers", "0004_assignment_nowhere")]

    operations = [
        migrations.CreateModel(
            name="CellCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("foreseen", models.BooleanField()),
                ("since", models.DateTimeField()),
                ("count", models.BigIntegerField()),
                (
                    "cell",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="boundaries.cell",
                    ),
                ),
                (
                    "layer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="layers.layer",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="boundaries.scheme",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["scheme", "cell", "layer"], name="cell_count_of_cell")],
            },
        ),
        migrations.RunSQL(ROOM, NO_ROOM),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("valid__upper_inf", False)),
                fields=["cell"],
                name="assignment_was_of_cell",
            ),
        ),
        *(
            migrations.RunSQL(
                (FUNCTIONS / f"{name}.sql").read_text(encoding="utf-8"), f"DROP FUNCTION {name};"
            )
            for name in NAMES
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
