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
            ROW(v.cell_id, v.parent_id, l.ordinal, v.code, v.name, v.kind, v.sha256)::text,
            ' ' ORDER BY l.ordinal, v.code COLLATE "C", v.cell_id
        )
        FROM boundaries_cellversion v
        JOIN boundaries_level l ON l.id = v.level_id
        WHERE v.scheme_id = %(scheme)s AND v.valid @> %(at)s::timestamptz
    )
)::text, 'UTF8')), 'hex')

-- name: cells_changed_by
-- The cells that an edition begins or ends in another state, nodes of borders included.
SELECT DISTINCT v.cell_id
FROM boundaries_cellversion v
WHERE v.scheme_id = %(scheme)s AND (v.edition_id = %(edition)s OR upper(v.valid) = %(effective)s)
