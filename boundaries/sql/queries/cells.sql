-- Cells as of a time, or, where a draft is named, as the draft has them.

-- name: cells_at
-- The cells of a scheme as of a time, or as a draft has them: top level first, in byte order of their codes.
SELECT c.cell_id, c.code, c.name, l.ordinal, c.parent_id, ST_AsBinary(c.geom) AS wkb
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
JOIN boundaries_level l ON l.id = c.level_id
ORDER BY l.ordinal, c.code COLLATE "C", c.cell_id

-- name: cells_near
-- The cells whose box holds a point as of a time, and all cells above them.
WITH RECURSIVE here AS (
    SELECT v.cell_id, v.parent_id FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
      AND v.geom && ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)
    UNION
    SELECT v.cell_id, v.parent_id FROM boundaries_cellversion v
    JOIN here ON v.cell_id = here.parent_id
    WHERE v.valid @> %(at)s::timestamptz
)
SELECT v.cell_id, v.code, v.name, l.ordinal, v.parent_id, ST_AsBinary(v.geom) AS wkb
FROM here
JOIN boundaries_cellversion v ON v.cell_id = here.cell_id AND v.valid @> %(at)s::timestamptz
JOIN boundaries_level l ON l.id = v.level_id
ORDER BY l.ordinal, v.code COLLATE "C", v.cell_id

-- name: cells_listed
-- One page of cells, the top level first, and how many there are in all. Always gives a row: the number.
WITH cells AS (SELECT * FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)),
kids AS (SELECT parent_id, count(*) AS children FROM cells GROUP BY parent_id),
found AS (
    SELECT c.*, l.ordinal, l.code AS level, p.code AS parent
    FROM cells c
    JOIN boundaries_level l ON l.id = c.level_id
    LEFT JOIN cells p ON p.cell_id = c.parent_id
    WHERE (%(level)s::text IS NULL OR l.code = %(level)s::text)
      AND (%(parent)s::text IS NULL OR p.code = %(parent)s::text)
      AND (%(q)s::text IS NULL OR strpos(lower(c.name), lower(%(q)s::text)) > 0
           OR starts_with(lower(c.code), lower(%(q)s::text)))
      AND (%(west)s::float8 IS NULL OR (
          c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
          AND ST_Intersects(c.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
      ))
),
page AS (
    SELECT f.*, coalesce(kids.children, 0) AS children
    FROM found f
    LEFT JOIN kids ON kids.parent_id = f.cell_id
    ORDER BY f.ordinal, f.code COLLATE "C", f.cell_id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT total.count, page.code, page.name, page.level, page.kind, page.parent, page.area_m2, page.children,
    ST_X(spot.at), ST_Y(spot.at),
    ST_XMin(page.geom), ST_YMin(page.geom), ST_XMax(page.geom), ST_YMax(page.geom),
    CASE WHEN %(geometry)s THEN ST_AsGeoJSON(page.geom, 8) END
FROM (SELECT count(*) FROM found) AS total
LEFT JOIN page ON TRUE
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(page.geom) AS at) AS spot ON TRUE
ORDER BY page.ordinal, page.code COLLATE "C", page.cell_id

-- name: cell_found
-- One cell by its code: as it is there, or, where it was retired before, as it was last.
WITH cells AS (
    SELECT d.cell_id, d.level_id, d.parent_id, d.code, d.name, d.kind, d.area_m2, d.geom, d.attributes,
        NULL::tstzrange AS valid, 0 AS rank
    FROM boundaries_draftcell d
    WHERE d.draft_id = %(draft)s::bigint AND NOT d.retired AND d.code = %(code)s
    UNION ALL
    SELECT v.cell_id, v.level_id, v.parent_id, v.code, v.name, v.kind, v.area_m2, v.geom, v.attributes,
        v.valid, CASE WHEN v.valid @> %(at)s::timestamptz THEN 0 ELSE 1 END
    FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s AND v.code = %(code)s AND lower(v.valid) <= %(at)s::timestamptz
      AND NOT EXISTS (
          SELECT FROM boundaries_draftcell d WHERE d.draft_id = %(draft)s::bigint AND d.cell_id = v.cell_id
      )
)
SELECT c.cell_id, c.level_id, l.code, c.code, c.name, c.kind, c.area_m2, c.attributes::text,
    ST_X(spot.at), ST_Y(spot.at),
    ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom), ST_AsGeoJSON(c.geom, 8),
    c.parent_id, (
        SELECT min(lower(v.valid)) FROM boundaries_cellversion v
        WHERE v.cell_id = c.cell_id AND v.code = c.code
    ), (
        SELECT CASE WHEN bool_or(upper_inf(v.valid)) THEN NULL ELSE max(upper(v.valid)) END
        FROM boundaries_cellversion v WHERE v.cell_id = c.cell_id AND v.code = c.code
    ), upper(c.valid), c.rank = 0
