-- The request as it was sent, beside what an earlier release made of it: a default that a later release adds changes only the latter.
-- runs with code from 0004
ALTER TABLE idempotency_keys ADD COLUMN request_fingerprint text;
