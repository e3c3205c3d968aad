-- The first answers of a scheme, written into a table of their own, which then becomes the scheme's part of
-- layers_assignment. Names in braces are put in quoted.

-- name: apart_create
-- Nothing is looked at but what one row says by itself; that the rows are of one scheme, so that nobody has to look again.
CREATE TABLE {part} (
    LIKE layers_assignment INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    CONSTRAINT assignment_of_one_scheme CHECK (scheme_id = %(scheme)s)
)

-- name: apart_drop
DROP TABLE IF EXISTS {part}

-- name: apart_left
-- The tables that runs of a scheme left behind, which are no parts.
SELECT relname FROM pg_class
WHERE relname ~ ('^layers_assignment_s' || %(scheme)s::text || '_r\d+$') AND relkind = 'r' AND NOT relispartition
  AND pg_table_is_visible(oid)

-- name: apart_made
-- What a table has by now: indexes and constraints; nothing if it is not there, or a part already.
SELECT c.relname FROM pg_class c WHERE c.oid = to_regclass(%(part)s) AND NOT c.relispartition
UNION ALL
SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = to_regclass(%(part)s) AND i.indisvalid
UNION ALL
SELECT k.conname FROM pg_constraint k WHERE k.conrelid = to_regclass(%(part)s)

-- name: stored_up_to
-- How many answers of a scheme are stored; not counted beyond a number.
SELECT count(*) FROM (SELECT FROM layers_assignment WHERE scheme_id = %(scheme)s LIMIT %(most)s) AS stored

-- name: apart_copy
COPY {part} (feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid)
FROM STDIN (FORMAT BINARY)

-- The indexes are those of the whole, word by word: another would be made when the table becomes a part.

-- name: apart_index_cell
CREATE INDEX {name} ON {part} (cell_id)

-- name: apart_index_now
CREATE UNIQUE INDEX {name} ON {part} (feature_id, scheme_id) WHERE upper_inf(valid)

-- name: apart_index_id
CREATE UNIQUE INDEX {name} ON {part} (id, scheme_id)

-- name: apart_index_feature
CREATE INDEX {name} ON {part} (feature_id)

-- name: apart_index_look
CREATE INDEX {name} ON {part} (scheme_id) WHERE cell_id IS NULL OR on_edge OR method = 'manual' OR share < 1.0

-- name: apart_index_was
CREATE INDEX {name} ON {part} (cell_id) WHERE NOT upper_inf(valid)

-- name: apart_index_nowhere
CREATE INDEX {name} ON {part} (scheme_id) WHERE cell_id IS NULL

-- name: apart_constraints
ALTER TABLE {part}
    ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {id},
    ADD CONSTRAINT {apart} EXCLUDE USING gist (feature_id WITH =, scheme_id WITH =, valid WITH &&)
        WHERE (NOT upper_inf(valid))

-- name: in_order
-- As many rows on either side, and both have an index: to walk along the two takes less than half of hashing.
SET LOCAL enable_hashjoin = off

-- name: in_any_order
SET LOCAL enable_hashjoin = on

-- name: apart_features
-- A reference is looked at for all rows at once.
ALTER TABLE {part}
    ADD CONSTRAINT assignment_of_feature FOREIGN KEY (feature_id) REFERENCES layers_feature (id)
        DEFERRABLE INITIALLY DEFERRED

-- name: apart_references
ALTER TABLE {part}
    ADD CONSTRAINT assignment_to_cell FOREIGN KEY (cell_id) REFERENCES boundaries_cell (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT assignment_in_scheme FOREIGN KEY (scheme_id) REFERENCES boundaries_scheme (id)
        DEFERRABLE INITIALLY DEFERRED

-- name: apart_forget_gone
-- Features that were removed meanwhile.
DELETE FROM {part} a WHERE NOT EXISTS (SELECT FROM layers_feature f WHERE f.id = a.feature_id)

-- name: apart_counts
-- What the answers count, as layers_counts_add_v1 keeps it: all of them hold since a moment that has passed.
SELECT f.layer_id, a.cell_id, max(lower(a.valid)), count(*)
FROM {part} a
JOIN layers_feature f ON f.id = a.feature_id
WHERE a.cell_id IS NOT NULL
GROUP BY f.layer_id, a.cell_id

-- name: apart_counts_copy
COPY layers_cellcount (scheme_id, layer_id, cell_id, foreseen, since, count) FROM STDIN

-- name: lock_timeout
-- Who waits for a table makes all others wait behind him.
SET LOCAL lock_timeout = '500ms'

-- name: apart_lock
-- In the order in which others write into them.
LOCK TABLE boundaries_scheme, boundaries_cell, layers_feature IN SHARE ROW EXCLUSIVE MODE

-- name: apart_triggers
-- For statements that name the part; those that name the whole are looked at there.
CREATE TRIGGER assignment_counts_insert AFTER INSERT ON {part}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
CREATE TRIGGER assignment_counts_update AFTER UPDATE ON {part}
    REFERENCING NEW TABLE AS added OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
CREATE TRIGGER assignment_counts_delete AFTER DELETE ON {part}
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION layers_counts_follow_v1();
CREATE TRIGGER assignments_apart_insert AFTER INSERT ON {part}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_assignments_apart_v1();
CREATE TRIGGER assignments_apart_update AFTER UPDATE ON {part}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION layers_assignments_apart_v1()

-- name: apart_give_way
-- Who changed a feature since, or decided something, has had it assigned: that counts.
DELETE FROM {part} WHERE feature_id IN (SELECT feature_id FROM layers_assignment WHERE scheme_id = %(scheme)s)

-- name: apart_take_over
-- And goes over into the part.
WITH moved AS (
    DELETE FROM layers_assignment WHERE scheme_id = %(scheme)s
    RETURNING id, feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid
)
INSERT INTO {part} (id, feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid)
SELECT id, feature_id, scheme_id, cell_id, method, share, on_edge, shares, nearest_m, valid FROM moved

-- name: apart_former
-- The part that a scheme has had so far.
SELECT c.relname
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'layers_assignment'::regclass
  AND pg_get_expr(c.relpartbound, c.oid) = format('FOR VALUES IN (%%L)', %(scheme)s::text)

-- name: apart_attach
ALTER TABLE layers_assignment ATTACH PARTITION {part} FOR VALUES IN (%(scheme)s)

-- name: apart_analyze
ANALYZE {part}
