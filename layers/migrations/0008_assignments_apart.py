"""Keep answers of one feature apart at a tenth of the price: see docs/adr/0020-bulk-assignment.md.

The exclusion constraint looks at answers with an end only; those without are kept apart by the unique index
`assignment_one_now`, and the ones from the others by a trigger that looks at all rows of a statement at once.
"""

from pathlib import Path

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations, models

FUNCTION = Path(__file__).parent.parent / "sql" / "functions" / "layers_assignments_apart_v1.sql"

TRIGGERS = """
CREATE TRIGGER assignments_apart_insert AFTER INSERT ON layers_assignment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_assignments_apart_v1();
CREATE TRIGGER assignments_apart_update AFTER UPDATE ON layers_assignment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_assignments_apart_v1();
"""
NO_TRIGGERS = """
DROP TRIGGER assignments_apart_insert ON layers_assignment;
DROP TRIGGER assignments_apart_update ON layers_assignment;
DROP FUNCTION layers_assignments_apart_v1();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0007_assignment_runs")]

    operations = [
        migrations.RunSQL(FUNCTION.read_text(encoding="utf-8") + TRIGGERS, NO_TRIGGERS),
        migrations.RemoveConstraint(model_name="assignment", name="assignment_one_at_a_time"),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=ExclusionConstraint(
                name="assignment_one_at_a_time",
                expressions=[
                    ("feature", RangeOperators.EQUAL),
                    ("scheme", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(valid__upper_inf=False),
            ),
        ),
    ]
