-- Features that several schemes share out between them: each is to be in a cell of exactly one.

-- name: conflict_patterns
-- How many features of each layer are, at a time, in a cell of just these of the schemes that claim the layer.
WITH claims AS (
    SELECT * FROM unnest(%(schemes)s::bigint[], %(layers)s::bigint[]) AS c (scheme_id, layer_id)
),
features AS (
    SELECT f.id, f.layer_id
    FROM layers_feature f
    WHERE f.layer_id = ANY (%(layers)s::bigint[])
      AND (f.valid @> %(at)s::timestamptz OR EXISTS (
          SELECT FROM layers_featurepast p WHERE p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
      ))
),
held AS (
    SELECT a.feature_id, array_agg(s.code ORDER BY s.code COLLATE "C") AS schemes
    FROM layers_assignment a
    JOIN features f ON f.id = a.feature_id
    JOIN claims c ON c.layer_id = f.layer_id AND c.scheme_id = a.scheme_id
    JOIN boundaries_scheme s ON s.id = a.scheme_id
    WHERE a.valid @> %(at)s::timestamptz AND a.cell_id IS NOT NULL
    GROUP BY a.feature_id
)
SELECT l.code, coalesce(h.schemes, '{}'), count(*)
FROM features f
JOIN layers_layer l ON l.id = f.layer_id
LEFT JOIN held h ON h.feature_id = f.id
GROUP BY l.code, coalesce(h.schemes, '{}')
ORDER BY l.code COLLATE "C", 2

-- name: conflict_objects
-- One page of the features that are in a cell of none, or of more than one, of the schemes that claim their layer at
-- a time, in the order of their ids; with the code and the name of each of these cells.
WITH claims AS (
    SELECT * FROM unnest(%(schemes)s::bigint[], %(layers)s::bigint[]) AS c (scheme_id, layer_id)
),
page AS (
    SELECT f.id, count(a.id) AS number
    FROM layers_feature f
    JOIN claims c ON c.layer_id = f.layer_id
    LEFT JOIN layers_assignment a ON a.feature_id = f.id AND a.scheme_id = c.scheme_id
        AND a.valid @> %(at)s::timestamptz AND a.cell_id IS NOT NULL
    WHERE f.id > %(after)s AND (%(layer)s::bigint IS NULL OR f.layer_id = %(layer)s::bigint)
      AND (f.valid @> %(at)s::timestamptz OR EXISTS (
          SELECT FROM layers_featurepast p WHERE p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
      ))
    GROUP BY f.id
    HAVING CASE %(kind)s::text
        WHEN 'none' THEN count(a.id) = 0
        WHEN 'several' THEN count(a.id) > 1
        ELSE count(a.id) <> 1
    END
    ORDER BY f.id
    LIMIT %(limit)s
)
SELECT f.id, l.code, f.key, coalesce(p.attributes, f.attributes) ->> %(name_field)s::text, page.number,
       ST_X(spot.at), ST_Y(spot.at), coalesce((
           SELECT json_agg(
               json_build_object('scheme', s.code, 'cell', v.code, 'name', v.name) ORDER BY s.code COLLATE "C"
           )
           FROM claims c
           JOIN layers_assignment a ON a.feature_id = f.id AND a.scheme_id = c.scheme_id
               AND a.valid @> %(at)s::timestamptz AND a.cell_id IS NOT NULL
           JOIN boundaries_scheme s ON s.id = a.scheme_id
           LEFT JOIN boundaries_cellversion v ON v.cell_id = a.cell_id AND v.valid @> %(at)s::timestamptz
           WHERE c.layer_id = f.layer_id
       ), '[]')::text
FROM page
JOIN layers_feature f ON f.id = page.id
JOIN layers_layer l ON l.id = f.layer_id
LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(coalesce(p.geom, f.geom)) AS at) AS spot ON TRUE
ORDER BY f.id
