from django.contrib.gis.db import models
from django.db import migrations


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
    ]
