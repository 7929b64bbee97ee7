-- What is older than its setting says is deleted by the background task `retention`.
-- runs with code from 0004
-- Events stay append-only for everybody but retention, which says so for its own transaction.
CREATE OR REPLACE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('novitai.retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'events are append-only';
END $$;

-- rows come in the order of time: a few pages tell where the old ones lie, and writing costs next to nothing
CREATE INDEX events_at ON events USING brin (at);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);
CREATE INDEX idempotency_keys_instance ON idempotency_keys (instance_id);
CREATE INDEX instances_deleted_at ON instances (deleted_at) WHERE deleted_at IS NOT NULL;
