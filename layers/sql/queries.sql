-- Every statement of this app that is more than one model's question; called from selectors and services.

-- name: lock_layer
-- Two imports into a layer follow one another.
SELECT pg_advisory_xact_lock(hashtext('layer'), %(layer)s)

-- name: nested_loops_off
SET LOCAL enable_nestloop = off

-- name: nested_loops_on
SET LOCAL enable_nestloop = on

-- name: features_now
-- The features that a scheme answers for, as they are now: all, of one layer, or those that are named.
SELECT f.id, ST_AsBinary(f.geom)
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
WHERE (%(layer)s::bigint IS NULL OR f.layer_id = %(layer)s::bigint)
  AND (%(ids)s::bigint[] IS NULL OR f.id = ANY (%(ids)s::bigint[]))
ORDER BY f.id

-- name: features_at
-- All features that a scheme answers for, as they were, or will be, at a time.
SELECT f.id, ST_AsBinary(coalesce(p.geom, f.geom))
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
WHERE f.valid @> %(at)s::timestamptz OR p.id IS NOT NULL
ORDER BY f.id

-- name: feature_names
-- The layer and the key of features.
SELECT f.id, l.code, f.key
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id
WHERE f.id = ANY (%(ids)s::bigint[])

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

-- name: features_touched
-- The features that a change may give another answer from a time on: those that meet the cells that count of it,
-- before or after; those that somebody decided into such a cell; and those in no cell for which such a cell, or
-- what changed of another's outline, is as near as the nearest cell is now. How far that is in degrees is told
-- generously, and what is farther than 40 km, or near ±180° or a pole, counts always.
SELECT f.id
FROM unnest(%(shapes)s::bytea[]) AS s (wkb)
CROSS JOIN LATERAL (SELECT ST_GeomFromWKB(s.wkb, 4326) AS geom) AS cell
JOIN layers_feature f ON ST_DWithin(f.geom, cell.geom, %(step)s)
JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
UNION
SELECT o.feature_id
FROM layers_override o
WHERE o.scheme_id = %(scheme)s AND o.cell_id = ANY (%(cells)s::uuid[])
  AND o.valid && tstzrange(%(since)s, NULL)
UNION
SELECT f.id
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
CROSS JOIN LATERAL (
    SELECT (a.nearest_m * 1.01 + 1) / 110500 AS up,
           greatest(abs(ST_YMin(f.geom)), abs(ST_YMax(f.geom))) AS latitude
) AS d
CROSS JOIN LATERAL (
    SELECT d.up / cos(radians(least(d.latitude + d.up, 89))) AS aside, d.up, d.latitude + d.up AS latitude
) AS reach
WHERE a.scheme_id = %(scheme)s AND a.cell_id IS NULL AND a.valid && tstzrange(%(since)s, NULL)
  AND (
      %(all_lost)s OR a.nearest_m IS NULL OR a.nearest_m > 40000 * cos(radians(least(reach.latitude, 89)))
      OR reach.latitude >= 89 OR ST_XMin(f.geom) - reach.aside < -180 OR ST_XMax(f.geom) + reach.aside > 180
      OR EXISTS (
          SELECT
          FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
              AS b (west, south, east, north)
          WHERE ST_XMax(f.geom) + reach.aside >= b.west AND ST_XMin(f.geom) - reach.aside <= b.east
            AND ST_YMax(f.geom) + reach.up >= b.south AND ST_YMin(f.geom) - reach.up <= b.north
      )
  )
ORDER BY 1

-- name: features_meeting
-- The features that meet some cells, or that somebody decided into one at a time, with that decision.
WITH met AS (
    SELECT f.id
    FROM unnest(%(shapes)s::bytea[]) AS s (wkb)
    CROSS JOIN LATERAL (SELECT ST_GeomFromWKB(s.wkb, 4326) AS geom) AS cell
    JOIN layers_feature f ON ST_DWithin(f.geom, cell.geom, %(step)s)
    UNION
    SELECT o.feature_id FROM layers_override o
    WHERE o.scheme_id = %(scheme)s AND o.cell_id = ANY (%(cells)s::uuid[]) AND o.valid @> %(at)s::timestamptz
)
SELECT f.id, f.layer_id, f.key, o.cell_id, ST_AsBinary(f.geom)
FROM met
JOIN layers_feature f ON f.id = met.id
JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
LEFT JOIN layers_override o
    ON o.feature_id = f.id AND o.scheme_id = %(scheme)s AND o.valid @> %(at)s::timestamptz
