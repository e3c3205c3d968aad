-- The levels of a scheme that divide land and have cells with land as of a time, and for each the nearest such level
-- above, which its cells are to tile: none at the top. A level without cells is not drawn yet, which is no fault.
CREATE FUNCTION boundaries_guard_levels_v1(of_scheme bigint, as_of timestamptz)
RETURNS TABLE (level_id bigint, rule text, above_id bigint)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE filled AS MATERIALIZED (
        SELECT l.id, l.rule, l.parent_id
        FROM boundaries_level l
        WHERE l.scheme_id = of_scheme AND l.rule IN ('partition', 'ragged', 'partial') AND (
            -- Not EXISTS: the planner would make it a join over all cells, where the first one is enough.
            SELECT TRUE FROM boundaries_cellversion v
            WHERE v.level_id = l.id AND v.valid @> as_of AND NOT ST_IsEmpty(v.geom)
            LIMIT 1
        )
    ),
    climb AS (
        SELECT f.id, f.parent_id AS above FROM filled f
        UNION
        SELECT c.id, l.parent_id
        FROM climb c
        JOIN boundaries_level l ON l.id = c.above
        WHERE NOT EXISTS (SELECT FROM filled f WHERE f.id = c.above)
    )
    SELECT f.id, f.rule, c.above
    FROM filled f
    LEFT JOIN climb c ON c.id = f.id AND EXISTS (SELECT FROM filled up WHERE up.id = c.above)
$$;
