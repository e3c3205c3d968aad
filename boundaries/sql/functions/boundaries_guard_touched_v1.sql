-- The cells that this transaction changed as of a time, with the parents they had and have. Where it brought the
-- first cells of a level, or took the last, other cells have something else to tile: then these are all cells.
CREATE FUNCTION boundaries_guard_touched_v1(of_scheme bigint, as_of timestamptz)
RETURNS TABLE (cell_id uuid, parent_id uuid)
LANGUAGE sql STABLE
AS $$
    WITH mine AS MATERIALIZED (
        SELECT * FROM boundaries_guardchange
        WHERE xact = pg_current_xact_id_if_assigned() AND scheme_id = of_scheme
    ),
    were AS (
        -- As each row was before the transaction touched it first.
        SELECT DISTINCT ON (version_id) level_id, held FROM mine ORDER BY version_id, seq
    ),
    turned AS (
        SELECT l.id
        FROM boundaries_level l
        WHERE l.id IN (SELECT m.level_id FROM mine m WHERE m.span @> as_of)
          AND l.rule IN ('partition', 'ragged', 'partial')
          AND EXISTS (SELECT FROM boundaries_guard_levels_v1(of_scheme, as_of) n WHERE n.level_id = l.id) <> (
              EXISTS (SELECT FROM were w WHERE w.level_id = l.id AND w.held @> as_of)
              OR coalesce((
                  SELECT TRUE FROM boundaries_cellversion v
                  WHERE v.level_id = l.id AND v.valid @> as_of AND NOT ST_IsEmpty(v.geom)
                    AND v.id NOT IN (SELECT m.version_id FROM mine m)
                  LIMIT 1
              ), FALSE)
          )
    )
    SELECT m.cell_id, m.parent_id FROM mine m WHERE m.span @> as_of
    UNION
    SELECT v.cell_id, v.parent_id
    FROM boundaries_cellversion v
    WHERE v.scheme_id = of_scheme AND v.valid @> as_of AND EXISTS (SELECT FROM turned)
$$;
