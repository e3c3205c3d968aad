-- Rows of drafts, and their journal.

-- name: draft_rows
-- All that a draft holds, its own rows first in force over those of its base.
SELECT d.cell_id, l.id AS level_id, d.code, d.name, d.kind, d.parent_id, d.parent_code,
       d.attributes::text AS attributes, ST_AsBinary(d.geom) AS geom, d.source, d.source_crs,
       d.fault, ST_AsBinary(d.fault_at) AS fault_at, d.fault_doubtful, d.retired, TRUE AS own
FROM boundaries_draftcell d
JOIN boundaries_level l ON l.id = d.level_id
WHERE d.draft_id = %(draft)s
UNION ALL
SELECT v.cell_id, l.id, v.code, v.name, v.kind, v.parent_id, '',
       v.attributes::text, ST_AsBinary(v.geom), NULL, '', '', NULL, FALSE, FALSE, FALSE
FROM boundaries_cellversion v
JOIN boundaries_level l ON l.id = v.level_id
WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
  AND NOT EXISTS (SELECT FROM boundaries_draftcell d WHERE d.draft_id = %(draft)s AND d.cell_id = v.cell_id)

-- name: draft_rows_put
-- Write rows of a draft; a row that is there is replaced.
INSERT INTO boundaries_draftcell (
    draft_id, cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_at, fault_doubtful, source, source_crs
)
SELECT %(draft)s, r.cell_id, r.level_id, r.retired, r.code, r.name, r.kind, r.parent_id, r.parent_code,
       r.attributes::jsonb, ST_GeomFromWKB(r.geom, 4326), r.area_m2, r.fault,
       ST_GeomFromWKB(r.fault_at, 4326), r.fault_doubtful, r.source, r.source_crs
FROM unnest(
    %(cell_id)s::uuid[], %(level_id)s::bigint[], %(retired)s::boolean[], %(code)s::text[], %(name)s::text[],
    %(kind)s::text[], %(parent_id)s::uuid[], %(parent_code)s::text[], %(attributes)s::text[],
    %(geom)s::bytea[], %(area_m2)s::float8[], %(fault)s::text[], %(fault_at)s::bytea[],
    %(fault_doubtful)s::boolean[], %(source)s::bytea[], %(source_crs)s::text[]
) AS r (
    cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_at, fault_doubtful, source, source_crs
)
ON CONFLICT (draft_id, cell_id) DO UPDATE SET
    level_id = EXCLUDED.level_id, retired = EXCLUDED.retired, code = EXCLUDED.code, name = EXCLUDED.name,
    kind = EXCLUDED.kind, parent_id = EXCLUDED.parent_id, parent_code = EXCLUDED.parent_code,
    attributes = EXCLUDED.attributes, geom = EXCLUDED.geom, area_m2 = EXCLUDED.area_m2,
    fault = EXCLUDED.fault, fault_at = EXCLUDED.fault_at, fault_doubtful = EXCLUDED.fault_doubtful,
    source = EXCLUDED.source, source_crs = EXCLUDED.source_crs

-- name: draft_rows_copy
-- Put cells into a draft as they were at a time; those that were not there then are retired.
INSERT INTO boundaries_draftcell (
    draft_id, cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_doubtful, source_crs
)
SELECT DISTINCT ON (v.cell_id) %(draft)s, v.cell_id, v.level_id, NOT v.valid @> %(past)s::timestamptz, v.code, v.name,
       v.kind, v.parent_id, '', v.attributes, v.geom, v.area_m2, '', FALSE, ''
FROM boundaries_cellversion v
WHERE v.cell_id = ANY(%(cells)s::uuid[])
  AND (v.valid @> %(past)s::timestamptz OR v.valid @> %(latest)s::timestamptz)
ORDER BY v.cell_id, v.valid @> %(past)s::timestamptz DESC

