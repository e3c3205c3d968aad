-- What a cell was is written once: a version that has ended is neither changed nor deleted.
CREATE FUNCTION boundaries_guard_history_v1()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'history: what % was until % stays as it was published', OLD.code, upper(OLD.valid)
        USING ERRCODE = '23GG2', CONSTRAINT = 'boundaries_guard';
END
$$;
