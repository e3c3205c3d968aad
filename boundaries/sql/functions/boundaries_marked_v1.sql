-- After a statement that changes what answers are made of: leave one mark for its transaction, so that who remembers
-- answers sees that they may have changed. Marks of others that are done are swept away now and then; together with
-- the new one what is left sums up to another number, never to an earlier one but by a chance of 2^-62.
CREATE FUNCTION boundaries_marked_v1()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    this xid8 := pg_current_xact_id();
BEGIN
    -- A mark of the same number may have come with a backup of another cluster.
    INSERT INTO boundaries_changemark AS kept (xact, mark)
    VALUES (this, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint)
    ON CONFLICT (xact) DO UPDATE SET mark = EXCLUDED.mark WHERE kept.xmin <> this::xid;
    IF FOUND AND random() < 0.05 THEN
        DELETE FROM boundaries_changemark WHERE xact IN (
            SELECT xact FROM boundaries_changemark WHERE xact <> this FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN NULL;
END
$$;
