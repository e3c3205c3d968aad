-- After a statement: list the cells that it changed, as they were and as they are, and have the transaction looked
-- at when it commits. Names, attributes and areas do not count.
CREATE FUNCTION boundaries_guard_note_v1()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET work_mem = '64MB'
SET jit = off
AS $$
DECLARE
    this xid8 := pg_current_xact_id();
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        -- Its snapshot is older than the lock, so that it would look at land that others have changed since.
        RAISE EXCEPTION 'cells are not written at the isolation level repeatable read, which does not see what '
            'others write meanwhile: use read committed or serializable'
            USING ERRCODE = '25GG1', CONSTRAINT = 'boundaries_guard';
    END IF;
    IF TG_OP = 'DELETE' THEN
        INSERT INTO boundaries_guardchange (xact, version_id, scheme_id, level_id, cell_id, parent_id, span, held)
        SELECT this, o.id, o.scheme_id, o.level_id, o.cell_id, o.parent_id, o.valid,
            CASE WHEN NOT ST_IsEmpty(o.geom) THEN o.valid END
        FROM removed o;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO boundaries_guardchange (xact, version_id, scheme_id, level_id, cell_id, parent_id, span)
        SELECT this, n.id, n.scheme_id, n.level_id, n.cell_id, n.parent_id, n.valid
        FROM added n;
    ELSE
        INSERT INTO boundaries_guardchange (xact, version_id, scheme_id, level_id, cell_id, parent_id, span, held)
        SELECT this, o.id, o.scheme_id, o.level_id, o.cell_id, o.parent_id,
            coalesce(
                boundaries_guard_span_v1(
                    o.valid, n.valid,
                    (n.scheme_id, n.level_id, n.cell_id, n.parent_id, n.geom)
                    IS NOT DISTINCT FROM (o.scheme_id, o.level_id, o.cell_id, o.parent_id, o.geom)
                ),
                o.valid
            ),
            CASE WHEN NOT ST_IsEmpty(o.geom) THEN o.valid END
        FROM removed o
        LEFT JOIN added n ON n.id = o.id
        WHERE n.id IS NULL
           OR (n.scheme_id, n.level_id, n.cell_id, n.parent_id, n.valid, n.geom)
              IS DISTINCT FROM (o.scheme_id, o.level_id, o.cell_id, o.parent_id, o.valid, o.geom);
        INSERT INTO boundaries_guardchange (xact, version_id, scheme_id, level_id, cell_id, parent_id, span)
        SELECT this, n.id, n.scheme_id, n.level_id, n.cell_id, n.parent_id,
            coalesce(range_merge(o.valid, n.valid), n.valid)
        FROM added n
        LEFT JOIN removed o ON o.id = n.id
        WHERE o.id IS NULL
           OR (n.scheme_id, n.level_id, n.cell_id, n.parent_id, n.geom)
              IS DISTINCT FROM (o.scheme_id, o.level_id, o.cell_id, o.parent_id, o.geom);
    END IF;
    IF EXISTS (SELECT FROM boundaries_guardchange WHERE xact = this) THEN
        -- One event a transaction; where constraints are immediate it is looked at right here.
        INSERT INTO boundaries_guardevent (xact) VALUES (this) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
