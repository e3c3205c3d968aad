-- The scheme's extent with the nodes that cells have on its border: they lie within half a step of the grid, 5e-9
-- degrees each way, of its edges, and its own ring is never written anew. Inside, levels share nodes exactly.
CREATE FUNCTION boundaries_guard_noded_v1(extent geometry, cells geometry[])
RETURNS geometry
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(ST_Snap(extent, ST_Collect(DISTINCT place), 7.1e-9), extent)
    FROM boundaries_guard_rest_v1(extent, cells) AS rest,
        LATERAL (
            VALUES (ST_SetSRID(ST_MakePoint(rest.ax, rest.ay), 4326)),
                (ST_SetSRID(ST_MakePoint(rest.bx, rest.by), 4326))
        ) AS ends (place)
$$;
