-- What looking up places asks beside the locator's files.

-- name: change_mark
-- Another text whenever a transaction changed what answers are made of: editions, schemes, people.
SELECT concat_ws(':', count(*), sum(mark)) FROM boundaries_changemark

-- name: land_print
-- The fingerprint of a scheme's land as of a time: of its levels, its extent, and all that is told of its cells.
SELECT encode(sha256(convert_to(ROW(
    %(form)s::text,
    (
        SELECT string_agg(ROW(l.ordinal, l.code, l.rule, p.code)::text, ' ' ORDER BY l.ordinal)
        FROM boundaries_level l
        LEFT JOIN boundaries_level p ON p.id = l.parent_id
        WHERE l.scheme_id = %(scheme)s
    ),
    (SELECT md5(ST_AsBinary(s.extent)) FROM boundaries_scheme s WHERE s.id = %(scheme)s),
    (
        SELECT string_agg(
            ROW(c.cell_id, c.parent_id, l.ordinal, c.code, c.name, c.kind, md5(ST_AsBinary(c.geom)))::text,
            ' ' ORDER BY l.ordinal, c.code COLLATE "C", c.cell_id
        )
        FROM boundaries_cells_v1(%(scheme)s, %(at)s::timestamptz, NULL::bigint) c
        JOIN boundaries_level l ON l.id = c.level_id
    )
)::text, 'UTF8')), 'hex')
