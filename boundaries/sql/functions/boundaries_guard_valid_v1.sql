-- Refuse if one of the given cells is of a level of another scheme, or its polygon is invalid.
CREATE FUNCTION boundaries_guard_valid_v1(of_scheme bigint, as_of timestamptz, touched uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    fault record;
BEGIN
    SELECT v.code, l.scheme_id, l.code AS level, v.geom INTO fault
    FROM unnest(touched) AS t (cell)
    JOIN boundaries_cellversion v ON v.cell_id = t.cell AND v.valid @> as_of
    JOIN boundaries_level l ON l.id = v.level_id
    WHERE v.scheme_id = of_scheme AND (
        l.scheme_id <> of_scheme
        OR (l.rule IN ('partition', 'ragged', 'partial') AND NOT ST_IsValid(v.geom))
    )
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM boundaries_guard_refuse_v1(of_scheme, as_of, CASE
        WHEN fault.scheme_id <> of_scheme
            THEN format('%s is of the level %s, which is another scheme''s', fault.code, fault.level)
        ELSE format('invalid polygon: that of %s is not valid: %s', fault.code, ST_IsValidReason(fault.geom))
    END);
END
$$;