ORDER BY f.id

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

-- name: incoming_create
-- The rows of an import, each key once.
CREATE TEMPORARY TABLE incoming (
    ordinal bigint NOT NULL,
    key text NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    attributes jsonb NOT NULL
) ON COMMIT DROP

-- name: incoming_drop
DROP TABLE IF EXISTS pg_temp.incoming

-- name: incoming_copy
COPY incoming (ordinal, key, geom, attributes) FROM STDIN

-- name: features_analyze
-- Tell the planner what a large import has brought; by itself it would find out minutes later.
ANALYZE layers_feature, layers_assignment

-- name: incoming_analyze
ANALYZE incoming

-- name: features_keep_past
-- What the features that change were until now.
INSERT INTO layers_featurepast (feature_id, geom, attributes, valid)
SELECT f.id, f.geom, f.attributes, tstzrange(lower(f.valid), %(at)s)
FROM incoming i
JOIN layers_feature f ON f.layer_id = %(layer)s AND f.key = i.key
WHERE (f.geom, f.attributes) IS DISTINCT FROM (i.geom, i.attributes)

-- name: features_change
UPDATE layers_feature f
SET geom = i.geom, attributes = i.attributes, valid = tstzrange(%(at)s, NULL)
FROM incoming i
WHERE f.layer_id = %(layer)s AND f.key = i.key
  AND (f.geom, f.attributes) IS DISTINCT FROM (i.geom, i.attributes)
RETURNING f.id

-- name: features_add
INSERT INTO layers_feature (layer_id, key, geom, attributes, valid)
SELECT %(layer)s, i.key, i.geom, i.attributes, tstzrange(%(at)s, NULL)
FROM incoming i
WHERE NOT EXISTS (SELECT FROM layers_feature f WHERE f.layer_id = %(layer)s AND f.key = i.key)
ORDER BY i.ordinal
RETURNING id

-- ---- What the API reads. ----

-- name: audit_state
-- What the features' share of an audit of a scheme stands on, as `audit_state` of boundaries tells it.
SELECT concat_ws(' ', f.rows, p.rows, a.rows, o.rows, l.rows), least(f.until, p.until, a.until, o.until)
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
) o, (SELECT concat(count(*), ':', sum(l.xmin::text::bigint + 31 * hashtid(l.ctid)::bigint)) AS rows FROM layers_layer l) l

-- name: layers_counted
-- The layers, of all or of those that a scheme answers for, with the number of their features now.
SELECT l.id, count(f.id)
FROM layers_layer l
LEFT JOIN layers_feature f ON f.layer_id = l.id
WHERE %(scheme)s::bigint IS NULL OR l.scheme_id IS NULL OR l.scheme_id = %(scheme)s::bigint
GROUP BY l.id
ORDER BY l.code COLLATE "C"

-- name: features_of_cell_counted
-- How many features of each layer are assigned to a cell or to one below it at a time.
WITH RECURSIVE below AS (
    SELECT %(cell)s::uuid AS cell_id
    UNION
    SELECT v.cell_id FROM boundaries_cellversion v JOIN below ON v.parent_id = below.cell_id
    WHERE v.valid @> %(at)s::timestamptz
)
SELECT l.code, count(*)
FROM below
JOIN layers_assignment a ON a.cell_id = below.cell_id
    AND a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
JOIN layers_feature f ON f.id = a.feature_id
JOIN layers_layer l ON l.id = f.layer_id
GROUP BY l.code
ORDER BY l.code COLLATE "C"

