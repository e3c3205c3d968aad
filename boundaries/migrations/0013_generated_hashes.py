from pathlib import Path

from django.contrib.gis.db import models
from django.db import migrations

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"

GUARD = """
CREATE OR REPLACE TRIGGER guard_history BEFORE UPDATE OR DELETE ON boundaries_cellversion FOR EACH ROW
    WHEN (upper(OLD.valid) <= clock_timestamp()) EXECUTE FUNCTION boundaries_guard_history_v{};
"""


def _guard(new: int, old: int) -> str:
    source = (FUNCTIONS / f"boundaries_guard_history_v{new}.sql").read_text(encoding="utf-8")
    return f"{source}{GUARD.format(f'{new}()')}DROP FUNCTION boundaries_guard_history_v{old}();"


class Migration(migrations.Migration):
    """Let the database keep the hash of each geometry itself; those of before are made as rows are rewritten."""

    dependencies = [
        ("boundaries", "0012_change_marks"),
    ]

    operations = [
        migrations.RemoveField(model_name="cellversion", name="sha256"),
        migrations.AddField(
            model_name="cellversion",
            name="sha256",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.F("geom"),
                    template="encode(sha256(coalesce(ST_AsBinary(%(expressions)s, 'NDR'), ''::bytea)), 'hex')",
                ),
                help_text="of the geometry as little-endian WKB; of nothing where there is none",
                output_field=models.TextField(),
            ),
        ),
        migrations.RunSQL(_guard(2, 1), _guard(1, 2)),
    ]
