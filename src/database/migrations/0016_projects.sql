-- Projects: each has its own instances, names and keys. Everything that was there before belongs to the project `default`.
-- An earlier release on this schema knows no projects: a name that two projects use may find the instance of the other one.
-- runs with code from 0004
CREATE TABLE projects (
  id text PRIMARY KEY CHECK (id ~ '^prj_[0-9A-HJKMNP-TV-Z]{26}$'),
  name text NOT NULL UNIQUE,
  -- null: no limit
  max_instances integer CHECK (max_instances >= 0),
  -- in 1/100000 USD
  max_price_per_hour bigint CHECK (max_price_per_hour >= 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  last_event_seq integer NOT NULL
);

INSERT INTO projects (id, name, created_at, updated_at, last_event_seq)
VALUES ('prj_00000000000000000000000000', 'default', now(), now(), 0);

ALTER TABLE instances
  ADD COLUMN project_id text NOT NULL DEFAULT 'prj_00000000000000000000000000' REFERENCES projects (id);

DROP INDEX instances_live_name;
CREATE UNIQUE INDEX instances_live_name ON instances (project_id, name) WHERE deleted_at IS NULL;
CREATE INDEX instances_of_project ON instances (project_id, id);

-- null: a key of an operator
ALTER TABLE api_keys ADD COLUMN project_id text REFERENCES projects (id);

-- The project of the subject; null: only operators see the event. Events from before belong to `default`.
ALTER TABLE events ADD COLUMN project_id text DEFAULT 'prj_00000000000000000000000000';
ALTER TABLE events ALTER COLUMN project_id DROP DEFAULT;
CREATE INDEX events_of_project ON events (project_id, position);

-- Code from before knows no projects, and its events belong to the project of their instance all the same.
CREATE FUNCTION events_project_of_instance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.project_id := (SELECT project_id FROM instances WHERE id = NEW.instance_id);
  RETURN NEW;
END $$;

CREATE TRIGGER events_default_project BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.project_id IS NULL AND NEW.instance_id IS NOT NULL) EXECUTE FUNCTION events_project_of_instance();
