from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"
NAMES = ("layers_world_x_v1", "layers_world_y_v1", "layers_squares_follow_v1")

TRIGGERS = """
CREATE TRIGGER feature_squares_insert AFTER INSERT ON layers_feature
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_squares_follow_v1();
CREATE TRIGGER feature_squares_update AFTER UPDATE ON layers_feature
    REFERENCING NEW TABLE AS added OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION layers_squares_follow_v1();
CREATE TRIGGER feature_squares_delete AFTER DELETE ON layers_feature
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION layers_squares_follow_v1();
"""

NO_TRIGGERS = """
DROP TRIGGER feature_squares_insert ON layers_feature;
DROP TRIGGER feature_squares_update ON layers_feature;
DROP TRIGGER feature_squares_delete ON layers_feature;
"""

COUNT = """
INSERT INTO layers_featuresquare (layer_id, x, y, count, sum_u, sum_v, sum_id)
SELECT layer_id, u >> 12, v >> 12, count(*), sum(u), sum(v), sum(id)
FROM (
    SELECT layer_id, id, layers_world_x_v1(ST_X(ST_Centroid(geom))) AS u,
           layers_world_y_v1(ST_Y(ST_Centroid(geom))) AS v
    FROM layers_feature
    WHERE ST_Dimension(geom) <> 1 AND NOT ST_IsEmpty(geom)
) AS placed
GROUP BY layer_id, u >> 12, v >> 12;
"""

LINES = "CREATE INDEX feature_lines ON layers_feature USING gist (geom) WHERE ST_Dimension(geom) = 1;"
NO_LINES = "DROP INDEX feature_lines;"


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_standing_layers")]

    operations = [
        migrations.CreateModel(
            name="FeatureSquare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("x", models.IntegerField()),
                ("y", models.IntegerField()),
                ("count", models.BigIntegerField()),
                ("sum_u", models.BigIntegerField()),
                ("sum_v", models.BigIntegerField()),
                ("sum_id", models.BigIntegerField(help_text="of one feature, its id")),
                (
                    "layer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="squares",
                        to="layers.layer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("layer", "x", "y"), name="feature_square_once")
                ],
            },
        ),
        *(
            migrations.RunSQL(
                (FUNCTIONS / f"{name}.sql").read_text(encoding="utf-8"), f"DROP FUNCTION {name};"
            )
            for name in NAMES
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(LINES, NO_LINES),
    ]
