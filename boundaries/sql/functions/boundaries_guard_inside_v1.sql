-- Refuse if a cell has no parent on the level that it is to lie in, or, on a partial level, leaves it: of the given
-- cells and of those below them, whose parent may have gone.
CREATE FUNCTION boundaries_guard_inside_v1(of_scheme bigint, as_of timestamptz, touched uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    fault record;
BEGIN
    WITH RECURSIVE levels AS MATERIALIZED (
        SELECT * FROM boundaries_guard_levels_v1(of_scheme, as_of)
    ),
    near AS (
        SELECT v.id, v.cell_id, v.level_id, v.parent_id
        FROM unnest(touched) AS t (cell)
        JOIN boundaries_cellversion v ON v.cell_id = t.cell AND v.valid @> as_of
        UNION
        SELECT v.id, v.cell_id, v.level_id, v.parent_id
        FROM unnest(touched) AS t (cell)
        JOIN boundaries_cellversion v ON v.parent_id = t.cell AND v.valid @> as_of
        UNION
        SELECT v.id, v.cell_id, v.level_id, v.parent_id
        FROM near n
        JOIN boundaries_cellversion v ON v.parent_id = n.cell_id AND v.valid @> as_of
        WHERE NOT EXISTS (SELECT FROM levels l WHERE l.level_id = n.level_id)
    ),
    climb AS (
        SELECT n.id, l.above_id, n.parent_id AS at
        FROM near n
        JOIN levels l ON l.level_id = n.level_id AND l.above_id IS NOT NULL
        UNION
        SELECT c.id, c.above_id, v.parent_id
        FROM climb c
        JOIN boundaries_cellversion v ON v.cell_id = c.at AND v.valid @> as_of
        WHERE v.level_id <> c.above_id
    ),
    parents AS (
        SELECT c.id, p.geom, p.code
        FROM climb c
        JOIN boundaries_cellversion p ON p.cell_id = c.at AND p.level_id = c.above_id AND p.valid @> as_of
    )
    SELECT v.code, CASE WHEN p.id IS NULL THEN v.geom ELSE ST_Difference(v.geom, p.geom) END AS land,
        coalesce(p.code, 'every cell of the level ' || up.code) AS owner
    INTO fault
    FROM near n
    JOIN levels l ON l.level_id = n.level_id
    JOIN boundaries_cellversion v ON v.id = n.id
    JOIN boundaries_level up ON up.id = l.above_id
    LEFT JOIN parents p ON p.id = n.id
    WHERE NOT ST_IsEmpty(v.geom) AND (p.id IS NULL OR l.rule = 'partial' AND NOT ST_CoveredBy(v.geom, p.geom))
    LIMIT 1;
    IF FOUND THEN
        PERFORM boundaries_guard_refuse_v1(of_scheme, as_of, format(
            'outside: %s has land outside %s, %s', fault.code, fault.owner, boundaries_guard_place_v1(fault.land)
        ));
    END IF;
END
$$;
