-- Every statement of this app that is more than one model's question; called from selectors and services.

-- name: cells_at
-- The cells of a scheme as of a time, or as a draft has them: top level first, in byte order of their codes.
SELECT c.cell_id, c.code, c.name, l.ordinal, c.parent_id, ST_AsBinary(c.geom) AS wkb
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint) c
JOIN boundaries_level l ON l.id = c.level_id
ORDER BY l.ordinal, c.code COLLATE "C", c.cell_id

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

-- name: codes_lock
-- Alone in giving codes in a scheme until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('codes'), %(scheme)s)

-- name: codes_lock_shared
-- One of several who give codes in a scheme.
SELECT pg_advisory_xact_lock_shared(hashtext('codes'), %(scheme)s)

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

-- name: guard_now
-- Have the guard look at what this transaction has written to the land so far.
SET CONSTRAINTS boundaries_guard IMMEDIATE

-- name: guard_later
-- Have the guard look when the transaction commits, as it does unless it is asked.
SET CONSTRAINTS boundaries_guard DEFERRED

-- name: guard_reach
-- Who asks, and whether the guard is in that role's reach: it is a superuser, or is or may become the owner.
SELECT current_user, r.rolsuper, pg_has_role(c.relowner, 'MEMBER')
FROM pg_roles r, pg_class c
WHERE r.rolname = current_user AND c.oid = 'boundaries_cellversion'::regclass

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

-- ---- What the API reads. `cells` is the land as of a time, or, where a draft is named, as the draft has it. ----

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

-- name: findings_listed
-- One page of what the last audit of a scheme, or of one of its drafts, found: the most severe, the largest first.
WITH found AS (
    SELECT f.*, a.reason, l.ordinal,
        array_position(ARRAY['major', 'suspected', 'minor'], f.severity) AS weight
    FROM boundaries_finding f
    LEFT JOIN boundaries_level l ON l.scheme_id = f.scheme_id AND l.code = f.level
    LEFT JOIN boundaries_acceptance a
        ON a.scheme_id = f.scheme_id AND a.ident = f.ident AND a.valid @> %(at)s::timestamptz
    WHERE f.scheme_id = %(scheme)s AND f.draft_id IS NOT DISTINCT FROM %(draft)s::bigint
      AND (%(rule)s::text IS NULL OR f.rule = %(rule)s::text)
      AND (%(level)s::text IS NULL OR f.level = %(level)s::text)
      AND (%(severity)s::text IS NULL OR f.severity = %(severity)s::text)
      AND (%(state)s::text IS NULL OR (a.id IS NOT NULL) = (%(state)s::text = 'accepted'))
      AND (%(west)s::float8 IS NULL
           OR ST_Intersects(f.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)))
),
page AS (
    SELECT * FROM found
    ORDER BY weight, area_m2 DESC NULLS LAST, rule, ordinal NULLS LAST, ident
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT total.count, page.ident, page.rule, page.level, array_to_json(page.cells)::text, page.area_m2, page.width_m,
    page.severity, CASE WHEN page.reason IS NULL THEN 'open' ELSE 'accepted' END, coalesce(page.reason, ''),
    page.message, page.subject, ST_AsGeoJSON(page.geom, 8), ST_X(spot.at), ST_Y(spot.at)
FROM (SELECT count(*) FROM found) AS total
LEFT JOIN page ON TRUE
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(page.geom) AS at) AS spot ON TRUE
ORDER BY page.weight, page.area_m2 DESC NULLS LAST, page.rule, page.ordinal NULLS LAST, page.ident

-- name: findings_counted
-- How many findings of each rule the last audits of some drafts left open.
SELECT f.draft_id, f.rule, count(*)
FROM boundaries_finding f
WHERE f.draft_id = ANY (%(drafts)s::bigint[]) AND NOT EXISTS (
    SELECT FROM boundaries_acceptance a
    WHERE a.scheme_id = f.scheme_id AND a.ident = f.ident AND a.valid @> %(at)s::timestamptz
)
GROUP BY f.draft_id, f.rule
ORDER BY f.draft_id, f.rule

-- name: findings_of_cell
-- How many findings of the last audit are open and name a cell.
SELECT count(*)
FROM boundaries_finding f
WHERE f.scheme_id = %(scheme)s AND f.draft_id IS NOT DISTINCT FROM %(draft)s::bigint
  AND f.cells @> ARRAY[%(code)s::text] AND NOT EXISTS (
      SELECT FROM boundaries_acceptance a
      WHERE a.scheme_id = f.scheme_id AND a.ident = f.ident AND a.valid @> %(at)s::timestamptz
  )

