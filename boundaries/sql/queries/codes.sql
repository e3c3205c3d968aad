-- Codes, given and to be given.

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

-- name: codes_claim
-- Claim codes until the transaction ends, without waiting: which of them are claimed now.
SELECT r.code, pg_try_advisory_xact_lock(hashtextextended('code ' || %(scheme)s::text || ' ' || r.code, 0))
FROM unnest(%(code)s::text[]) AS r (code)

-- name: codes_under
-- The codes, of a length or of any, that were ever given and begin so with a digit behind it; ':' follows '9'.
SELECT code FROM boundaries_cellcode
WHERE scheme_id = %(scheme)s AND code >= %(stem)s::text || '0' AND code < %(stem)s::text || ':'
  AND (%(length)s::int IS NULL OR length(code) = %(length)s::int)

-- name: codes_greatest
-- The last in byte order of the codes of a length between two.
SELECT code FROM boundaries_cellcode
WHERE scheme_id = %(scheme)s AND code >= %(first)s AND code < %(last)s AND length(code) = %(length)s
ORDER BY code COLLATE "C" DESC
LIMIT 1

-- name: cells_coded
-- What cells are called and where they stand, without their land.
SELECT c.cell_id, c.level_id, c.parent_id, c.code
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.cell_id = ANY(%(ids)s::uuid[])
