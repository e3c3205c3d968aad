-- Every statement of this app that is more than one model's question; called from selectors and services.

-- name: cells_at
-- The cells of a scheme as of a time, top level first, in byte order of their codes.
SELECT v.cell_id, v.code, v.name, l.ordinal, v.parent_id, ST_AsBinary(v.geom) AS wkb
FROM boundaries_cellversion v
JOIN boundaries_level l ON l.id = v.level_id
WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
ORDER BY l.ordinal, v.code COLLATE "C", v.cell_id

-- name: cells_of_draft
-- The cells of a draft: those of its base, each replaced by the draft's own row where there is one.
SELECT cell_id, code, name, ordinal, parent_id, wkb FROM (
    SELECT d.cell_id, d.code, d.name, l.ordinal, d.parent_id, ST_AsBinary(d.geom) AS wkb
    FROM boundaries_draftcell d
    JOIN boundaries_level l ON l.id = d.level_id
    WHERE d.draft_id = %(draft)s AND NOT d.retired
    UNION ALL
    SELECT v.cell_id, v.code, v.name, l.ordinal, v.parent_id, ST_AsBinary(v.geom)
    FROM boundaries_cellversion v
    JOIN boundaries_level l ON l.id = v.level_id
    WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
      AND NOT EXISTS (
          SELECT FROM boundaries_draftcell d WHERE d.draft_id = %(draft)s AND d.cell_id = v.cell_id
      )
) AS cells
ORDER BY ordinal, code COLLATE "C", cell_id
