-- Reports: how many features each cell holds, and which features somebody should look at.

-- name: features_of_cell_counted
-- How many features of each layer are assigned to a cell or to one below it at a time.
WITH RECURSIVE below AS (
    SELECT %(cell)s::uuid AS cell_id
    UNION
    SELECT v.cell_id FROM boundaries_cellversion v JOIN below ON v.parent_id = below.cell_id
    WHERE v.valid @> %(at)s::timestamptz
)
SELECT l.code, sum(c.count)::bigint
FROM layers_cells_counted_v1(
    %(scheme)s, %(at)s::timestamptz, (SELECT array_agg(below.cell_id) FROM below)
) AS c
JOIN layers_layer l ON l.id = c.layer_id
GROUP BY l.code
ORDER BY l.code COLLATE "C"

-- name: cell_counts_listed
-- One page of the cells of a scheme, or of one of its levels, at a time, the top level first: how many features of
-- each layer are assigned to each or to those below it; and how many cells there are in all.
WITH RECURSIVE cells AS MATERIALIZED (
    SELECT v.cell_id, v.parent_id, v.code, v.name, l.code AS level, l.ordinal
    FROM boundaries_cellversion v
    JOIN boundaries_level l ON l.id = v.level_id
    WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
),
counted AS MATERIALIZED (
    SELECT c.cell_id, c.layer_id, c.count
    FROM layers_cells_counted_v1(%(scheme)s, %(at)s::timestamptz, NULL) AS c
    WHERE %(layer)s::bigint IS NULL OR c.layer_id = %(layer)s::bigint
),
up AS (
    SELECT DISTINCT cell_id AS held, cell_id FROM counted
    UNION ALL
    SELECT up.held, cells.parent_id
    FROM up
    JOIN cells ON cells.cell_id = up.cell_id
    WHERE cells.parent_id IS NOT NULL
),
summed AS (
    SELECT up.cell_id, counted.layer_id, sum(counted.count)::bigint AS count
    FROM up
    JOIN counted ON counted.cell_id = up.held
    GROUP BY up.cell_id, counted.layer_id
),
page AS (
    SELECT * FROM cells
    WHERE %(level)s::text IS NULL OR level = %(level)s::text
    ORDER BY ordinal, code COLLATE "C", cell_id
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT total.count, page.code, page.name, page.level, above.code, told.counts::text
FROM (SELECT count(*) FROM cells WHERE %(level)s::text IS NULL OR level = %(level)s::text) AS total
LEFT JOIN page ON TRUE
LEFT JOIN cells above ON above.cell_id = page.parent_id
LEFT JOIN (
    SELECT summed.cell_id, jsonb_object_agg(l.code, summed.count) AS counts
    FROM summed
    JOIN layers_layer l ON l.id = summed.layer_id
    GROUP BY summed.cell_id
) AS told ON told.cell_id = page.cell_id
ORDER BY page.ordinal, page.code COLLATE "C", page.cell_id

-- name: nowhere_counted
-- How many features of each layer are in no cell of a scheme at a time, by the reason.
SELECT a.method, l.code, count(*)
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
JOIN layers_layer l ON l.id = f.layer_id
WHERE a.scheme_id = %(scheme)s AND a.cell_id IS NULL AND a.valid @> %(at)s::timestamptz
  AND (%(layer)s::bigint IS NULL OR f.layer_id = %(layer)s::bigint)
GROUP BY a.method, l.code
ORDER BY a.method, l.code COLLATE "C"

-- name: counts_differences
-- Where what is kept of a scheme's counts is not what its assignments say, now or at any moment to come; each with
-- the cell's last code.
WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
kept AS (
    SELECT cell_id, layer_id, CASE WHEN since > moment.now THEN since END AS coming, sum(count) AS count
    FROM layers_cellcount, moment
    WHERE scheme_id = %(scheme)s
    GROUP BY cell_id, layer_id, 3
),
stored AS (
    SELECT a.cell_id, f.layer_id, a.valid, count(*) AS count
    FROM layers_assignment a
    JOIN layers_feature f ON f.id = a.feature_id
    WHERE a.scheme_id = %(scheme)s AND a.cell_id IS NOT NULL AND NOT isempty(a.valid)
    GROUP BY a.cell_id, f.layer_id, a.valid
),
counted AS (
    SELECT s.cell_id, s.layer_id, CASE WHEN e.edge > moment.now THEN e.edge END AS coming,
           sum(e.sign * s.count) AS count
    FROM moment, stored s
    CROSS JOIN LATERAL (
        VALUES (coalesce(lower(s.valid), '-infinity'), 1), (upper(s.valid), -1)
    ) AS e (edge, sign)
    WHERE e.edge IS NOT NULL
    GROUP BY s.cell_id, s.layer_id, 3
)
SELECT l.code, coalesce((
    SELECT v.code FROM boundaries_cellversion v
    WHERE v.cell_id = unlike.cell_id
    ORDER BY lower(v.valid) DESC
    LIMIT 1
), unlike.cell_id::text), unlike.coming, unlike.kept, unlike.counted
FROM (
    SELECT coalesce(k.cell_id, c.cell_id) AS cell_id, coalesce(k.layer_id, c.layer_id) AS layer_id,
           coalesce(k.coming, c.coming) AS coming,
           coalesce(k.count, 0)::bigint AS kept, coalesce(c.count, 0)::bigint AS counted
    FROM kept k
    FULL JOIN counted c ON c.cell_id = k.cell_id AND c.layer_id = k.layer_id
        AND coalesce(c.coming, '-infinity') = coalesce(k.coming, '-infinity')
) AS unlike
JOIN layers_layer l ON l.id = unlike.layer_id
WHERE unlike.kept <> unlike.counted
ORDER BY 2, 1, 3 NULLS FIRST

-- name: counts_lock
-- Nobody writes assignments while they are counted anew.
LOCK TABLE layers_assignment IN SHARE ROW EXCLUSIVE MODE

-- name: counts_forget
DELETE FROM layers_cellcount WHERE scheme_id = %(scheme)s

-- name: counts_anew
-- Count the assignments of a scheme as if each were written now.
SELECT layers_counts_add_v1(
    array_agg(stored.scheme_id), array_agg(stored.layer_id), array_agg(stored.cell_id), array_agg(stored.valid),
    array_agg(stored.count)
)
FROM (
    SELECT a.scheme_id, f.layer_id, a.cell_id, a.valid, count(*) AS count
    FROM layers_assignment a
    JOIN layers_feature f ON f.id = a.feature_id
    WHERE a.scheme_id = %(scheme)s AND a.cell_id IS NOT NULL
    GROUP BY a.scheme_id, f.layer_id, a.cell_id, a.valid
) AS stored

-- name: features_unassigned
-- How many of the features that a scheme answers for have no answer of it at a time, not even that they lie in no
-- cell: those there are less those that are told to be somewhere.
WITH asked AS (
    SELECT id FROM layers_layer WHERE scheme_id IS NULL OR scheme_id = %(scheme)s
)
SELECT (
    SELECT count(*) FROM layers_feature f
    WHERE f.layer_id IN (SELECT id FROM asked) AND f.valid @> %(at)s::timestamptz
) + (
    SELECT count(*) FROM layers_featurepast p JOIN layers_feature f ON f.id = p.feature_id
    WHERE f.layer_id IN (SELECT id FROM asked) AND p.valid @> %(at)s::timestamptz
) - (
    SELECT coalesce(sum(c.count), 0)::bigint FROM layers_cells_counted_v1(%(scheme)s, %(at)s::timestamptz, NULL) AS c
    WHERE c.layer_id IN (SELECT id FROM asked)
) - (
    SELECT count(*) FROM layers_assignment a JOIN layers_feature f ON f.id = a.feature_id
    WHERE a.scheme_id = %(scheme)s AND a.cell_id IS NULL AND a.valid @> %(at)s::timestamptz
      AND f.layer_id IN (SELECT id FROM asked)
)

-- name: blind_spots
-- One page of the features of a scheme that somebody should look at, at a time, in the order of their ids, and how
-- many there are of each kind. With a cell: those assigned to it or below it, and those in no cell that lie in it.
-- What no assignment is of is looked for only if there is any: it takes a look at every feature.
WITH RECURSIVE below AS (
    SELECT v.cell_id FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s AND v.code = %(cell)s::text AND v.valid @> %(at)s::timestamptz
    UNION
    SELECT v.cell_id FROM boundaries_cellversion v JOIN below ON v.parent_id = below.cell_id
    WHERE v.valid @> %(at)s::timestamptz
),
ground AS (
    SELECT v.geom FROM boundaries_cellversion v
    WHERE v.scheme_id = %(scheme)s AND v.code = %(cell)s::text AND v.valid @> %(at)s::timestamptz
),
decided AS MATERIALIZED (
    SELECT o.feature_id, o.cell_id, o.reason, o.valid, u.username
    FROM layers_override o
    LEFT JOIN accounts_user u ON u.id = o.by_id
    WHERE o.scheme_id = %(scheme)s AND o.valid @> %(at)s::timestamptz
),
told AS (
    SELECT a.feature_id, a.cell_id, a.method, a.share, a.on_edge, a.shares, a.nearest_m
    FROM layers_assignment a
    WHERE a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
      AND (a.cell_id IS NULL OR a.on_edge OR a.method = 'manual' OR a.share < 1)
    UNION ALL
    SELECT a.feature_id, a.cell_id, a.method, a.share, a.on_edge, a.shares, a.nearest_m
    FROM decided d
    JOIN layers_assignment a ON a.feature_id = d.feature_id
        AND a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
    WHERE NOT (a.cell_id IS NULL OR a.on_edge OR a.method = 'manual' OR a.share < 1)
    UNION ALL
    SELECT f.id, NULL, NULL, 0, FALSE, NULL, NULL
    FROM layers_feature f
    WHERE %(unassigned)s
      AND (f.valid @> %(at)s::timestamptz OR EXISTS (
          SELECT FROM layers_featurepast p WHERE p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
      ))
      AND NOT EXISTS (
          SELECT FROM layers_assignment a
          WHERE a.feature_id = f.id AND a.scheme_id = %(scheme)s AND a.valid @> %(at)s::timestamptz
      )
),
spots AS MATERIALIZED (
    SELECT t.*, l.code AS layer, f.key, d.feature_id IS NOT NULL AS is_decided,
           coalesce(p.geom, f.geom) AS geom, coalesce(p.attributes, f.attributes) ->> %(name_field)s::text AS name,
           coalesce(t.method, 'gap') = 'gap' AS is_unassigned,
           t.cell_id IS NOT NULL AND t.method <> 'manual' AND t.share < %(threshold)s AS is_straddling,
           coalesce(t.method, '') = 'manual' OR d.feature_id IS NOT NULL AS is_overridden,
           coalesce(t.method, '') = 'outside' AS is_outside
    FROM told t
    JOIN layers_feature f ON f.id = t.feature_id
    JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
    LEFT JOIN decided d ON d.feature_id = t.feature_id
    LEFT JOIN layers_featurepast p ON p.feature_id = f.id AND p.valid @> %(at)s::timestamptz
    WHERE (%(layer)s::bigint IS NULL OR f.layer_id = %(layer)s::bigint)
      AND (%(cell)s::text IS NULL OR t.cell_id IN (SELECT cell_id FROM below) OR t.cell_id IS NULL AND EXISTS (
          SELECT FROM ground WHERE ST_Covers(ground.geom, ST_PointOnSurface(coalesce(p.geom, f.geom)))
      ))
),
page AS (
    SELECT * FROM spots
    WHERE feature_id > %(after)s
      AND CASE %(kind)s::text
          WHEN 'unassigned' THEN is_unassigned
          WHEN 'straddling' THEN is_straddling
          WHEN 'on_edge' THEN on_edge
          WHEN 'overridden' THEN is_overridden
          WHEN 'outside' THEN is_outside
          ELSE is_unassigned OR is_straddling OR on_edge OR is_overridden
      END
    ORDER BY feature_id
    LIMIT %(limit)s
)
SELECT numbers.unassigned, numbers.straddling, numbers.on_edge, numbers.overridden, numbers.outside,
       page.feature_id, page.layer, page.key, page.name, page.is_unassigned, page.is_straddling, page.on_edge,
       page.is_overridden, page.is_outside, page.cell_id, page.method, page.share, page.shares::text, page.nearest_m,
       ST_X(spot.at), ST_Y(spot.at), ST_AsBinary(CASE WHEN page.method = 'gap' THEN page.geom END),
       d.cell_id, (
           SELECT v.code FROM boundaries_cellversion v
           WHERE v.cell_id = d.cell_id
           ORDER BY v.valid @> %(at)s::timestamptz DESC, lower(v.valid) DESC
           LIMIT 1
       ), d.reason, lower(d.valid), upper(d.valid), d.username
FROM (
    SELECT count(*) FILTER (WHERE is_unassigned) AS unassigned, count(*) FILTER (WHERE is_straddling) AS straddling,
           count(*) FILTER (WHERE on_edge) AS on_edge, count(*) FILTER (WHERE is_overridden) AS overridden,
           count(*) FILTER (WHERE is_outside) AS outside
    FROM spots
) AS numbers
LEFT JOIN page ON TRUE
LEFT JOIN decided d ON d.feature_id = page.feature_id
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(page.geom) AS at) AS spot ON TRUE
ORDER BY page.feature_id
