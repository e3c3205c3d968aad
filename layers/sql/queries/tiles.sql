-- Tiles of features.

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