-- name: audit_state
-- What an audit of a scheme, or of a draft, stands on: table by table the number of rows, and a sum over the
-- transactions that wrote them and where they lie; and when the first of the times of validity comes. A row that
-- is written anew has a later transaction, or, in one and the same, another place, so that no change, by whatever
-- door, leaves all of it as it was.
SELECT concat_ws(' ',
    (SELECT concat(s.xmin, s.ctid) FROM boundaries_scheme s WHERE s.id = %(scheme)s),
    (SELECT concat(count(*), ':', sum(l.xmin::text::bigint + 31 * hashtid(l.ctid)::bigint)) FROM boundaries_level l WHERE l.scheme_id = %(scheme)s),
    (SELECT concat(count(*), ':', sum(v.xmin::text::bigint + 31 * hashtid(v.ctid)::bigint))
     FROM boundaries_cellversion v WHERE v.scheme_id = %(scheme)s),
    (SELECT concat(d.xmin, d.ctid) FROM boundaries_draft d WHERE d.id = %(draft)s::bigint),
    (SELECT concat(count(*), ':', sum(d.xmin::text::bigint + 31 * hashtid(d.ctid)::bigint))
     FROM boundaries_draftcell d WHERE d.draft_id = %(draft)s::bigint),
    (SELECT concat(count(*), ':', sum(a.xmin::text::bigint + 31 * hashtid(a.ctid)::bigint))
     FROM boundaries_acceptance a WHERE a.scheme_id = %(scheme)s)
), least(
    (SELECT min(lower(a.valid)) FROM boundaries_acceptance a
     WHERE a.scheme_id = %(scheme)s AND lower(a.valid) > %(at)s::timestamptz),
    (SELECT min(upper(a.valid)) FROM boundaries_acceptance a
     WHERE a.scheme_id = %(scheme)s AND upper(a.valid) > %(at)s::timestamptz)
)

-- name: audit_lock
-- One audit of a land at a time that stores what it finds; until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('audit ' || %(scheme)s::text || ' ' || coalesce(%(draft)s::text, '')), 0)

-- Tiles of cells ------------------------------------------------------------------------------------------------

-- name: tiles_lock
-- One set of tiles of a scheme is made at a time.
SELECT pg_advisory_xact_lock(hashtext('tiles'), %(scheme)s)

-- name: tiles_lock_patience
-- How long a request waits for a set that somebody else is making.
SELECT set_config('lock_timeout', %(milliseconds)s::text, TRUE)

-- name: cell_names
-- The names of cells by their codes; of cells with one code, that of one of them.
SELECT DISTINCT ON (code) code, name
FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)
WHERE code = ANY(%(codes)s::text[]) AND name <> ''
ORDER BY code, cell_id

-- name: tile_facts
-- What tiles tell of the cells of an edition, or of a draft over its base, beside their land.
SELECT cell_id, kind, area_m2 FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)

-- name: cell_levels
-- The code and the level of each cell of an edition, or of a draft over its base.
SELECT cell_id, code, level_id FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)

-- name: tile_shapes_copy
COPY boundaries_tileshape (
    tile_set_id, level_id, band, code, name, kind, parent, area_m2, geom, label
) FROM STDIN WITH (FORMAT BINARY)

-- name: tile_sets_stale
-- The sets that nobody asks for any more: of drafts that are closed or have gone on, and of editions but for
-- those made last.
SELECT id FROM (
    SELECT t.id, t.edition_id, t.draft_version, d.state, d.version,
           row_number() OVER (PARTITION BY t.edition_id IS NULL ORDER BY t.made_at DESC, t.id DESC) AS nth
    FROM boundaries_tileset t
    LEFT JOIN boundaries_draft d ON d.id = t.draft_id
    WHERE t.scheme_id = %(scheme)s
) AS sets
WHERE CASE
    WHEN edition_id IS NULL THEN state NOT IN ('open', 'submitted', 'approved') OR version <> draft_version
    ELSE nth > %(kept)s
END

-- name: tile_shapes_drop
-- Drop the shapes of sets that are to go; the sets go after them.
DELETE FROM boundaries_tileshape WHERE tile_set_id = ANY(%(sets)s::bigint[])

