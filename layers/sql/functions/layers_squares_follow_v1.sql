-- Count the features that a statement wrote in the squares that their centroids are in; lines are in none.
-- Whole numbers only, so that what is taken away is what was added.
CREATE FUNCTION layers_squares_follow_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO layers_featuresquare AS s (layer_id, x, y, count, sum_u, sum_v, sum_id)
        SELECT layer_id, u >> 12, v >> 12, count(*), sum(u), sum(v), sum(id)
        FROM added
        CROSS JOIN LATERAL (SELECT ST_Centroid(geom) AS at OFFSET 0) AS middle
        CROSS JOIN LATERAL (
            SELECT layers_world_x_v1(ST_X(at)) AS u, layers_world_y_v1(ST_Y(at)) AS v OFFSET 0
        ) AS placed
        WHERE ST_Dimension(geom) <> 1 AND NOT ST_IsEmpty(geom)
        GROUP BY layer_id, u >> 12, v >> 12
        ORDER BY layer_id, u >> 12, v >> 12
        ON CONFLICT (layer_id, x, y) DO UPDATE SET
            count = s.count + EXCLUDED.count,
            sum_u = s.sum_u + EXCLUDED.sum_u,
            sum_v = s.sum_v + EXCLUDED.sum_v,
            sum_id = s.sum_id + EXCLUDED.sum_id;
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        UPDATE layers_featuresquare s
        SET count = s.count - gone.count, sum_u = s.sum_u - gone.sum_u, sum_v = s.sum_v - gone.sum_v,
            sum_id = s.sum_id - gone.sum_id
        FROM (
            SELECT layer_id, u >> 12 AS x, v >> 12 AS y, count(*) AS count, sum(u) AS sum_u, sum(v) AS sum_v,
                   sum(id) AS sum_id
            FROM removed
            CROSS JOIN LATERAL (SELECT ST_Centroid(geom) AS at OFFSET 0) AS middle
            CROSS JOIN LATERAL (
                SELECT layers_world_x_v1(ST_X(at)) AS u, layers_world_y_v1(ST_Y(at)) AS v OFFSET 0
            ) AS placed
            WHERE ST_Dimension(geom) <> 1 AND NOT ST_IsEmpty(geom)
            GROUP BY layer_id, u >> 12, v >> 12
        ) AS gone
        WHERE s.layer_id = gone.layer_id AND s.x = gone.x AND s.y = gone.y;
    END IF;
    RETURN NULL;
END
$$;
