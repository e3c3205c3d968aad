-- What a cell was is written once: a version that has ended is neither changed nor deleted.
CREATE FUNCTION boundaries_guard_history_v2()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    wanted boundaries_cellversion := NEW;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- The hash of the geometry is generated only after this.
        wanted.sha256 := OLD.sha256;
        IF wanted IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'history: what % was until % stays as it was published', OLD.code, upper(OLD.valid)
        USING ERRCODE = '23GG2', CONSTRAINT = 'boundaries_guard';
END
$$;
