-- How many features of each layer are assigned to each cell of a scheme itself at a time, or to each of some cells:
-- the sums that are kept, and where these are told from a later time on only, from the assignments. Nothing is
-- said of a cell that holds none. One SELECT, STABLE and not STRICT, so that the planner takes it in.
CREATE FUNCTION layers_cells_counted_v1(of_scheme bigint, as_of timestamptz, of_cells uuid[])
RETURNS TABLE (cell_id uuid, layer_id bigint, count bigint)
LANGUAGE sql STABLE
AS $$
    WITH kept AS (
        SELECT c.cell_id, c.layer_id,
               bool_and(c.foreseen OR c.since <= as_of) AS holds,
               (sum(c.count) FILTER (WHERE NOT c.foreseen OR c.since <= as_of))::bigint AS count
        FROM layers_cellcount c
        WHERE c.scheme_id = of_scheme AND (of_cells IS NULL OR c.cell_id = ANY (of_cells))
        GROUP BY c.cell_id, c.layer_id
    ), untold AS (
        SELECT k.cell_id, k.layer_id FROM kept k WHERE NOT k.holds
    ), assigned AS (
        SELECT a.cell_id, a.feature_id
        FROM layers_assignment a
        WHERE a.cell_id IN (SELECT u.cell_id FROM untold u)
          AND a.scheme_id = of_scheme AND a.valid @> as_of AND upper_inf(a.valid)
        UNION ALL
        SELECT a.cell_id, a.feature_id
        FROM layers_assignment a
        WHERE a.cell_id IN (SELECT u.cell_id FROM untold u)
          AND a.scheme_id = of_scheme AND a.valid @> as_of AND NOT upper_inf(a.valid)
    )
    SELECT k.cell_id, k.layer_id, k.count FROM kept k WHERE k.holds AND k.count <> 0
    UNION ALL
    SELECT a.cell_id, f.layer_id, count(*)
    FROM assigned a
    JOIN layers_feature f ON f.id = a.feature_id
    JOIN untold u ON u.cell_id = a.cell_id AND u.layer_id = f.layer_id
    GROUP BY a.cell_id, f.layer_id
$$;
