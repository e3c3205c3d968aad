-- The scheme's extent with the nodes that cells have on its border: they lie within eight steps of the grid, 8e-8
-- degrees, of its edges, and its own ring is never written anew. Inside, levels share nodes exactly.
CREATE FUNCTION boundaries_guard_noded_v1(extent geometry, cells geometry[])
RETURNS geometry
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(ST_Snap(extent, ST_Collect(DISTINCT place), 8e-8), extent)
    FROM boundaries_guard_rest_v1(extent, cells) AS rest,
        LATERAL (
            VALUES (ST_SetSRID(ST_MakePoint(rest.ax, rest.ay), 4326)),
                (ST_SetSRID(ST_MakePoint(rest.bx, rest.by), 4326))
        ) AS ends (place)
$$;
