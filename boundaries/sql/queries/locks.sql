-- Who may write at a time, the clock, and when the guard looks. Locks end with the transaction.

-- name: scheme_lock
-- One writer a scheme until the transaction ends: publishing, assigning, and whatever else must be serial.
SELECT pg_advisory_xact_lock(hashtext('scheme'), %(scheme)s)

-- name: draft_lock
-- One writer a draft until the transaction ends; other drafts are not held up.
SELECT pg_advisory_xact_lock(hashtext('draft'), %(draft)s)

-- name: audit_lock
-- One audit of a land at a time that stores what it finds; until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('audit ' || %(scheme)s::text || ' ' || coalesce(%(draft)s::text, '')), 0)

-- name: tiles_lock
-- One set of tiles of a scheme is made at a time.
SELECT pg_advisory_xact_lock(hashtext('tiles'), %(scheme)s)

-- name: tiles_lock_patience
-- How long a request waits for a set that somebody else is making.
SELECT set_config('lock_timeout', %(milliseconds)s::text, TRUE)

-- name: codes_lock
-- Alone in giving codes in a scheme until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('codes'), %(scheme)s)

-- name: codes_lock_shared
-- One of several who give codes in a scheme.
SELECT pg_advisory_xact_lock_shared(hashtext('codes'), %(scheme)s)

-- name: now
-- The clock, not the start of the transaction: versions of one change begin and end at one moment.
SELECT clock_timestamp()

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
