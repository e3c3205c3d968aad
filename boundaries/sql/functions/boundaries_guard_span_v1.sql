-- When a row that was updated made a difference: only where one of the two held, if nothing but its validity changed.
CREATE FUNCTION boundaries_guard_span_v1(before tstzrange, after tstzrange, same boolean)
RETURNS tstzrange
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN same AND NOT isempty(before) AND NOT isempty(after)
            AND lower(before) IS NOT DISTINCT FROM lower(after)
        THEN tstzrange(
            least(coalesce(upper(before), 'infinity'), coalesce(upper(after), 'infinity')),
            nullif(greatest(coalesce(upper(before), 'infinity'), coalesce(upper(after), 'infinity')), 'infinity')
        )
        ELSE range_merge(before, after)
    END
$$;
