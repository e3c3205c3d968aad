-- Add to the counts of cells what some assignments change: how many features of a layer a cell holds (or, below
-- nought, no longer holds) during a time.
--
-- What begins or ends by now is folded into a row that is told from then on; what is still to come has rows of its
-- own, which count once their time has come. Nobody waits for anybody: a row that another transaction has changed
-- is passed over for one of those beside it, or a new one, so that there are as many rows as there were ever
-- writers at once.
--
-- Plans are kept for as long as the connection lasts, so they must suit one change and a hundred thousand, a table that
-- was empty when they were made and one that has grown since: row by row, each found by an index.
CREATE FUNCTION layers_counts_add_v1(
    schemes bigint[], layers bigint[], cells uuid[], times tstzrange[], numbers bigint[]
) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    delta record;
BEGIN
    FOR delta IN
        WITH edges AS (
            SELECT g.scheme_id, g.layer_id, g.cell_id, e.edge, sum(e.sign * g.number) AS number
            FROM unnest(schemes, layers, cells, times, numbers) AS g (scheme_id, layer_id, cell_id, valid, number)
            CROSS JOIN LATERAL (
                VALUES (coalesce(lower(g.valid), '1000-01-01 00:00+00'), 1), (upper(g.valid), -1)
            ) AS e (edge, sign)
            WHERE e.edge IS NOT NULL AND NOT isempty(g.valid)
            GROUP BY g.scheme_id, g.layer_id, g.cell_id, e.edge
            HAVING sum(e.sign * g.number) <> 0
        )
        SELECT scheme_id, layer_id, cell_id, edge > moment AS foreseen, max(edge) AS since, sum(number) AS number
        FROM edges
        GROUP BY scheme_id, layer_id, cell_id, edge > moment, CASE WHEN edge > moment THEN edge END
    LOOP
        UPDATE layers_cellcount c
        SET count = c.count + delta.number, since = greatest(c.since, delta.since)
        WHERE c.id = (
            SELECT there.id
            FROM layers_cellcount there
            WHERE there.scheme_id = delta.scheme_id AND there.cell_id = delta.cell_id
              AND there.layer_id = delta.layer_id AND there.foreseen = delta.foreseen
              AND (NOT delta.foreseen OR there.since = delta.since)
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO layers_cellcount (scheme_id, layer_id, cell_id, foreseen, since, count)
            VALUES (
                delta.scheme_id, delta.layer_id, delta.cell_id, delta.foreseen, delta.since, delta.number
            );
        END IF;
    END LOOP;
END
$$;
