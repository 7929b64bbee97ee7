-- What was changed last of the machine of an instance, and what it was before: columns of their own, so that an earlier release, which
-- writes the columns that it knows, keeps them.
-- runs with code from 0004
ALTER TABLE instances ADD COLUMN spec_update jsonb;
ALTER TABLE instances ADD COLUMN sealed_envs_before text;