-- name: features_listed
-- One page of a layer's features as of a time, in byte order of their keys, and how many there are in all.
WITH RECURSIVE below AS (
    SELECT v.cell_id FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s::bigint AND v.code = %(cell)s::text AND v.valid @> %(at)s::timestamptz
    UNION
    SELECT v.cell_id FROM boundaries_cellversion v JOIN below ON v.parent_id = below.cell_id
    WHERE v.valid @> %(at)s::timestamptz
),
features AS (
    SELECT f.id, f.key, f.attributes, f.geom
    FROM layers_feature f
    WHERE f.layer_id = %(layer)s AND f.valid @> %(at)s::timestamptz
    UNION ALL
    SELECT f.id, f.key, p.attributes, p.geom
    FROM layers_featurepast p
    JOIN layers_feature f ON f.id = p.feature_id
    WHERE f.layer_id = %(layer)s AND p.valid @> %(at)s::timestamptz
),
found AS (
    SELECT f.id, f.key, f.attributes, f.geom, a.cell_id, a.method
    FROM features f
    LEFT JOIN layers_assignment a ON %(scheme)s::bigint IS NOT NULL AND a.feature_id = f.id
        AND a.scheme_id = %(scheme)s::bigint AND a.valid @> %(at)s::timestamptz
    WHERE (%(cell)s::text IS NULL OR a.cell_id IN (SELECT cell_id FROM below))
      AND (%(q)s::text IS NULL
           OR %(keys)s AND strpos(lower(f.key), lower(%(q)s::text)) > 0
           OR EXISTS (
               SELECT FROM jsonb_each_text(f.attributes) AS pair
               WHERE pair.key <> ALL (%(hidden)s::text[]) AND strpos(lower(pair.value), lower(%(q)s::text)) > 0
           ))
      AND (%(west)s::float8 IS NULL OR (
          f.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
          AND ST_Intersects(f.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
      ))
),
page AS (SELECT * FROM found ORDER BY key COLLATE "C", id LIMIT %(limit)s OFFSET %(offset)s)
SELECT total.count, page.id, page.key, page.attributes::text, ST_AsGeoJSON(page.geom, 8), v.code, page.method
FROM (SELECT count(*) FROM found) AS total
LEFT JOIN page ON TRUE
LEFT JOIN boundaries_cellversion v ON v.cell_id = page.cell_id AND v.valid @> %(at)s::timestamptz
ORDER BY page.key COLLATE "C", page.id

-- name: feature_found
-- One feature as of a time.
SELECT f.id, f.key, coalesce(p.attributes, f.attributes)::text, ST_AsGeoJSON(coalesce(p.geom, f.geom), 8)
FROM layers_feature f
LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
WHERE f.layer_id = %(layer)s AND f.key = %(key)s
  AND (f.valid @> %(at)s::timestamptz OR p.id IS NOT NULL)

-- name: feature_assignments
-- The cell of a feature in each scheme, or in one, as of a time, and why.
SELECT s.code, v.code, v.name, l.code, a.method, a.share, a.on_edge, a.shares::text, a.nearest_m
FROM layers_assignment a
JOIN boundaries_scheme s ON s.id = a.scheme_id
LEFT JOIN boundaries_cellversion v ON v.cell_id = a.cell_id AND v.valid @> %(at)s::timestamptz
LEFT JOIN boundaries_level l ON l.id = v.level_id
WHERE a.feature_id = %(feature)s AND a.valid @> %(at)s::timestamptz
  AND (%(scheme)s::bigint IS NULL OR a.scheme_id = %(scheme)s::bigint)
ORDER BY s.code COLLATE "C"

-- name: features_searched
-- Features by key or name: the exact key first, then the exact name, then beginnings, then what holds the text.
-- A layer whose keys or names are private to the asker is searched by the other alone.
SELECT c.rank, c.layer, c.key, c.name, ST_X(spot.at), ST_Y(spot.at),
    ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom), a.cell_id
