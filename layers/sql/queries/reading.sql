-- What the API reads.

-- name: layers_counted
-- The layers, of all or of those that a scheme answers for, with the number of their features now.
SELECT l.id, count(f.id)
FROM layers_layer l
LEFT JOIN layers_feature f ON f.layer_id = l.id
WHERE %(scheme)s::bigint IS NULL OR l.scheme_id IS NULL OR l.scheme_id = %(scheme)s::bigint
GROUP BY l.id
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
-- The cell of a feature in each scheme, or in one, as of a time, and why; and whether it is still to be assigned
-- anew, because of an edition that may have moved it.
SELECT s.code, v.code, v.name, l.code, a.method, a.share, a.on_edge, a.shares::text, a.nearest_m, EXISTS (
    SELECT FROM layers_assignmentrun r
    WHERE r.scheme_id = a.scheme_id AND r.since IS NOT NULL AND r.finished_at IS NULL AND r.last_id < a.feature_id
      AND (NOT r.named OR EXISTS (
          SELECT FROM layers_assignmentdue d WHERE d.run_id = r.id AND d.feature_id = a.feature_id
      ))
)
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
