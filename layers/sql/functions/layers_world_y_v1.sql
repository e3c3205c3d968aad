-- The row of a latitude among the 2^26 of the world, from the north; what is beyond the map is on its edge.
CREATE FUNCTION layers_world_y_v1(lat float8) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT greatest(0, least(67108863, floor(
        (0.5 - asinh(tan(radians(greatest(-85.06, least(85.06, lat))))) / (2 * pi())) * 67108864
    )))::bigint
$$;