FROM (
    SELECT r.rank, f.id, w.code AS layer, f.key, coalesce(n.name, '') AS name, coalesce(p.geom, f.geom) AS geom
    FROM unnest(%(layers)s::bigint[], %(codes)s::text[], %(names)s::text[], %(keyed)s::boolean[])
        AS w (layer_id, code, name_field, keyed)
    JOIN layers_feature f ON f.layer_id = w.layer_id
    LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
    JOIN LATERAL (SELECT coalesce(p.attributes, f.attributes) ->> w.name_field AS name) AS n ON TRUE
    JOIN LATERAL (
        SELECT CASE
            WHEN w.keyed AND lower(f.key) = lower(%(q)s) THEN 0
            WHEN lower(n.name) = lower(%(q)s) THEN 1
            WHEN w.keyed AND starts_with(lower(f.key), lower(%(q)s))
                OR starts_with(lower(n.name), lower(%(q)s)) THEN 2
            WHEN strpos(lower(n.name), lower(%(q)s)) > 0 THEN 3
        END AS rank
    ) AS r ON r.rank IS NOT NULL
    WHERE f.valid @> %(at)s::timestamptz OR p.id IS NOT NULL
    ORDER BY r.rank, w.code COLLATE "C", f.key COLLATE "C"
    LIMIT %(limit)s
) AS c
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(c.geom) AS at) AS spot ON TRUE
LEFT JOIN layers_assignment a
    ON a.feature_id = c.id AND a.scheme_id = %(scheme)s::bigint AND a.valid @> %(at)s::timestamptz
ORDER BY c.rank, c.layer COLLATE "C", c.key COLLATE "C"

-- Tiles of features ---------------------------------------------------------------------------------------------

-- name: features_crowded
-- Whether more features than are shown one by one meet a tile; lines are always shown.
SELECT count(*) > %(most)s
FROM (
    SELECT FROM layers_feature f
    WHERE f.layer_id = %(layer)s::bigint AND ST_Dimension(f.geom) <> 1
      AND f.geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326)
    LIMIT %(most)s + 1
) AS first

-- name: feature_tile
-- A tile of features: each by itself, or in a crowd those of a square as one cluster. A feature that is drawn
-- as a point is on the one tile that has its centroid; the edges of that tile are half open.
WITH frame AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
           ST_Transform(
               ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(buffer)s::float8 / %(extent)s), 4326
           ) AS around,
           %(extent)s * (1::float8 / (1 << 26)) * (1 << %(z)s) AS scale
), near AS MATERIALIZED (
    SELECT f.id, ST_Dimension(f.geom) AS dimension, ST_Centroid(f.geom) AS at
    FROM layers_feature f
    CROSS JOIN frame
    WHERE f.layer_id = %(layer)s::bigint AND f.geom && frame.around
), placed AS MATERIALIZED (
    SELECT id, dimension,
           floor(layers_world_x_v1(ST_X(at)) * frame.scale)::int - %(x)s * %(extent)s AS u,
           floor(layers_world_y_v1(ST_Y(at)) * frame.scale)::int - %(y)s * %(extent)s AS v
    FROM near
    CROSS JOIN frame
), squares AS (
    SELECT count(*) AS count, avg(u) AS u, avg(v) AS v, min(id) AS id
    FROM placed
    WHERE dimension <> 1 AND u >= 0 AND u < %(extent)s AND v >= 0 AND v < %(extent)s
    GROUP BY u / %(square)s, v / %(square)s, CASE WHEN NOT %(clustered)s THEN id END
), clusters AS (
    SELECT count, ST_MakePoint(floor(u), floor(v)) AS geom FROM squares WHERE count > 1
), single AS (
    SELECT id, ST_MakePoint(u, v) AS point FROM squares WHERE count = 1
    UNION ALL
    SELECT id, NULL FROM placed WHERE dimension = 1
    UNION ALL
    -- A polygon reaches into tiles that have not its centroid.
    SELECT id, NULL FROM placed
    WHERE %(whole)s AND NOT %(clustered)s AND dimension = 2
      AND NOT (u >= 0 AND u < %(extent)s AND v >= 0 AND v < %(extent)s)
), features AS (
    SELECT f.id, f.key, f.attributes, v.code AS cell, a.method,
           coalesce(
               CASE WHEN ST_Dimension(f.geom) = 1 OR (%(whole)s AND ST_Dimension(f.geom) = 2) THEN
                   ST_AsMVTGeom(ST_Transform(f.geom, 3857), frame.box, %(extent)s, %(buffer)s)
               END,
               s.point
           ) AS geom
    FROM single s
    JOIN layers_feature f ON f.id = s.id
    CROSS JOIN frame
    LEFT JOIN layers_assignment a
        ON a.feature_id = f.id AND a.scheme_id = %(scheme)s::bigint AND a.valid @> %(at)s::timestamptz
    LEFT JOIN boundaries_cellversion v ON v.cell_id = a.cell_id AND v.valid @> %(at)s::timestamptz
)
SELECT coalesce((
    SELECT ST_AsMVT(c, 'clusters', %(extent)s, 'geom')
    FROM (SELECT * FROM clusters ORDER BY ST_X(geom), ST_Y(geom)) AS c
), '') || coalesce((
    SELECT ST_AsMVT(t, 'features', %(extent)s, 'geom') FROM (
        SELECT CASE WHEN %(key_public)s THEN key END AS key,
               CASE WHEN %(name_public)s THEN attributes ->> %(name_field)s::text END AS name,
               CASE WHEN %(category_public)s THEN attributes ->> 'category' END AS category,
               cell, method, geom
        FROM features
        WHERE geom IS NOT NULL
        ORDER BY id
    ) AS t
), '')

