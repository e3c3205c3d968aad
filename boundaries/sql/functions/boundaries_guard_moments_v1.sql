-- The moments that this transaction has to answer for: when what it changed begins to hold, and when, while that
-- holds, anything else of the scheme begins or ends. Publishing now gives one.
CREATE FUNCTION boundaries_guard_moments_v1()
RETURNS TABLE (scheme_id bigint, as_of timestamptz)
LANGUAGE sql STABLE
AS $$
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT m.scheme_id, m.span
        FROM boundaries_guardchange m
        WHERE m.xact = pg_current_xact_id_if_assigned() AND NOT isempty(m.span)
    ),
    first AS (
        SELECT m.scheme_id, min(coalesce(lower(m.span), '-infinity')) AS moment FROM mine m GROUP BY m.scheme_id
    ),
    others AS (
        SELECT DISTINCT f.scheme_id, lower(v.valid) AS moment
        FROM first f
        JOIN boundaries_cellversion v ON v.scheme_id = f.scheme_id AND lower(v.valid) > f.moment
        UNION
        SELECT DISTINCT f.scheme_id, upper(v.valid)
        FROM first f
        JOIN boundaries_cellversion v ON v.scheme_id = f.scheme_id AND upper(v.valid) > f.moment
    )
    SELECT m.scheme_id, coalesce(lower(m.span), '-infinity') FROM mine m
    UNION
    SELECT o.scheme_id, o.moment
    FROM others o
    WHERE EXISTS (SELECT FROM mine m WHERE m.scheme_id = o.scheme_id AND m.span @> o.moment)
    ORDER BY 1, 2
$$;
