-- Every statement of this app, called from its selectors: the rows of each export, in their order.

-- name: cells_at
-- The cells of a scheme as of a time, with the code of the parent each had then; or those of a draft, whose own
-- rows are of no edition.
WITH cells AS (SELECT * FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, %(draft)s::bigint))
SELECT c.code, c.name, l.code, COALESCE(p.code, ''), c.area_m2, c.kind, e.number, lower(c.valid),
    c.attributes::text, ST_AsBinary(c.geom)
FROM cells c
JOIN boundaries_level l ON l.id = c.level_id
LEFT JOIN boundaries_edition e ON e.id = c.edition_id
LEFT JOIN cells p ON p.cell_id = c.parent_id
WHERE %(level)s::bigint IS NULL OR c.level_id = %(level)s::bigint
ORDER BY l.ordinal, c.code COLLATE "C", c.cell_id

-- name: features_at
-- The features of some layers as of a time, with the cell of a scheme that each lay in.
WITH features AS (
    SELECT f.id, f.layer_id, f.key, f.attributes, f.geom
    FROM layers_feature f
    WHERE f.layer_id = ANY(%(layers)s) AND f.valid @> %(at)s::timestamptz
    UNION ALL
    SELECT f.id, f.layer_id, f.key, p.attributes, p.geom
    FROM layers_featurepast p
    JOIN layers_feature f ON f.id = p.feature_id
    WHERE f.layer_id = ANY(%(layers)s) AND p.valid @> %(at)s::timestamptz
)
SELECT l.code, f.key, f.attributes::text, c.code, a.method, a.share, ST_AsBinary(f.geom)
FROM features f
JOIN layers_layer l ON l.id = f.layer_id
LEFT JOIN layers_assignment a
    ON a.feature_id = f.id AND a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
LEFT JOIN boundaries_cellversion c ON c.cell_id = a.cell_id AND c.valid @> %(at)s::timestamptz
ORDER BY l.code COLLATE "C", f.key COLLATE "C", f.id

-- name: assignments_at
-- The assignments of some layers' features in a scheme as of a time, with the features' places then.
SELECT l.code, f.key, c.code, a.method, a.share, a.on_edge, a.nearest_m,
    ST_AsBinary(COALESCE(
        (SELECT p.geom FROM layers_featurepast p WHERE p.feature_id = f.id AND p.valid @> %(at)s::timestamptz),
        f.geom
    ))
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
JOIN layers_layer l ON l.id = f.layer_id
LEFT JOIN boundaries_cellversion c ON c.cell_id = a.cell_id AND c.valid @> %(at)s::timestamptz
WHERE a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz AND f.layer_id = ANY(%(layers)s)
ORDER BY l.code COLLATE "C", f.key COLLATE "C", f.id

-- name: findings_stored
-- What the last audit of a scheme, or of one of its drafts, found; accepted where somebody's word holds now.
SELECT f.ident, f.rule, f.level, array_to_json(f.cells)::text, f.severity,
    CASE WHEN EXISTS (
        SELECT FROM boundaries_acceptance a
        WHERE a.scheme_id = f.scheme_id AND a.ident = f.ident AND a.valid @> %(at)s::timestamptz
    ) THEN 'accepted' ELSE 'open' END,
    f.area_m2, f.width_m, f.message, ST_AsBinary(f.geom)
FROM boundaries_finding f
LEFT JOIN boundaries_level l ON l.scheme_id = f.scheme_id AND l.code = f.level
WHERE f.scheme_id = %(scheme)s AND f.draft_id IS NOT DISTINCT FROM %(draft)s::bigint
  AND (%(level)s::text IS NULL OR f.level = %(level)s::text)
ORDER BY l.ordinal NULLS LAST, f.rule, f.area_m2 DESC NULLS LAST, f.ident
