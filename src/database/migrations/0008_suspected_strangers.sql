-- Strangers whose name says nothing, and whose environment carries a tag of ours: code does not act on that, and a person decides.
-- runs with code from 0004
ALTER TABLE strangers ADD COLUMN env_instance_id text;
ALTER TABLE strangers ADD COLUMN env_attempt_number integer;
