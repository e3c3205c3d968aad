-- Assigning by the million: features and stored answers come out in one value, as arrays of structures.

-- name: scheme_lock_beside
-- Batches of one run may be written side by side; whoever publishes or changes features waits, or they do.
SELECT pg_advisory_xact_lock_shared(hashtext('scheme'), %(scheme)s)

-- name: run_lock
-- One run a scheme; it ends with the session, however that ends.
SELECT pg_try_advisory_lock(hashtext('assignment run'), %(scheme)s)

-- name: run_unlock
SELECT pg_advisory_unlock(hashtext('assignment run'), %(scheme)s)

-- name: constraints_now
-- What is looked at when a transaction ends is looked at now.
SET CONSTRAINTS ALL IMMEDIATE

-- name: features_count
-- How many features a scheme answers for, of one layer or of all.
SELECT count(*)
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id
WHERE (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s) AND (%(layer)s::bigint IS NULL OR l.id = %(layer)s)

-- name: batch_end
-- The id with which so many features after an id end.
SELECT max(id) FROM (SELECT id FROM layers_feature WHERE id > %(after)s ORDER BY id LIMIT %(count)s) AS next

-- name: batch_points
-- The points among some features, (id, x, y), in order of their ids, and how many others there are.
SELECT
    string_agg(int8send(id) || float8send(ST_X(geom)) || float8send(ST_Y(geom)), '' ORDER BY id)
        FILTER (WHERE point),
    count(*) FILTER (WHERE NOT point)
FROM (
    SELECT f.id, f.geom, GeometryType(f.geom) = 'POINT' AND NOT ST_IsEmpty(f.geom) AS point
    FROM layers_feature f
    JOIN layers_layer l ON l.id = f.layer_id
    WHERE f.id > %(after)s AND f.id <= %(upto)s
      AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s) AND (%(layer)s::bigint IS NULL OR l.id = %(layer)s)
    OFFSET 0
) AS among

-- name: batch_shapes
-- The others, in order of their ids.
SELECT f.id, ST_AsBinary(f.geom)
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id
WHERE f.id > %(after)s AND f.id <= %(upto)s
  AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s) AND (%(layer)s::bigint IS NULL OR l.id = %(layer)s)
  AND (GeometryType(f.geom) <> 'POINT' OR ST_IsEmpty(f.geom))
ORDER BY f.id

-- name: batch_stored
-- What is stored of some features from a time on; `plain` is what one row says of all that time, no shares.
SELECT string_agg(
    int8send(feature_id)
        || uuid_send(coalesce(cell_id, '00000000-0000-0000-0000-000000000000'))
        || int8send(coalesce(array_position(%(methods)s::text[], method), 0))
        || float8send(share)
        || float8send(coalesce(nearest_m, -1))
        || boolsend(on_edge)
        || boolsend(shares IS NULL AND upper_inf(valid) AND lower(valid) <= %(since)s::timestamptz),
    '' ORDER BY feature_id
)
FROM layers_assignment
WHERE scheme_id = %(scheme)s AND feature_id > %(after)s AND feature_id <= %(upto)s
  AND valid && tstzrange(%(since)s, NULL)

-- name: batch_decided
-- The features of a batch about which somebody has decided something that holds at a time or after it.
SELECT DISTINCT feature_id
FROM layers_override
WHERE scheme_id = %(scheme)s AND feature_id > %(after)s AND feature_id <= %(upto)s
  AND valid && tstzrange(%(since)s, NULL)

-- name: assignments_copy
COPY layers_assignment (feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid)
FROM STDIN (FORMAT BINARY)
