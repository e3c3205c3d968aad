-- What editions left to be assigned after their commit.

-- name: due_copy
COPY layers_assignmentdue (run_id, feature_id) FROM STDIN

-- name: due_next
-- The next of all features, and whether each is still what it was when the edition took effect: who changed one
-- since then has assigned it on the edition's land.
SELECT f.id, lower(f.valid) <= %(since)s::timestamptz
FROM layers_feature f
JOIN layers_layer l ON l.id = f.layer_id AND (l.scheme_id IS NULL OR l.scheme_id = %(scheme)s)
WHERE f.id > %(after)s
ORDER BY f.id
LIMIT %(count)s

-- name: due_next_named
-- The same, where the features are named.
SELECT f.id, lower(f.valid) <= %(since)s::timestamptz
FROM layers_assignmentdue d
JOIN layers_feature f ON f.id = d.feature_id
WHERE d.run_id = %(run)s AND d.feature_id > %(after)s
ORDER BY d.feature_id
LIMIT %(count)s

-- name: due_done
DELETE FROM layers_assignmentdue WHERE run_id = %(run)s
