-- What an edit, its audit and its impact read: few cells of a land of any size.

-- name: ground_meeting
-- The cells of all levels whose box meets a box: of a draft over its base, or as of a time.
SELECT c.cell_id, c.level_id, c.parent_id, c.code, c.name, c.kind, c.attributes::text, ST_AsBinary(c.geom)
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)

-- name: ground_by_code
-- The cells that have some codes.
SELECT c.cell_id, c.level_id, c.parent_id, c.code, c.name, c.kind, c.attributes::text, ST_AsBinary(c.geom)
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.code COLLATE "C" = ANY(%(codes)s::text[])

-- name: ground_by_ident
-- The cells of some identities.
SELECT c.cell_id, c.level_id, c.parent_id, c.code, c.name, c.kind, c.attributes::text, ST_AsBinary(c.geom)
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.cell_id = ANY(%(ids)s::uuid[])

-- name: ground_children
-- The cells right below some.
SELECT c.cell_id, c.level_id, c.parent_id, c.code, c.name, c.kind, c.attributes::text, ST_AsBinary(c.geom)
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.parent_id = ANY(%(ids)s::uuid[])

-- name: ground_of_level
-- The cells of a level.
SELECT c.cell_id, c.level_id, c.parent_id, c.code, c.name, c.kind, c.attributes::text, ST_AsBinary(c.geom)
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
WHERE c.level_id = %(level)s

-- name: ground_filled
-- The levels, of some, that have cells: of each the first that is found will do.
SELECT l.id
FROM unnest(%(levels)s::bigint[]) AS l (id)
CROSS JOIN LATERAL (
    SELECT FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
    WHERE c.level_id = l.id
    LIMIT 1
) AS one
