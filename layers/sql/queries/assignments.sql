-- Which cell each feature lies in: what should stand, what stands, and bringing the one to the other.

-- name: nested_loops_off
SET LOCAL enable_nestloop = off

-- name: nested_loops_on
SET LOCAL enable_nestloop = on

-- name: assignment_numbers
-- How many features there are at a time, and how their assignments in a scheme stand.
SELECT
    (
        SELECT count(*)
        FROM layers_feature f
        JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
        WHERE f.valid @> %(at)s::timestamptz OR EXISTS (
            SELECT FROM layers_featurepast p WHERE p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
        )
    ),
    count(*),
    count(cell_id),
    count(*) FILTER (WHERE method = 'outside'),
    count(*) FILTER (WHERE method = 'gap'),
    count(*) FILTER (WHERE on_edge),
    count(*) FILTER (WHERE cell_id IS NOT NULL AND method <> 'manual' AND share < %(threshold)s)
FROM layers_assignment
WHERE scheme_id = %(scheme)s AND valid @> %(at)s::timestamptz

-- name: objects_in_gap
-- The features that lie in a gap at a time, with their shape then.
SELECT a.feature_id, ST_AsBinary(coalesce(p.geom, f.geom))
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
WHERE a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz AND a.method = 'gap'
ORDER BY a.feature_id

-- name: straddling_objects
-- The features whose cell holds less of them than the threshold, with their shape and shares at a time.
SELECT a.feature_id, ST_AsBinary(coalesce(p.geom, f.geom)), v.code, a.share, a.shares::text
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
JOIN boundaries_cellversion v ON v.cell_id = a.cell_id AND v.valid @> %(at)s::timestamptz
LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
WHERE a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
  AND a.method <> 'manual' AND a.share < %(threshold)s
ORDER BY a.feature_id

-- name: level_examples
-- One cell with land of each level that has any at a time, some cells not counted; levels by their place.
SELECT l.place, example.cell_id
FROM (
    SELECT id, row_number() OVER (ORDER BY ordinal) - 1 AS place FROM boundaries_level WHERE scheme_id = %(scheme)s
) AS l
CROSS JOIN LATERAL (
    SELECT v.cell_id FROM boundaries_cellversion v
    WHERE v.level_id = l.id AND v.valid @> %(at)s::timestamptz AND NOT ST_IsEmpty(v.geom)
      AND v.cell_id <> ALL (%(without)s::uuid[])
    LIMIT 1
) AS example

-- name: cells_of_levels
-- All cells of some levels at a time.
SELECT v.cell_id
FROM (
    SELECT id, row_number() OVER (ORDER BY ordinal) - 1 AS place FROM boundaries_level WHERE scheme_id = %(scheme)s
) AS l
JOIN boundaries_cellversion v ON v.level_id = l.id AND v.valid @> %(at)s::timestamptz
WHERE l.place = ANY (%(places)s::bigint[])

-- name: cells_counted
-- How many features are assigned to each of some cells at a time.
SELECT cell_id, count(*)
FROM layers_assignment
WHERE scheme_id = %(scheme)s AND cell_id = ANY (%(cells)s::uuid[]) AND valid @> %(at)s::timestamptz
GROUP BY cell_id

-- name: placed_drop
-- What an assignment earlier in the same transaction left.
DROP TABLE IF EXISTS pg_temp.placed, pg_temp.decided, pg_temp.wanted, pg_temp.differing

-- name: placed_create
-- Where the rules put each feature, one row for each stretch of time in which the land stays the same.
CREATE TEMPORARY TABLE placed (
    feature_id bigint NOT NULL,
    span tstzrange NOT NULL,
    cell_id uuid,
    method text NOT NULL,
    share float8 NOT NULL,
    on_edge boolean NOT NULL,
    shares jsonb,
    nearest_m float8
) ON COMMIT DROP

-- name: placed_copy
COPY placed (feature_id, span, cell_id, method, share, on_edge, shares, nearest_m) FROM STDIN

-- name: decided_create
-- What people decided against the rules, cut to the stretches in which their cell can hold objects.
CREATE TEMPORARY TABLE decided (
    feature_id bigint NOT NULL,
    span tstzrange NOT NULL,
    cell_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL
) ON COMMIT DROP

