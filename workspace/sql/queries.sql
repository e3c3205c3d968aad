-- Every statement of this app that is more than one model's question; called from selectors.

-- name: land_box
-- West, south, east and north of the top cells that are in force.
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT ST_Extent(v.geom) AS box
    FROM boundaries_cellversion v
    JOIN boundaries_level l ON l.id = v.level_id
    WHERE l.parent_id IS NULL AND upper_inf(v.valid)
) AS land
