"""Let the planner expect that a draft has many rows.

A draft that is newer than the last ANALYZE is among none of the gathered values, and was taken to have one
row: a cell that was asked for by place or code was then looked for in all rows of the draft. Without
statistics of the column a draft counts as a two-hundredth of the table.
"""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Gather no statistics of whose draft a row is; the second statement drops those that there are."""

    dependencies = [("boundaries", "0010_cells_by_code")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE boundaries_draftcell ALTER COLUMN draft_id SET STATISTICS 0",
                "ALTER TABLE boundaries_draftcell ALTER COLUMN draft_id TYPE bigint",
            ],
            ["ALTER TABLE boundaries_draftcell ALTER COLUMN draft_id SET STATISTICS -1"],
        )
    ]
