-- Add to the counts of cells what some assignments change: how many features of a layer a cell holds (or, below
-- nought, no longer holds) during a time.
--
-- What begins or ends by now is folded into a row that is told from then on; what is still to come has rows of its
-- own, which count once their time has come. Nobody waits for anybody: a row that another transaction has changed
-- is passed over for one of those beside it, or a new one, so that there are as many rows as there were ever
-- writers at once. Rows are looked up by the index even where the planner takes the table for an empty one: those
-- that a large statement adds would be looked through again for each.
CREATE FUNCTION layers_counts_add_v1(
    schemes bigint[], layers bigint[], cells uuid[], times tstzrange[], numbers bigint[]
) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    WITH edges AS (
        SELECT g.scheme_id, g.layer_id, g.cell_id, e.edge, sum(e.sign * g.number) AS number
        FROM unnest(schemes, layers, cells, times, numbers) AS g (scheme_id, layer_id, cell_id, valid, number)
        CROSS JOIN LATERAL (
            VALUES (coalesce(lower(g.valid), '1000-01-01 00:00+00'), 1), (upper(g.valid), -1)
        ) AS e (edge, sign)
        WHERE e.edge IS NOT NULL AND NOT isempty(g.valid)
        GROUP BY g.scheme_id, g.layer_id, g.cell_id, e.edge
        HAVING sum(e.sign * g.number) <> 0
    ), deltas AS (
        SELECT scheme_id, layer_id, cell_id, edge > moment AS foreseen, max(edge) AS since, sum(number) AS number
        FROM edges
        GROUP BY scheme_id, layer_id, cell_id, edge > moment, CASE WHEN edge > moment THEN edge END
    ), picked AS MATERIALIZED (
        SELECT d.*, there.id
        FROM deltas d
        LEFT JOIN LATERAL (
            SELECT c.id
            FROM layers_cellcount c
            WHERE c.cell_id = d.cell_id AND c.layer_id = d.layer_id AND c.scheme_id = d.scheme_id
              AND c.foreseen = d.foreseen AND (NOT d.foreseen OR c.since = d.since)
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) AS there ON TRUE
    ), changed AS (
        UPDATE layers_cellcount c
        SET count = c.count + p.number, since = greatest(c.since, p.since)
        FROM picked p
        WHERE c.id = p.id
    )
    INSERT INTO layers_cellcount (scheme_id, layer_id, cell_id, foreseen, since, count)
    SELECT scheme_id, layer_id, cell_id, foreseen, since, number
    FROM picked
    WHERE id IS NULL;
END
$$;
