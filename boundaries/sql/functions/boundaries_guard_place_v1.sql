-- The size of some land and a place in it, as a sentence ends with them.
CREATE FUNCTION boundaries_guard_place_v1(land geometry)
RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT format(
        '%s at %s %s',
        CASE
            WHEN area >= 1e5 THEN round((area / 1e6)::numeric, 3) || ' km²'
            WHEN area >= 0.1 THEN round(area::numeric, 1) || ' m²'
            ELSE trim(to_char(area, '9.9EEEE')) || ' m²'
        END,
        round(ST_X(spot)::numeric, 8), round(ST_Y(spot)::numeric, 8)
    )
    FROM (SELECT ST_Area(land::geography) AS area, ST_PointOnSurface(land) AS spot) AS facts
$$;
