-- Refuse unless cells below the given ones, and those themselves, tile their parents: of the cells and of the parents
-- that they had, each that others are to tile is looked at, on every level below it. Cells of levels that divide no
-- land, or are not drawn, may lie between.
CREATE FUNCTION boundaries_guard_parents_v1(of_scheme bigint, as_of timestamptz, touched uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    fault record;
BEGIN
    FOR fault IN
        WITH RECURSIVE levels AS MATERIALIZED (
            SELECT * FROM boundaries_guard_levels_v1(of_scheme, as_of)
        ),
        climb AS (
            SELECT v.id, v.level_id, v.parent_id
            FROM unnest(touched) AS t (cell)
            JOIN boundaries_cellversion v ON v.cell_id = t.cell AND v.valid @> as_of
            UNION
            SELECT v.id, v.level_id, v.parent_id
            FROM climb c
            JOIN boundaries_cellversion v ON v.cell_id = c.parent_id AND v.valid @> as_of
            WHERE NOT EXISTS (SELECT FROM levels l WHERE l.level_id = c.level_id)
        ),
        tops AS MATERIALIZED (
            SELECT v.cell_id AS top, v.level_id, v.code, v.geom
            FROM climb c
            JOIN boundaries_cellversion v ON v.id = c.id
            WHERE c.level_id IN (SELECT l.above_id FROM levels l)
        ),
        below AS (
            SELECT t.top, t.level_id AS top_level, v.id, v.cell_id, v.level_id
            FROM tops t
            JOIN boundaries_cellversion v ON v.parent_id = t.top AND v.valid @> as_of
            UNION
            SELECT b.top, b.top_level, v.id, v.cell_id, v.level_id
            FROM below b
            JOIN boundaries_cellversion v ON v.parent_id = b.cell_id AND v.valid @> as_of
            WHERE NOT EXISTS (SELECT FROM levels l WHERE l.level_id = b.level_id)
        ),
        kids AS (
            SELECT b.top, b.level_id, array_agg(v.code) AS codes, array_agg(v.geom) AS parts
            FROM below b
            JOIN levels l ON l.level_id = b.level_id AND l.above_id = b.top_level
            JOIN boundaries_cellversion v ON v.id = b.id
            WHERE NOT ST_IsEmpty(v.geom)
            GROUP BY b.top, b.level_id
        )
        SELECT l.level_id, t.code, t.geom, coalesce(k.codes, '{}') AS codes, coalesce(k.parts, '{}') AS parts
        FROM tops t
        JOIN levels l ON l.above_id = t.level_id AND l.rule <> 'partial'
        LEFT JOIN kids k ON k.top = t.top AND k.level_id = l.level_id
        WHERE (l.rule = 'partition' OR k.top IS NOT NULL)
          AND EXISTS (SELECT FROM boundaries_guard_rest_v1(t.geom, k.parts))
        ORDER BY t.code COLLATE "C"
    LOOP
        PERFORM boundaries_guard_tiled_v1(
            of_scheme, fault.level_id, as_of, fault.code, fault.geom, fault.codes, fault.parts
        );
    END LOOP;
END
$$;
