from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("layers", "0005_cell_counts")]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    ("cell__isnull", True),
                    ("on_edge", True),
                    ("method", "manual"),
                    ("share__lt", 1),
                    _connector="OR",
                ),
                fields=["scheme"],
                name="assignment_to_look_at",
            ),
        ),
    ]
