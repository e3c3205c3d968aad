-- Refuse if the interior of a given cell meets another's on its level, where nothing above the level is tiled that
-- would tell: at the top of a scheme without an extent, and on partial levels.
CREATE FUNCTION boundaries_guard_meeting_v1(of_scheme bigint, as_of timestamptz, touched uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    fault record;
BEGIN
    WITH levels AS MATERIALIZED (
        SELECT l.level_id
        FROM boundaries_guard_levels_v1(of_scheme, as_of) l
        JOIN boundaries_scheme s ON s.id = of_scheme
        WHERE l.rule = 'partial' OR (l.above_id IS NULL AND s.extent IS NULL)
    ),
    changed AS MATERIALIZED (
        SELECT v.cell_id, v.level_id, v.code, v.geom
        FROM unnest(touched) AS t (cell)
        JOIN boundaries_cellversion v ON v.cell_id = t.cell AND v.valid @> as_of
        WHERE v.level_id IN (SELECT l.level_id FROM levels l) AND NOT ST_IsEmpty(v.geom)
    )
    SELECT a.code, b.code AS other, ST_Intersection(a.geom, b.geom) AS land INTO fault
    FROM changed a,
        LATERAL (
            -- By its box and nothing else: the level is no index condition when something is added to it.
            SELECT v.cell_id, v.code, v.geom
            FROM boundaries_cellversion v
            WHERE v.geom && a.geom AND v.valid @> as_of AND v.level_id + 0 = a.level_id AND v.cell_id <> a.cell_id
            OFFSET 0
        ) AS b
    WHERE NOT EXISTS (SELECT FROM changed too WHERE too.cell_id = b.cell_id AND b.cell_id < a.cell_id)
      AND ST_Relate(a.geom, b.geom, 'T********')
    LIMIT 1;
    IF FOUND THEN
        PERFORM boundaries_guard_refuse_v1(of_scheme, as_of, format(
            'overlap: %s and %s claim the same land, %s',
            fault.code, fault.other, boundaries_guard_place_v1(fault.land)
        ));
    END IF;
END
$$;
