-- Count what a statement wrote into the assignments, in the same transaction; see layers_counts_add_v1.
-- The plan is kept for as long as the connection lasts, so it must suit one row and a million: each feature is looked
-- up by its id, whatever the tables held when the plan was made.
CREATE FUNCTION layers_counts_follow_v1() RETURNS trigger
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM layers_counts_add_v1(
            array_agg(scheme_id), array_agg(layer_id), array_agg(cell_id), array_agg(valid), array_agg(number)
        )
        FROM (
            SELECT a.scheme_id, f.layer_id, a.cell_id, a.valid, count(*) AS number
            FROM added a
            JOIN layers_feature f ON f.id = a.feature_id
            WHERE a.cell_id IS NOT NULL
            GROUP BY a.scheme_id, f.layer_id, a.cell_id, a.valid
        ) AS change
        HAVING count(*) > 0;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM layers_counts_add_v1(
            array_agg(scheme_id), array_agg(layer_id), array_agg(cell_id), array_agg(valid), array_agg(number)
        )
        FROM (
            SELECT a.scheme_id, f.layer_id, a.cell_id, a.valid, -count(*) AS number
            FROM removed a
            JOIN layers_feature f ON f.id = a.feature_id
            WHERE a.cell_id IS NOT NULL
            GROUP BY a.scheme_id, f.layer_id, a.cell_id, a.valid
        ) AS change
        HAVING count(*) > 0;
    ELSE
        PERFORM layers_counts_add_v1(
            array_agg(scheme_id), array_agg(layer_id), array_agg(cell_id), array_agg(valid), array_agg(number)
        )
        FROM (
            SELECT a.scheme_id, f.layer_id, a.cell_id, a.valid, sum(a.sign)::bigint AS number
            FROM (
                SELECT feature_id, scheme_id, cell_id, valid, 1 AS sign FROM added
                UNION ALL
                SELECT feature_id, scheme_id, cell_id, valid, -1 FROM removed
            ) AS a
            JOIN layers_feature f ON f.id = a.feature_id
            WHERE a.cell_id IS NOT NULL
            GROUP BY a.scheme_id, f.layer_id, a.cell_id, a.valid
            HAVING sum(a.sign) <> 0
        ) AS change
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