-- name: decided_copy
COPY decided (feature_id, span, cell_id, code) FROM STDIN

-- name: wanted_create
-- The answers as they should stand: people's word where there is one, else the rules'; neighbouring
-- stretches with the same answer are one.
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
WITH answered AS (
    SELECT p.feature_id, p.span * d.span AS span, d.cell_id, 'manual' AS method,
           CASE WHEN d.cell_id = p.cell_id THEN p.share ELSE coalesce((p.shares ->> d.code)::float8, 0) END AS share,
           p.on_edge, p.shares, NULL::float8 AS nearest_m
    FROM placed p
    JOIN decided d ON d.feature_id = p.feature_id AND d.span && p.span
    UNION ALL
    SELECT p.feature_id, piece, p.cell_id, p.method, p.share, p.on_edge, p.shares, p.nearest_m
    FROM placed p
    LEFT JOIN (
        SELECT feature_id, range_agg(span) AS spans FROM decided GROUP BY feature_id
    ) AS d ON d.feature_id = p.feature_id
    CROSS JOIN LATERAL unnest(
        CASE WHEN d.spans IS NULL THEN tstzmultirange(p.span) ELSE tstzmultirange(p.span) - d.spans END
    ) AS piece
)
SELECT feature_id, unnest(range_agg(span)) AS span, cell_id, method, share, on_edge, shares, nearest_m
FROM answered
GROUP BY feature_id, cell_id, method, share, on_edge, shares, nearest_m

-- name: differing_create
-- The features whose stored answers from a time on are not the wanted ones.
CREATE TEMPORARY TABLE differing ON COMMIT DROP AS
WITH stored AS (
    SELECT a.feature_id, a.valid * tstzrange(%(since)s, NULL) AS span,
           a.cell_id, a.method, a.share, a.on_edge, a.shares, a.nearest_m
    FROM layers_assignment a
    WHERE a.scheme_id = %(scheme)s AND a.valid && tstzrange(%(since)s, NULL)
      AND a.feature_id IN (SELECT feature_id FROM placed)
)
SELECT DISTINCT feature_id
FROM (
    (TABLE wanted EXCEPT TABLE stored) UNION ALL (TABLE stored EXCEPT TABLE wanted)
) AS unlike

-- name: placed_analyze
-- Nothing else tells the planner how large a temporary table has become.
ANALYZE placed, decided

-- name: wanted_analyze
ANALYZE wanted

-- name: differing_analyze
ANALYZE differing

-- name: differences
-- Each answer of the features that differ, as it is stored and as it is wanted, in order of layer and key.
SELECT l.code, f.key, answer.kind, lower(answer.span), upper(answer.span),
       v.code, answer.method, answer.share, answer.on_edge
FROM (
    SELECT w.feature_id, 'computed' AS kind, w.span, w.cell_id, w.method, w.share, w.on_edge
    FROM wanted w
    UNION ALL
    SELECT a.feature_id, 'stored', a.valid * tstzrange(%(since)s, NULL), a.cell_id, a.method, a.share, a.on_edge
    FROM layers_assignment a
    WHERE a.scheme_id = %(scheme)s AND a.valid && tstzrange(%(since)s, NULL)
) AS answer
JOIN differing d ON d.feature_id = answer.feature_id
JOIN layers_feature f ON f.id = answer.feature_id
JOIN layers_layer l ON l.id = f.layer_id
LEFT JOIN boundaries_cellversion v ON v.cell_id = answer.cell_id AND v.valid @> lower(answer.span)
ORDER BY l.code, f.key, lower(answer.span), answer.kind

-- name: assignments_forget
-- Answers that were foreseen and never came into force give way.
DELETE FROM layers_assignment a
USING differing d
WHERE a.feature_id = d.feature_id AND a.scheme_id = %(scheme)s AND lower(a.valid) >= %(since)s::timestamptz

-- name: assignments_close
-- The answer in force ends; what it was stays.
UPDATE layers_assignment a
SET valid = tstzrange(lower(a.valid), %(since)s)
FROM differing d
WHERE a.feature_id = d.feature_id AND a.scheme_id = %(scheme)s AND a.valid @> %(since)s::timestamptz

