-- Look at what this transaction changed, once, when it commits (or when constraints are made immediate): as of every
-- moment at which what it changed begins to hold, the land must be as the audits demand it. The lock of the scheme
-- comes first, so that under READ COMMITTED each statement after it sees what others committed before.
CREATE FUNCTION boundaries_guard_check_v1()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET work_mem = '64MB'
SET jit = off
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = on
AS $$
DECLARE
    this xid8 := pg_current_xact_id();
    of_scheme bigint;
    moment record;
    touched uuid[];
    themselves uuid[];
BEGIN
    DELETE FROM boundaries_guardevent WHERE xact = this;
    IF (SELECT count(*) FROM boundaries_guardchange WHERE xact = this) > 200 THEN
        -- Nobody has counted yet what was just written: loops planned for a single row would go on for hours.
        PERFORM set_config('enable_nestloop', 'off', TRUE);
    END IF;
    FOR of_scheme IN SELECT DISTINCT scheme_id FROM boundaries_guardchange WHERE xact = this ORDER BY scheme_id LOOP
        PERFORM pg_advisory_xact_lock(hashtext('scheme'), of_scheme::int);
    END LOOP;
    FOR moment IN SELECT * FROM boundaries_guard_moments_v1() LOOP
        SELECT array_agg(DISTINCT t.cell_id), array_agg(DISTINCT ends.cell)
        INTO themselves, touched
        FROM boundaries_guard_touched_v1(moment.scheme_id, moment.as_of) t,
            LATERAL (VALUES (t.cell_id), (t.parent_id)) AS ends (cell)
        WHERE ends.cell IS NOT NULL;
        PERFORM boundaries_guard_valid_v1(moment.scheme_id, moment.as_of, themselves);
        PERFORM boundaries_guard_inside_v1(moment.scheme_id, moment.as_of, themselves);
        PERFORM boundaries_guard_meeting_v1(moment.scheme_id, moment.as_of, themselves);
        PERFORM boundaries_guard_extent_v1(moment.scheme_id, moment.as_of);
        PERFORM boundaries_guard_parents_v1(moment.scheme_id, moment.as_of, touched);
    END LOOP;
    DELETE FROM boundaries_guardchange WHERE xact = this;
    RETURN NULL;
END
$$;
