-- What was and what became: versions, lineage, certificates.

-- name: certified_cells
-- What a certificate knows of the cells as of a time.
-- The cells are joined with themselves as a whole: looking each parent up by itself takes three times as long.
WITH standing AS MATERIALIZED (
    SELECT v.cell_id, v.parent_id, v.level_id, v.edition_id, v.code, v.area_m2, v.sha256
    FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
)
SELECT l.code, s.code, coalesce(p.code, ''), s.sha256, s.area_m2, e.number
FROM standing s
JOIN boundaries_level l ON l.id = s.level_id
JOIN boundaries_edition e ON e.id = s.edition_id
LEFT JOIN standing p ON p.cell_id = s.parent_id

-- name: cell_of_code
-- The cell that has a code, or had it last.
SELECT v.cell_id FROM boundaries_cellversion v
WHERE v.scheme_id = %(scheme)s AND v.code = %(code)s
ORDER BY lower(v.valid) DESC
LIMIT 1

-- name: cell_versions
-- All that a cell was, is and will be, in order of time, without its land.
SELECT v.id, e.number, e.effective, e.published_at, u.username, lower(v.valid), upper(v.valid),
    l.code, v.code, v.name, v.kind, v.attributes::text, v.parent_id, (
        SELECT p.code FROM boundaries_cellversion p
        WHERE p.cell_id = v.parent_id AND p.valid @> lower(v.valid)
    ), v.area_m2, v.noded, v.sha256
FROM boundaries_cellversion v
JOIN boundaries_level l ON l.id = v.level_id
JOIN boundaries_edition e ON e.id = v.edition_id
LEFT JOIN accounts_user u ON u.id = e.published_by_id
WHERE v.cell_id = %(cell)s::uuid
ORDER BY lower(v.valid)

-- name: version_shapes
-- The land of some versions.
SELECT id, ST_AsBinary(geom) FROM boundaries_cellversion WHERE id = ANY(%(versions)s::bigint[])

-- name: lineage_of
-- Who inherited from some cells, or, upwards, from whom they inherited, as it was written when it happened.
SELECT x.predecessor_id, x.successor_id, e.effective, e.number, x.share
FROM boundaries_lineage x
JOIN boundaries_edition e ON e.id = x.edition_id
WHERE CASE WHEN %(upwards)s THEN x.successor_id ELSE x.predecessor_id END = ANY(%(cells)s::uuid[])

-- name: cells_turned
-- When some cells came to an end, or, upwards, began, and the edition of that time.
SELECT v.cell_id, t.at, e.number
FROM boundaries_cellversion v
CROSS JOIN LATERAL (SELECT CASE WHEN %(upwards)s THEN lower(v.valid) ELSE upper(v.valid) END AS at) AS t
LEFT JOIN boundaries_edition e ON e.scheme_id = v.scheme_id AND e.effective = t.at
WHERE v.cell_id = ANY(%(cells)s::uuid[]) AND t.at IS NOT NULL AND NOT EXISTS (
    SELECT FROM boundaries_cellversion n
    WHERE n.cell_id = v.cell_id AND CASE WHEN %(upwards)s THEN upper(n.valid) ELSE lower(n.valid) END = t.at
)

-- name: cells_over
-- The cells of a level whose boxes meet a cell that ended at a time, or, upwards, that met one that began then.
SELECT n.cell_id, ST_AsBinary(n.geom), ST_AsBinary(o.geom)
FROM boundaries_cellversion o
JOIN boundaries_cellversion n
    ON n.scheme_id = o.scheme_id AND n.level_id = o.level_id AND n.cell_id <> o.cell_id AND n.geom && o.geom
    AND CASE WHEN %(upwards)s
        THEN lower(n.valid) < %(at)s::timestamptz AND upper(n.valid) >= %(at)s::timestamptz
            OR lower(n.valid) < %(at)s::timestamptz AND upper_inf(n.valid)
        ELSE n.valid @> %(at)s::timestamptz
    END
WHERE o.cell_id = %(cell)s::uuid
  AND CASE WHEN %(upwards)s THEN lower(o.valid) ELSE upper(o.valid) END = %(at)s::timestamptz

-- name: cells_named
-- What some cells were called, each at a time of its own, or just before it.
SELECT k.number, v.code, v.name, l.code
FROM unnest(%(cells)s::uuid[], %(at)s::timestamptz[], %(before)s::boolean[])
    WITH ORDINALITY AS k (cell_id, at, before, number)
JOIN boundaries_cellversion v ON v.cell_id = k.cell_id
    AND v.valid @> CASE WHEN k.before THEN k.at - interval '1 microsecond' ELSE k.at END
JOIN boundaries_level l ON l.id = v.level_id