-- name: assignments_go_on
-- An answer that stays the same for a while longer is not written a second time.
UPDATE layers_assignment a
SET valid = tstzrange(lower(a.valid), upper(w.span))
FROM wanted w
JOIN differing d ON d.feature_id = w.feature_id
WHERE a.feature_id = w.feature_id AND a.scheme_id = %(scheme)s
  AND upper(a.valid) = %(since)s::timestamptz AND lower(w.span) = %(since)s::timestamptz
  AND (a.cell_id, a.method, a.share, a.on_edge, a.shares, a.nearest_m)
      IS NOT DISTINCT FROM (w.cell_id, w.method, w.share, w.on_edge, w.shares, w.nearest_m)

-- name: assignments_open
-- The new answers.
INSERT INTO layers_assignment (feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid)
SELECT w.feature_id, %(scheme)s, w.cell_id, w.method, w.share, w.on_edge, w.shares, w.nearest_m, w.span
FROM wanted w
JOIN differing d ON d.feature_id = w.feature_id
WHERE NOT EXISTS (
    SELECT FROM layers_assignment a
    WHERE a.feature_id = w.feature_id AND a.scheme_id = %(scheme)s AND a.valid @> lower(w.span)
)

-- name: wanted_numbers
-- How the answers stand at a time.
SELECT method, count(*), count(*) FILTER (WHERE on_edge),
       count(*) FILTER (WHERE cell_id IS NOT NULL AND method <> 'manual' AND share < %(threshold)s)
FROM wanted
WHERE span @> %(at)s::timestamptz
GROUP BY method
ORDER BY method

-- name: differing_count
SELECT count(*) FROM differing

-- name: audit_state
-- What the features' share of an audit of a scheme stands on, as `audit_state` of boundaries tells it.
SELECT concat_ws(' ', f.rows, p.rows, a.rows, o.rows, l.rows, r.rows), least(f.until, p.until, a.until, o.until)
FROM (
    SELECT concat(count(*), ':', sum(f.xmin::text::bigint + 31 * hashtid(f.ctid)::bigint)) AS rows, least(
        min(lower(f.valid)) FILTER (WHERE lower(f.valid) > %(at)s::timestamptz),
        min(upper(f.valid)) FILTER (WHERE upper(f.valid) > %(at)s::timestamptz)
    ) AS until
    FROM layers_feature f
) f, (
    SELECT concat(count(*), ':', sum(p.xmin::text::bigint + 31 * hashtid(p.ctid)::bigint)) AS rows, least(
        min(lower(p.valid)) FILTER (WHERE lower(p.valid) > %(at)s::timestamptz),
        min(upper(p.valid)) FILTER (WHERE upper(p.valid) > %(at)s::timestamptz)
    ) AS until
    FROM layers_featurepast p
) p, (
    SELECT concat(count(*), ':', sum(a.xmin::text::bigint + 31 * hashtid(a.ctid)::bigint)) AS rows, least(
        min(lower(a.valid)) FILTER (WHERE lower(a.valid) > %(at)s::timestamptz),
        min(upper(a.valid)) FILTER (WHERE upper(a.valid) > %(at)s::timestamptz)
    ) AS until
    FROM layers_assignment a WHERE a.scheme_id = %(scheme)s
) a, (
    SELECT concat(count(*), ':', sum(o.xmin::text::bigint + 31 * hashtid(o.ctid)::bigint)) AS rows, least(
        min(lower(o.valid)) FILTER (WHERE lower(o.valid) > %(at)s::timestamptz),
        min(upper(o.valid)) FILTER (WHERE upper(o.valid) > %(at)s::timestamptz)
    ) AS until
    FROM layers_override o WHERE o.scheme_id = %(scheme)s
) o, (SELECT concat(count(*), ':', sum(l.xmin::text::bigint + 31 * hashtid(l.ctid)::bigint)) AS rows FROM layers_layer l) l, (
    SELECT concat(count(*), ':', sum(r.done)) AS rows FROM layers_assignmentrun r
    WHERE r.scheme_id = %(scheme)s AND r.since IS NOT NULL AND r.finished_at IS NULL
) r
