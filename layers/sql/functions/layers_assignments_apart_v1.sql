-- Refuse answers of one feature in one scheme that hold at the same time.
--
-- The index `assignment_one_now` keeps two answers without an end apart, the exclusion constraint
-- `assignment_one_at_a_time` two that have ended. What is left is one with an end beside one without: looked at
-- here, once for all rows of a statement. Who writes an answer with an end waits for all who write any in the
-- scheme, so that neither misses what the other has not committed yet.
CREATE FUNCTION layers_assignments_apart_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    feature bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM added) THEN
        RETURN NULL;
    END IF;
    -- A snapshot of all the transaction would not see what was committed before the lock was given.
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'assignments are not written under REPEATABLE READ: their guard could not see the others'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    PERFORM CASE
        WHEN ended THEN pg_advisory_xact_lock(hashtext('assignments apart'), scheme_id::integer)
        ELSE pg_advisory_xact_lock_shared(hashtext('assignments apart'), scheme_id::integer)
    END
    FROM (
        SELECT scheme_id, bool_or(NOT upper_inf(valid)) AS ended FROM added GROUP BY scheme_id ORDER BY scheme_id
    ) AS schemes;
    SELECT a.feature_id INTO feature
    FROM added a
    JOIN layers_assignment o ON o.feature_id = a.feature_id AND o.scheme_id = a.scheme_id AND o.valid && a.valid
    WHERE upper_inf(a.valid) AND NOT upper_inf(o.valid)
    LIMIT 1;
    IF feature IS NULL AND EXISTS (SELECT FROM added WHERE NOT upper_inf(valid)) THEN
        SELECT a.feature_id INTO feature
        FROM added a
        JOIN layers_assignment o ON o.feature_id = a.feature_id AND o.scheme_id = a.scheme_id AND o.valid && a.valid
        WHERE NOT upper_inf(a.valid) AND upper_inf(o.valid)
        LIMIT 1;
    END IF;
    IF feature IS NOT NULL THEN
        RAISE EXCEPTION 'feature % would have two answers in one scheme at the same time', feature
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'assignment_one_at_a_time';
    END IF;
    RETURN NULL;
END
$$;
