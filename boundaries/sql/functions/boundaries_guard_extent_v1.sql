-- Refuse unless the cells of the top level, if any was touched, tile the scheme's extent, where it has one.
CREATE FUNCTION boundaries_guard_extent_v1(of_scheme bigint, as_of timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    fault record;
BEGIN
    FOR fault IN
        SELECT l.level_id, s.extent, array_agg(v.code) AS codes, array_agg(v.geom) AS parts
        FROM boundaries_scheme s
        JOIN boundaries_guard_levels_v1(of_scheme, as_of) l ON l.above_id IS NULL AND l.rule <> 'partial'
        JOIN boundaries_cellversion v
            ON v.level_id = l.level_id AND v.scheme_id = s.id AND v.valid @> as_of AND NOT ST_IsEmpty(v.geom)
        WHERE s.id = of_scheme AND s.extent IS NOT NULL AND EXISTS (
            SELECT FROM boundaries_guardchange m
            WHERE m.xact = pg_current_xact_id_if_assigned() AND m.level_id = l.level_id AND m.span @> as_of
        )
        GROUP BY l.level_id, s.extent
    LOOP
        PERFORM boundaries_guard_tiled_v1(
            of_scheme, fault.level_id, as_of, 'the extent of the scheme',
            boundaries_guard_noded_v1(fault.extent, fault.parts), fault.codes, fault.parts
        );
    END LOOP;
END
$$;
