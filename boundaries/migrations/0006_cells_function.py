from pathlib import Path

from django.db import migrations

FUNCTIONS = Path(__file__).parent.parent / "sql" / "functions"


class Migration(migrations.Migration):
    dependencies = [("boundaries", "0005_tile_shapes")]

    operations = [
        migrations.RunSQL(
            (FUNCTIONS / "boundaries_cells_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION boundaries_cells_v1;",
        ),
    ]
