from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("layers", "0003_feature_squares")]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("cell__isnull", True)), fields=["scheme"], name="assignment_nowhere"
            ),
        ),
    ]
