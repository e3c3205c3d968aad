-- Every statement of this app that is more than one model's question; called from services.

-- name: documents_lock
-- One document at a time until the transaction ends: the next version has one number, and schemes may share layers.
SELECT pg_advisory_xact_lock(hashtext('scheme documents'), 0)
