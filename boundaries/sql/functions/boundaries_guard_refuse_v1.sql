-- Say no in one sentence: what is wrong, of which cell, how large, where.
CREATE FUNCTION boundaries_guard_refuse_v1(of_scheme bigint, as_of timestamptz, sentence text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '%', sentence USING
        ERRCODE = '23GG1',
        CONSTRAINT = 'boundaries_guard',
        DETAIL = format(
            'scheme %s as of %s', (SELECT s.code FROM boundaries_scheme s WHERE s.id = of_scheme), as_of
        );
END
$$;