-- name: cell_tile
-- A tile of the cells of a level. Every corner goes to the grid of the tile by itself, so that neighbours and
-- levels keep it in common; ST_AsMVTGeom would simplify each polygon apart and drop small ones.
WITH world AS (
    SELECT 20037508.342789244::float8 AS edge, 2 * 20037508.342789244::float8 / (1 << %(z)s) AS side
), frame AS (
    SELECT edge, side, -edge + %(x)s * side AS west, edge - %(y)s * side AS north,
           %(extent)s / side AS scale,
           ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
           ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => %(buffer)s::float8 / %(extent)s) AS around
    FROM world
), shown AS MATERIALIZED (
    SELECT s.code, s.name, s.kind, s.parent, s.area_m2,
           ST_SnapToGrid(
               ST_TransScale(
                   coalesce(ST_ClipByBox2D(s.geom, f.around), s.geom), -f.west, -f.north, f.scale, -f.scale
               ), 1
           ) AS geom,
           ((ST_X(s.label) + f.edge) / f.side - %(x)s) * %(extent)s AS label_x,
           ((f.edge - ST_Y(s.label)) / f.side - %(y)s) * %(extent)s AS label_y,
           floor((ST_X(s.label) + f.edge) / f.side) = %(x)s
           AND floor((f.edge - ST_Y(s.label)) / f.side) = %(y)s AS labelled
    FROM boundaries_tileshape s
    CROSS JOIN frame f
    WHERE s.tile_set_id = %(tile_set)s::bigint AND s.level_id = %(level)s::bigint AND s.band = %(band)s::smallint
      AND s.geom && f.around
), cells AS (
    SELECT code, name, kind, parent, %(level_code)s::text AS level, CASE
        WHEN ST_Area(geom) > 0 THEN ST_ForcePolygonCCW(geom)
        -- A cell smaller than the grid stays as the least square, on the one tile that has its label.
        WHEN labelled THEN ST_ForcePolygonCCW(ST_MakeEnvelope(
            floor(label_x), floor(label_y), floor(label_x) + 1, floor(label_y) + 1
        ))
    END AS geom
    FROM shown
), labels AS (
    SELECT code, name, kind, round(area_m2)::bigint AS area, ST_MakePoint(floor(label_x), floor(label_y)) AS geom
    FROM shown
    WHERE labelled
)
SELECT coalesce((
    SELECT ST_AsMVT(c, 'cells', %(extent)s, 'geom')
    FROM (SELECT * FROM cells WHERE geom IS NOT NULL ORDER BY code) AS c
), '') || coalesce((
    SELECT ST_AsMVT(l, 'labels', %(extent)s, 'geom') FROM (SELECT * FROM labels ORDER BY code) AS l
), '')

-- What was and what became: certificates and history ---------------------------------------------------------------

-- name: certified_cells
-- What a certificate knows of the cells as of a time; geometry is read only where no hash of it is kept.
SELECT l.code, v.code, coalesce(p.code, ''), CASE
    WHEN v.sha256 <> '' THEN v.sha256
    ELSE encode(sha256(coalesce(ST_AsBinary(v.geom, 'NDR'), '')), 'hex')
END, v.area_m2, e.number
FROM boundaries_cellversion v
JOIN boundaries_level l ON l.id = v.level_id
JOIN boundaries_edition e ON e.id = v.edition_id
LEFT JOIN boundaries_cellversion p ON p.cell_id = v.parent_id AND p.valid @> %(at)s::timestamptz
WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz

-- name: cell_of_code
-- The cell that has a code, or had it last.
SELECT v.cell_id FROM boundaries_cellversion v
WHERE v.scheme_id = %(scheme)s AND v.code = %(code)s
ORDER BY lower(v.valid) DESC
LIMIT 1

-- name: cell_versions
-- All that a cell was, is and will be, in order of time, without its land; hashes that are not kept are made.
SELECT v.id, e.number, e.effective, e.published_at, u.username, lower(v.valid), upper(v.valid),
    l.code, v.code, v.name, v.kind, v.attributes::text, v.parent_id, (
        SELECT p.code FROM boundaries_cellversion p
        WHERE p.cell_id = v.parent_id AND p.valid @> lower(v.valid)
    ), v.area_m2, v.noded, CASE
        WHEN v.sha256 <> '' THEN v.sha256
        ELSE encode(sha256(coalesce(ST_AsBinary(v.geom, 'NDR'), '')), 'hex')
    END
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

-- Edits and drafts ----------------------------------------------------------------------------------------------

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
    noded, sha256
)
SELECT d.cell_id, %(scheme)s, d.level_id, d.parent_id, %(edition)s, d.code, d.name, d.kind, d.attributes,
       d.geom, d.area_m2, tstzrange(%(effective)s, NULL), d.cell_id = ANY(%(noded)s::uuid[]),
       coalesce(encode(sha256(ST_AsBinary(d.geom, 'NDR')), 'hex'), '')
FROM boundaries_draftcell d
WHERE d.draft_id = %(draft)s AND NOT d.retired AND d.cell_id = ANY(%(changed)s::uuid[])

-- name: lineage_add
-- Keep who inherits from whom by an edition; of cells that were never published nobody inherits.
INSERT INTO boundaries_lineage (scheme_id, edition_id, predecessor_id, successor_id, share)
SELECT %(scheme)s, %(edition)s, r.predecessor, r.successor, r.share
FROM unnest(%(predecessor)s::uuid[], %(successor)s::uuid[], %(share)s::float8[]) AS r (predecessor, successor, share)
JOIN boundaries_cell p ON p.id = r.predecessor
JOIN boundaries_cell s ON s.id = r.successor

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
