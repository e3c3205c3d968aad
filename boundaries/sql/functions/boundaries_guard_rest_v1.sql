-- What is left of the border of some land when the borders of its parts are taken from it: edges from their lesser
-- end to their greater, and how often. Nothing is left exactly if every place of the whole is covered once, nothing
-- outside it is, and both sides of every border have the same nodes. Coordinates are compared as they are: there is
-- no tolerance. Polygons are valid ones, so that their rings can be turned the same way.
CREATE FUNCTION boundaries_guard_rest_v1(whole geometry, parts geometry[])
RETURNS TABLE (ax float8, ay float8, bx float8, by float8, times bigint)
LANGUAGE sql IMMUTABLE
AS $$
    -- OFFSET 0 keeps the planner from computing a value once more wherever it is used.
    SELECT least_x, least_y, most_x, most_y, sum(signed) AS times
    FROM (
        SELECT CASE WHEN forward THEN sign ELSE -sign END AS signed,
            CASE WHEN forward THEN x1 ELSE x2 END AS least_x, CASE WHEN forward THEN y1 ELSE y2 END AS least_y,
            CASE WHEN forward THEN x2 ELSE x1 END AS most_x, CASE WHEN forward THEN y2 ELSE y1 END AS most_y
        FROM (
            SELECT sign, x1, y1, x2, y2, x1 < x2 OR (x1 = x2 AND y1 < y2) AS forward
            FROM (
                SELECT sign, ST_X(tail) AS x1, ST_Y(tail) AS y1, ST_X(head) AS x2, ST_Y(head) AS y2
                FROM (
                    SELECT sign, ST_StartPoint(edge) AS tail, ST_EndPoint(edge) AS head
                    FROM (
                        SELECT 1 AS sign, (ST_DumpSegments(ST_ForcePolygonCCW(whole))).geom AS edge
                        UNION ALL
                        SELECT -1, (ST_DumpSegments(ST_ForcePolygonCCW(part))).geom FROM unnest(parts) AS part
                    ) AS edges OFFSET 0
                ) AS ends OFFSET 0
            ) AS numbers OFFSET 0
        ) AS turned OFFSET 0
    ) AS one_way
    GROUP BY least_x, least_y, most_x, most_y
    HAVING sum(signed) <> 0
$$;
