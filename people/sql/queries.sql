-- Every statement of this app that is more than one model's question; called from selectors.

-- name: holders_counted
-- How many hold each post of a scheme for each cell at a time. Deputies are no holders; who inherited a post is.
SELECT a.post_id, a.cell_id, count(*)
FROM people_appointment a
JOIN people_post p ON p.id = a.post_id
WHERE p.scheme_id = %(scheme)s AND NOT p.retired AND NOT a.deputy AND a.valid @> %(at)s::timestamptz
GROUP BY a.post_id, a.cell_id

-- name: who_answers
-- Who answers for some cells at a time: the holders of each post, and the deputies while holders are lacking,
-- who act for the last one who left. A post retired by the present document answered before that was loaded.
WITH held AS (
    SELECT a.id, a.cell_id, a.post_id, a.person_id, a.deputy, a.valid,
        p.code AS post, p.name_zh, p.name_en, GREATEST(p.minimum, 1) AS wanted,
        count(*) FILTER (WHERE NOT a.deputy) OVER (PARTITION BY a.cell_id, a.post_id) AS holders
    FROM people_appointment a
    JOIN people_post p ON p.id = a.post_id
    WHERE a.cell_id = ANY(%(cells)s::uuid[]) AND a.valid @> %(at)s::timestamptz
      AND (NOT p.retired OR %(at)s::timestamptz < (
          SELECT max(d.loaded_at) FROM boundaries_schemedocument d WHERE d.scheme_id = p.scheme_id
      ))
)
SELECT h.cell_id, l.code, h.post, h.name_zh, h.name_en, person.name, person.office_phone, person.private_phone, o.phone,
    CASE WHEN h.deputy THEN (
        SELECT main.name
        FROM people_appointment f
        JOIN people_person main ON main.id = f.person_id
        WHERE f.cell_id = h.cell_id AND f.post_id = h.post_id AND NOT f.deputy
          AND upper(f.valid) <= %(at)s::timestamptz
          AND NOT EXISTS (
              SELECT FROM people_appointment n
              WHERE n.cell_id = h.cell_id AND n.post_id = h.post_id AND n.person_id = f.person_id
                AND n.valid @> %(at)s::timestamptz
          )
        ORDER BY upper(f.valid) DESC, f.id DESC
        LIMIT 1
    ) END AS acting_for
FROM held h
JOIN boundaries_cell c ON c.id = h.cell_id
JOIN boundaries_level l ON l.id = c.level_id
JOIN people_person person ON person.id = h.person_id
LEFT JOIN people_organisation o ON o.id = person.organisation_id
WHERE NOT h.deputy OR h.holders < h.wanted
ORDER BY h.cell_id, h.post_id, h.deputy, lower(h.valid), h.id

-- name: appointments_until
-- When the next appointment for one of some cells begins or ends after a time.
SELECT least(
    min(lower(a.valid)) FILTER (WHERE lower(a.valid) > %(at)s::timestamptz),
    min(upper(a.valid)) FILTER (WHERE upper(a.valid) > %(at)s::timestamptz)
)
FROM people_appointment a
WHERE a.cell_id = ANY(%(cells)s::uuid[])

-- name: vacant_posts
-- The posts of a cell that must be filled and have fewer holders than that at a time.
SELECT p.code, p.name_zh, p.name_en
FROM people_post p
WHERE p.level_id = %(level)s AND NOT p.retired AND (p.mandatory OR p.minimum >= 1)
  AND GREATEST(p.minimum, 1) > (
      SELECT count(*) FROM people_appointment a
      WHERE a.post_id = p.id AND a.cell_id = %(cell)s::uuid AND NOT a.deputy AND a.valid @> %(at)s::timestamptz
  )
ORDER BY p.id

-- name: audit_state
-- What the vacancies of a scheme stand on, as `audit_state` of boundaries tells it.
SELECT concat_ws(' ',
    (SELECT concat(count(*), ':', sum(p.xmin::text::bigint + 31 * hashtid(p.ctid)::bigint)) FROM people_post p WHERE p.scheme_id = %(scheme)s),
    concat(count(*), ':', sum(a.xmin::text::bigint + 31 * hashtid(a.ctid)::bigint))
), least(
    min(lower(a.valid)) FILTER (WHERE lower(a.valid) > %(at)s::timestamptz),
    min(upper(a.valid)) FILTER (WHERE upper(a.valid) > %(at)s::timestamptz)
)
FROM people_appointment a
JOIN people_post p ON p.id = a.post_id
WHERE p.scheme_id = %(scheme)s

-- name: vacant_cells
-- The cells, each given with its level, that have a post which must be filled and has fewer holders than that.
SELECT DISTINCT c.cell_id
FROM unnest(%(cells)s::uuid[], %(levels)s::bigint[]) AS c (cell_id, level_id)
JOIN people_post p ON p.level_id = c.level_id AND NOT p.retired AND (p.mandatory OR p.minimum >= 1)
LEFT JOIN LATERAL (
    SELECT count(*) AS holders FROM people_appointment a
    WHERE a.post_id = p.id AND a.cell_id = c.cell_id AND NOT a.deputy AND a.valid @> %(at)s::timestamptz
) AS there ON TRUE
WHERE there.holders < GREATEST(p.minimum, 1)
