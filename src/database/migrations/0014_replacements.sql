-- The second slot of an instance, while its machine is replaced: a column of its own, so that an earlier release, which writes the
-- columns that it knows, keeps it.
-- runs with code from 0004
ALTER TABLE instances ADD COLUMN replacement jsonb;
