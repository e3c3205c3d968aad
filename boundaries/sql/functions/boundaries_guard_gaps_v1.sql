-- The accepted gaps of a level that count for some land: as they were recorded, their whole border is among what is
-- left of the land after its cells, part by part. One that was filled, or is part of a larger gap, does not count.
CREATE FUNCTION boundaries_guard_gaps_v1(
    of_scheme bigint, of_level bigint, as_of timestamptz, whole geometry, parts geometry[]
)
RETURNS geometry[]
LANGUAGE sql STABLE
AS $$
    WITH rest AS MATERIALIZED (
        SELECT ax, ay, bx, by, times FROM boundaries_guard_rest_v1(whole, parts)
    )
    SELECT coalesce(array_agg(DISTINCT part.geom), '{}')
    FROM boundaries_acceptance a, LATERAL ST_Dump(a.geom) AS part
    WHERE a.scheme_id = of_scheme AND a.level_id = of_level AND a.valid @> as_of AND a.geom && whole
      AND NOT EXISTS (
          SELECT FROM boundaries_guard_rest_v1(part.geom, '{}') g
          WHERE NOT EXISTS (
              SELECT FROM rest r
              WHERE r.ax = g.ax AND r.ay = g.ay AND r.bx = g.bx AND r.by = g.by AND r.times = g.times
          )
      )
$$;
