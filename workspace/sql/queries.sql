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

-- name: cells_around
-- The cells of the same level that reach into a box as of a time, cut to it; without the cell itself.
SELECT ST_AsBinary(ST_ClipByBox2D(v.geom, box.geom))
FROM boundaries_cellversion v,
    (SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS geom) AS box
WHERE v.level_id = %(level)s AND v.cell_id <> %(cell)s AND v.valid @> %(at)s::timestamptz
  AND v.geom && box.geom
LIMIT 500

-- name: cells_below
-- The shapes of the cells right below one as of a time.
SELECT ST_AsBinary(v.geom)
FROM boundaries_cellversion v
WHERE v.parent_id = %(cell)s AND v.valid @> %(at)s::timestamptz AND v.geom IS NOT NULL
LIMIT 500

-- name: published_with_code
-- The schemes in which a cell with that code was ever published, and what the cell was called last.
SELECT s.code, s.name_zh, s.name_en, last.name
FROM boundaries_scheme s
JOIN LATERAL (
    SELECT v.name FROM boundaries_cellversion v
    WHERE v.scheme_id = s.id AND v.code = %(code)s
    ORDER BY lower(v.valid) DESC
    LIMIT 1
) AS last ON TRUE
ORDER BY s.code

-- name: code_above
-- The cell in force with the longest code that a given one begins with: codes are read from the top down.
SELECT s.code, v.code, v.name
FROM boundaries_scheme s
CROSS JOIN unnest(%(beginnings)s::text[]) AS beginning
JOIN boundaries_cellversion v
    ON v.scheme_id = s.id AND v.code = beginning COLLATE "C" AND upper_inf(v.valid)
WHERE %(scheme)s::text IS NULL OR s.code = %(scheme)s
ORDER BY length(v.code) DESC, s.code
LIMIT 1