-- name: edit_rows_put
-- Write what an edit makes of cells into a draft. It decides from now on, so that what a file said of them, their
-- source and their parent's code, goes; a fault of a polygon goes with the polygon.
INSERT INTO boundaries_draftcell (
    draft_id, cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_at, fault_doubtful, source, source_crs
)
SELECT %(draft)s, r.cell_id, r.level_id, r.retired, r.code, r.name, r.kind, r.parent_id, '',
       r.attributes::jsonb, ST_GeomFromWKB(r.geom, 4326), r.area_m2,
       CASE WHEN r.moved OR o.id IS NULL THEN '' ELSE o.fault END,
       CASE WHEN r.moved THEN NULL ELSE o.fault_at END,
       CASE WHEN r.moved OR o.id IS NULL THEN FALSE ELSE o.fault_doubtful END, NULL, ''
FROM unnest(
    %(cell_id)s::uuid[], %(level_id)s::bigint[], %(retired)s::boolean[], %(code)s::text[], %(name)s::text[],
    %(kind)s::text[], %(parent_id)s::uuid[], %(attributes)s::text[], %(geom)s::bytea[], %(area_m2)s::float8[],
    %(moved)s::boolean[]
) AS r (cell_id, level_id, retired, code, name, kind, parent_id, attributes, geom, area_m2, moved)
LEFT JOIN boundaries_draftcell o ON o.draft_id = %(draft)s AND o.cell_id = r.cell_id
ON CONFLICT (draft_id, cell_id) DO UPDATE SET
    level_id = EXCLUDED.level_id, retired = EXCLUDED.retired, code = EXCLUDED.code, name = EXCLUDED.name,
    kind = EXCLUDED.kind, parent_id = EXCLUDED.parent_id, parent_code = EXCLUDED.parent_code,
    attributes = EXCLUDED.attributes, geom = EXCLUDED.geom, area_m2 = EXCLUDED.area_m2,
    fault = EXCLUDED.fault, fault_at = EXCLUDED.fault_at, fault_doubtful = EXCLUDED.fault_doubtful,
    source = EXCLUDED.source, source_crs = EXCLUDED.source_crs

-- name: edit_side_keep
-- Copy the rows of a draft that an edit is about, as they are at this moment, into the journal.
INSERT INTO boundaries_editcell (
    edit_id, side, present, noded, cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_at, fault_doubtful, source, source_crs
)
SELECT %(edit)s, %(side)s, d.id IS NOT NULL, r.noded, r.cell_id, coalesce(d.level_id, r.level_id),
       coalesce(d.retired, FALSE), coalesce(d.code, ''), coalesce(d.name, ''), coalesce(d.kind, ''), d.parent_id,
       coalesce(d.parent_code, ''), coalesce(d.attributes, '{}'::jsonb), d.geom, d.area_m2, coalesce(d.fault, ''),
       d.fault_at, coalesce(d.fault_doubtful, FALSE), d.source, coalesce(d.source_crs, '')
FROM unnest(%(cell_id)s::uuid[], %(level_id)s::bigint[], %(noded)s::boolean[]) AS r (cell_id, level_id, noded)
LEFT JOIN boundaries_draftcell d ON d.draft_id = %(draft)s AND d.cell_id = r.cell_id

-- name: edit_rows_drop
-- Take the rows that an edit is about out of its draft: those of one of its sides come in their place.
DELETE FROM boundaries_draftcell d
USING boundaries_editcell e
WHERE d.draft_id = %(draft)s AND e.edit_id = %(edit)s AND e.side = %(side)s AND e.cell_id = d.cell_id

-- name: edit_rows_restore
-- Put the rows of one side of an edit back into its draft, byte for byte.
INSERT INTO boundaries_draftcell (
    draft_id, cell_id, level_id, retired, code, name, kind, parent_id, parent_code, attributes,
    geom, area_m2, fault, fault_at, fault_doubtful, source, source_crs
)
SELECT %(draft)s, e.cell_id, e.level_id, e.retired, e.code, e.name, e.kind, e.parent_id, e.parent_code,
       e.attributes, e.geom, e.area_m2, e.fault, e.fault_at, e.fault_doubtful, e.source, e.source_crs
FROM boundaries_editcell e
WHERE e.edit_id = %(edit)s AND e.side = %(side)s AND e.present