-- name: feature_tile_far
-- A tile of a low zoom, from the counts that are kept: the features of a square as one cluster, a single one as
-- itself, and the lines. A square is a tile three zooms deeper: 64 pixels.
WITH frame AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
           ST_Transform(
               ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(buffer)s::float8 / %(extent)s), 4326
           ) AS around
), squares AS (
    SELECT sum(count) AS count,
           (div(sum(sum_u), sum(count))::bigint >> 14 - %(z)s) - %(x)s * %(extent)s AS u,
           (div(sum(sum_v), sum(count))::bigint >> 14 - %(z)s) - %(y)s * %(extent)s AS v,
           sum(sum_id)::bigint AS id
    FROM layers_featuresquare
    WHERE layer_id = %(layer)s::bigint AND count > 0
      AND x >= %(x)s << 14 - %(z)s AND x < %(x)s + 1 << 14 - %(z)s
      AND y >= %(y)s << 14 - %(z)s AND y < %(y)s + 1 << 14 - %(z)s
    GROUP BY x >> 11 - %(z)s, y >> 11 - %(z)s
), single AS (
    SELECT id, ST_MakePoint(u, v) AS point FROM squares WHERE count = 1
    UNION ALL
    SELECT f.id, NULL
    FROM layers_feature f
    CROSS JOIN frame
    WHERE f.layer_id = %(layer)s::bigint AND ST_Dimension(f.geom) = 1 AND f.geom && frame.around
), features AS (
    SELECT f.id, f.key, f.attributes, v.code AS cell, a.method,
           coalesce(
               s.point, ST_AsMVTGeom(ST_Transform(f.geom, 3857), frame.box, %(extent)s, %(buffer)s)
           ) AS geom
    FROM single s
    JOIN layers_feature f ON f.id = s.id
    CROSS JOIN frame
    LEFT JOIN layers_assignment a
        ON a.feature_id = f.id AND a.scheme_id = %(scheme)s::bigint AND a.valid @> %(at)s::timestamptz
    LEFT JOIN boundaries_cellversion v ON v.cell_id = a.cell_id AND v.valid @> %(at)s::timestamptz
)
SELECT coalesce((
    SELECT ST_AsMVT(c, 'clusters', %(extent)s, 'geom')
    FROM (
        SELECT count::bigint AS count, ST_MakePoint(u, v) AS geom FROM squares WHERE count > 1 ORDER BY u, v
    ) AS c
), '') || coalesce((
    SELECT ST_AsMVT(t, 'features', %(extent)s, 'geom') FROM (
        SELECT CASE WHEN %(key_public)s THEN key END AS key,
               CASE WHEN %(name_public)s THEN attributes ->> %(name_field)s::text END AS name,
               CASE WHEN %(category_public)s THEN attributes ->> 'category' END AS category,
               cell, method, geom
        FROM features
        WHERE geom IS NOT NULL
        ORDER BY id
    ) AS t
), '')
