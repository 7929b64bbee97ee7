-- The core: what callers asked for, what was sent to Novita for it, what was seen there, and what happened.

CREATE TABLE deployment (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  deployment_id  text NOT NULL CHECK (deployment_id ~ '^[a-z0-9]{8}$'),
  -- null when the operator supplies DEPLOYMENT_SECRET; then only its fingerprint is kept
  secret         text,
  secret_fingerprint text NOT NULL,
  created_at     timestamptz NOT NULL
);

CREATE TABLE instances (
  id             text PRIMARY KEY CHECK (id ~ '^ins_[0-9A-HJKMNP-TV-Z]{26}$'),
  name           text NOT NULL,
  spec           jsonb NOT NULL,
  -- sealed (AES-256-GCM): env values
  sealed_envs    text,
  desired        text NOT NULL CHECK (desired IN ('running', 'stopped', 'deleted')),
  generation     integer NOT NULL CHECK (generation > 0),
  restart_generation integer NOT NULL DEFAULT 0,
  version        integer NOT NULL CHECK (version > 0),
  last_event_seq integer NOT NULL CHECK (last_event_seq > 0),
  progress       jsonb NOT NULL,
  status         text NOT NULL,
  watch_closely  boolean NOT NULL,
  machine_id     text,
  region_id      text,
  labels         jsonb NOT NULL,
  wake_at        timestamptz,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  deleted_at     timestamptz
);

COMMENT ON COLUMN instances.status IS
  'what instance-phase computed when the row was last written: an index for filters, never a source of truth';

CREATE UNIQUE INDEX instances_live_name ON instances (name) WHERE deleted_at IS NULL;
CREATE INDEX instances_wake ON instances (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX instances_status ON instances (status, id);
CREATE INDEX instances_labels ON instances USING gin (labels jsonb_path_ops);

CREATE TABLE create_attempts (
  instance_id    text NOT NULL REFERENCES instances (id),
  number         integer NOT NULL CHECK (number > 0),
  tag            text NOT NULL UNIQUE,
  round          integer NOT NULL,
  offer          jsonb NOT NULL,
  state          text NOT NULL
                 CHECK (state IN ('SENDING', 'ACCEPTED', 'REJECTED', 'AMBIGUOUS', 'ABSENT', 'NOT_SENT', 'SUPERSEDED')),
  reason         text,
  message        text,
  machine_id     text UNIQUE,
  sent_at        timestamptz NOT NULL,
  settle_after   timestamptz NOT NULL,
  decided_at     timestamptz,
  clean_passes   integer NOT NULL DEFAULT 0,
  last_clean_pass_at timestamptz,
  PRIMARY KEY (instance_id, number)
);

CREATE INDEX create_attempts_open ON create_attempts (state) WHERE state IN ('SENDING', 'AMBIGUOUS');

CREATE TABLE machines (
  machine_id     text PRIMARY KEY,
  instance_id    text NOT NULL REFERENCES instances (id),
  attempt_number integer NOT NULL,
  state          text NOT NULL,
  observation    jsonb NOT NULL,
  -- sealed (AES-256-GCM): passwords and token URLs
  sealed_access  text,
  observed_at    timestamptz NOT NULL,
  changed_at     timestamptz NOT NULL,
  first_seen_at  timestamptz NOT NULL,
  missing_proofs integer NOT NULL DEFAULT 0,
  last_missing_at timestamptz,
  release_acknowledged_at timestamptz,
  gone_at        timestamptz
);

CREATE INDEX machines_of_instance ON machines (instance_id);
CREATE INDEX machines_live ON machines (machine_id) WHERE gone_at IS NULL;

CREATE TABLE events (
  instance_id    text NOT NULL REFERENCES instances (id),
  seq            integer NOT NULL CHECK (seq > 0),
  type           text NOT NULL,
  data           jsonb NOT NULL,
  actor          text NOT NULL,
  at             timestamptz NOT NULL,
  PRIMARY KEY (instance_id, seq)
);

CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only';
END $$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION events_are_append_only();

CREATE TABLE idempotency_keys (
  caller         text NOT NULL,
  key            text NOT NULL,
  fingerprint    text NOT NULL,
  instance_id    text NOT NULL REFERENCES instances (id),
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (caller, key)
);

-- One replica at a time polls the fleet; who, and until when.
CREATE TABLE leases (
  name           text PRIMARY KEY,
  holder         text NOT NULL,
  expires_at     timestamptz NOT NULL
);
