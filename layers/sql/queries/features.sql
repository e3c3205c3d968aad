-- Features: who they are, and writing them.

-- name: lock_layer
-- Two imports into a layer follow one another.
SELECT pg_advisory_xact_lock(hashtext('layer'), %(layer)s)

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
SELECT a.feature_id
FROM layers_assignment a
-- One by one: those in no cell are few among all features.
CROSS JOIN LATERAL (SELECT geom FROM layers_feature WHERE id = a.feature_id OFFSET 0) AS f
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
