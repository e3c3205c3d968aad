-- Refuse unless the cells of a level, and the gaps that were accepted, are exactly the land of their parent.
CREATE FUNCTION boundaries_guard_tiled_v1(
    of_scheme bigint, of_level bigint, as_of timestamptz, owner text, whole geometry, codes text[], parts geometry[]
)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    gaps geometry[] := boundaries_guard_gaps_v1(of_scheme, of_level, as_of, whole, parts);
BEGIN
    IF EXISTS (SELECT FROM boundaries_guard_rest_v1(whole, parts || gaps)) THEN
        PERFORM boundaries_guard_refuse_v1(of_scheme, as_of, boundaries_guard_words_v1(
            owner, whole, codes || array_fill('an accepted gap'::text, ARRAY[cardinality(gaps)]), parts || gaps
        ));
    END IF;
END
$$;
