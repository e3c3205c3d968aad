"""The cases of the one rule by SQL alone, over the rows of a past edition."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.vectors.rule import rule_lands
from tests.vectors.stored_rule import stored_land

pytestmark = pytest.mark.django_db

# In lattice steps, whole numbers, PostGIS tells sides exactly on lands as small as these.
LEAVES = """
CREATE TEMPORARY TABLE leaves ON COMMIT DROP AS
WITH cells AS (
    SELECT c.cell_id, c.parent_id, c.code, l.rule,
           ST_SetSRID(ST_SnapToGrid(ST_Scale(c.geom, 1e8, 1e8), 1), 0) AS geom
    FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, NULL::bigint) c
    JOIN boundaries_level l ON l.id = c.level_id
    WHERE l.rule IN ('partition', 'ragged', 'partial')
)
SELECT c.code, coalesce(ST_Difference(c.geom, taken.geom), c.geom) AS geom
FROM cells c
CROSS JOIN LATERAL (SELECT ST_Union(k.geom) AS geom FROM cells k WHERE k.parent_id = c.cell_id) AS taken
WHERE NOT EXISTS (SELECT FROM cells k WHERE k.parent_id = c.cell_id AND k.rule <> 'partial')
"""
ANSWER = """
SELECT code, NOT ST_Contains(geom, here)
FROM leaves, ST_MakePoint(
    floor(%(lon)s::float8 * 1e8 + 0.5), floor(%(lat)s::float8 * 1e8 + 0.5)
) AS here
WHERE ST_Intersects(geom, here)
ORDER BY code COLLATE "C"
"""


@pytest.mark.parametrize("case", rule_lands(), ids=lambda case: case.name)
def test_past_places_are_answered_by_the_rule(case):
    stored = stored_land(case)
    with connection.cursor() as cursor:
        cursor.execute(LEAVES, {"scheme": stored.scheme.pk, "at": stored.first.effective})
        for point in case.points:
            cursor.execute(ANSWER, {"lon": point["lon"], "lat": point["lat"]})
            rows = cursor.fetchall()
            answer = ([code for code, _ in rows], any(on_border for _, on_border in rows))
            assert answer == (point["touching"], point["on_edge"]), point
