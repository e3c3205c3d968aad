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

-- name: scheme_lock
-- One writer a scheme until the transaction ends: publishing, assigning, and whatever else must be serial.
SELECT pg_advisory_xact_lock(hashtext('scheme'), %(scheme)s)

-- name: draft_lock
-- One writer a draft until the transaction ends; other drafts are not held up.
SELECT pg_advisory_xact_lock(hashtext('draft'), %(draft)s)

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

-- name: codes_reserve
-- Give codes to cells for ever; a code that has its cell keeps it.
INSERT INTO boundaries_cellcode (scheme_id, code, cell_id)
SELECT %(scheme)s, r.code, r.cell_id FROM unnest(%(code)s::text[], %(cell_id)s::uuid[]) AS r (code, cell_id)
ON CONFLICT (scheme_id, code) DO NOTHING

-- name: codes_known
-- The cell of each code that has one, and whether that cell was published and is no more.
SELECT c.code, c.cell_id,
       EXISTS (SELECT FROM boundaries_cellversion v WHERE v.cell_id = c.cell_id)
       AND NOT EXISTS (SELECT FROM boundaries_cellversion v WHERE v.cell_id = c.cell_id AND upper_inf(v.valid))
       AS retired
FROM boundaries_cellcode c
WHERE c.scheme_id = %(scheme)s AND c.code = ANY(%(code)s::text[])

-- name: cells_create
-- Give an identity to the cells that a draft brings.
INSERT INTO boundaries_cell (id, scheme_id, level_id)
SELECT d.cell_id, %(scheme)s, d.level_id
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND NOT d.retired
ON CONFLICT (id) DO NOTHING

-- name: versions_close
-- End what the cells of a draft were.
UPDATE boundaries_cellversion v
SET valid = tstzrange(lower(v.valid), %(effective)s)
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND d.cell_id = v.cell_id AND upper_inf(v.valid)

-- name: versions_open
-- Begin what the cells of a draft are.
INSERT INTO boundaries_cellversion (
    cell_id, scheme_id, level_id, parent_id, edition_id, code, name, kind, attributes, geom, area_m2, valid
)
SELECT d.cell_id, %(scheme)s, d.level_id, d.parent_id, %(edition)s, d.code, d.name, d.kind, d.attributes,
       d.geom, d.area_m2, tstzrange(%(effective)s, NULL)
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND NOT d.retired

-- name: now
-- The clock, not the start of the transaction: versions of one change begin and end at one moment.
SELECT clock_timestamp()

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
