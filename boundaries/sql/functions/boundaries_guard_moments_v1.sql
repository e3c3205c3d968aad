-- The moments that this transaction has to answer for: when what it changed begins to hold, and when, while that
-- holds, anything else of the scheme begins or ends. Publishing now gives one.
CREATE FUNCTION boundaries_guard_moments_v1()
RETURNS TABLE (scheme_id bigint, as_of timestamptz)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE mine AS MATERIALIZED (
        SELECT DISTINCT m.scheme_id, m.span
        FROM boundaries_guardchange m
        WHERE m.xact = pg_current_xact_id_if_assigned() AND NOT isempty(m.span)
    ),
    -- From one moment to the next by the index: there are few, and many versions to each.
    begins (scheme_id, moment) AS (
        SELECT m.scheme_id, min(coalesce(lower(m.span), '-infinity')) FROM mine m GROUP BY m.scheme_id
        UNION ALL
        SELECT b.scheme_id, next.moment
        FROM begins b,
            LATERAL (
                SELECT lower(v.valid) AS moment
                FROM boundaries_cellversion v
                WHERE v.scheme_id = b.scheme_id AND lower(v.valid) > b.moment
                ORDER BY lower(v.valid)
                LIMIT 1
            ) AS next
    ),
    ends (scheme_id, moment) AS (
        SELECT m.scheme_id, min(coalesce(lower(m.span), '-infinity')) FROM mine m GROUP BY m.scheme_id
        UNION ALL
        SELECT e.scheme_id, next.moment
        FROM ends e,
            LATERAL (
                SELECT upper(v.valid) AS moment
                FROM boundaries_cellversion v
                WHERE v.scheme_id = e.scheme_id AND upper(v.valid) > e.moment
                ORDER BY upper(v.valid)
                LIMIT 1
            ) AS next
    ),
    others AS (
        SELECT b.scheme_id, b.moment FROM begins b UNION SELECT e.scheme_id, e.moment FROM ends e
    )
    SELECT m.scheme_id, coalesce(lower(m.span), '-infinity') FROM mine m
    UNION
    SELECT o.scheme_id, o.moment
    FROM others o
    WHERE EXISTS (SELECT FROM mine m WHERE m.scheme_id = o.scheme_id AND m.span @> o.moment)
    ORDER BY 1, 2
$$;