FROM cells c
JOIN boundaries_level l ON l.id = c.level_id
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(c.geom) AS at) AS spot ON TRUE
ORDER BY c.rank, upper(c.valid) DESC NULLS FIRST
LIMIT 1

-- name: cell_children
-- The cells right below one, in byte order of their codes.
SELECT c.code, c.name, c.kind, c.area_m2 FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.parent_id = %(cell)s::uuid
ORDER BY c.code COLLATE "C", c.cell_id

-- name: cell_chains
-- The cells above each of some cells, and itself: the top first.
WITH RECURSIVE cells AS MATERIALIZED (
    SELECT cell_id, parent_id, code, name, level_id
    FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)
),
up AS (
    SELECT c.cell_id AS origin, c.* FROM cells c WHERE c.cell_id = ANY (%(ids)s::uuid[])
    UNION
    SELECT up.origin, c.* FROM cells c JOIN up ON c.cell_id = up.parent_id
)
SELECT up.origin, l.code, up.code, up.name
FROM up
JOIN boundaries_level l ON l.id = up.level_id
ORDER BY up.origin, l.ordinal

-- name: cells_searched
-- Cells by code or name: the exact code first, then the exact name, then beginnings, then what holds the text.
SELECT c.rank, c.cell_id, c.level, c.code, c.name, ST_X(spot.at), ST_Y(spot.at),
    ST_XMin(c.geom), ST_YMin(c.geom), ST_XMax(c.geom), ST_YMax(c.geom)
FROM (
    SELECT r.rank, cells.cell_id, l.ordinal, l.code AS level, cells.code, cells.name, cells.geom
    FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) cells
    JOIN boundaries_level l ON l.id = cells.level_id
    JOIN LATERAL (
        SELECT CASE
            WHEN lower(cells.code) = lower(%(q)s) THEN 0
            WHEN lower(cells.name) = lower(%(q)s) THEN 1
            WHEN starts_with(lower(cells.code), lower(%(q)s)) OR starts_with(lower(cells.name), lower(%(q)s)) THEN 2
            WHEN strpos(lower(cells.name), lower(%(q)s)) > 0 OR strpos(lower(cells.code), lower(%(q)s)) > 0 THEN 3
        END AS rank
    ) AS r ON r.rank IS NOT NULL
    ORDER BY r.rank, l.ordinal, cells.code COLLATE "C", cells.cell_id
    LIMIT %(limit)s
) AS c
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(c.geom) AS at) AS spot ON TRUE
ORDER BY c.rank, c.ordinal, c.code COLLATE "C", c.cell_id

-- name: levels_counted
-- How many cells each level of some schemes has now, and the box of the land.
SELECT v.level_id, count(*), ST_XMin(ST_Extent(v.geom)), ST_YMin(ST_Extent(v.geom)),
    ST_XMax(ST_Extent(v.geom)), ST_YMax(ST_Extent(v.geom))
FROM boundaries_cellversion v
WHERE v.scheme_id = ANY (%(schemes)s::bigint[]) AND v.valid @> %(at)s::timestamptz
GROUP BY v.level_id

-- name: cell_names
-- The names of cells by their codes; of cells with one code, that of one of them.
SELECT DISTINCT ON (code) code, name
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)
WHERE code = ANY(%(codes)s::text[]) AND name <> ''
ORDER BY code, cell_id

-- name: cell_levels
-- The code and the level of each cell of an edition, or of a draft over its base.
SELECT cell_id, code, level_id FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)
