-- Findings, and what an audit stands on.

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
