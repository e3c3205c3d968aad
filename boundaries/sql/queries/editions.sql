-- What editions change, and writing one.

-- name: cells_changed_since
-- The cells of which the editions after a moment, up to another, changed more than nodes: their versions that
-- began since, and those that ended with no version after them.
SELECT v.cell_id
FROM boundaries_cellversion v
WHERE v.scheme_id = %(scheme)s AND NOT v.noded
  AND lower(v.valid) > %(base)s::timestamptz AND lower(v.valid) <= %(latest)s::timestamptz
UNION
SELECT v.cell_id
FROM boundaries_cellversion v
WHERE v.scheme_id = %(scheme)s
  AND upper(v.valid) > %(base)s::timestamptz AND upper(v.valid) <= %(latest)s::timestamptz
  AND NOT EXISTS (
      SELECT FROM boundaries_cellversion n WHERE n.cell_id = v.cell_id AND lower(n.valid) = upper(v.valid)
  )

-- name: cells_differing
-- The cells that are not the same as of two times: which level, the code, and whether they are there then.
SELECT coalesce(p.cell_id, n.cell_id), coalesce(p.level_id, n.level_id), coalesce(p.code, n.code),
       p.id IS NOT NULL, n.id IS NOT NULL
FROM (
    SELECT * FROM boundaries_cellversion WHERE scheme_id = %(scheme)s AND valid @> %(past)s::timestamptz
) p
FULL JOIN (
    SELECT * FROM boundaries_cellversion WHERE scheme_id = %(scheme)s AND valid @> %(latest)s::timestamptz
) n ON n.cell_id = p.cell_id
WHERE (p.code, p.name, p.kind, p.parent_id, p.attributes, ST_AsBinary(p.geom))
      IS DISTINCT FROM (n.code, n.name, n.kind, n.parent_id, n.attributes, ST_AsBinary(n.geom))
ORDER BY coalesce(p.code, n.code) COLLATE "C"

-- name: versions_close
-- End what the cells that a draft changes were.
UPDATE boundaries_cellversion v
SET valid = tstzrange(lower(v.valid), %(effective)s)
WHERE v.cell_id = ANY(%(changed)s::uuid[]) AND v.scheme_id = %(scheme)s AND upper_inf(v.valid)

-- name: cells_create
-- Give an identity to the cells that a draft brings.
INSERT INTO boundaries_cell (id, scheme_id, level_id)
SELECT d.cell_id, %(scheme)s, d.level_id
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND NOT d.retired AND d.cell_id = ANY(%(changed)s::uuid[])
ON CONFLICT (id) DO NOTHING

-- name: versions_open
-- Begin what the cells that a draft changes are.
INSERT INTO boundaries_cellversion (
    cell_id, scheme_id, level_id, parent_id, edition_id, code, name, kind, attributes, geom, area_m2, valid,
    noded
)
SELECT d.cell_id, %(scheme)s, d.level_id, d.parent_id, %(edition)s, d.code, d.name, d.kind, d.attributes,
       d.geom, d.area_m2, tstzrange(%(effective)s, NULL), d.cell_id = ANY(%(noded)s::uuid[])
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND NOT d.retired AND d.cell_id = ANY(%(changed)s::uuid[])

-- name: lineage_add
-- Keep who inherits from whom by an edition; of cells that were never published nobody inherits.
INSERT INTO boundaries_lineage (scheme_id, edition_id, predecessor_id, successor_id, share)
SELECT %(scheme)s, %(edition)s, r.predecessor, r.successor, r.share
FROM unnest(%(predecessor)s::uuid[], %(successor)s::uuid[], %(share)s::float8[]) AS r (predecessor, successor, share)
JOIN boundaries_cell p ON p.id = r.predecessor
JOIN boundaries_cell s ON s.id = r.successor
