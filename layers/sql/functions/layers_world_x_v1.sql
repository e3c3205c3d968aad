-- The column of a longitude among the 2^26 of the world: the units of the tiles of zoom 14.
CREATE FUNCTION layers_world_x_v1(lon float8) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT greatest(0, least(67108863, floor((lon + 180) / 360 * 67108864)))::bigint $$;
