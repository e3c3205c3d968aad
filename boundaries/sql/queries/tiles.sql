-- Tiles of cells.

-- name: tile_facts
-- What tiles tell of the cells of an edition, or of a draft over its base, beside their land.
SELECT cell_id, kind, area_m2 FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint)

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
