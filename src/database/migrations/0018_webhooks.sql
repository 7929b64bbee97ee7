-- Webhooks: where events are sent to, and each event that is sent.
-- runs with code from 0004
CREATE TABLE webhook_endpoints (
  id text PRIMARY KEY,
  -- null: an endpoint of operators, which gets the events of all projects
  project_id text REFERENCES projects (id),
  url text NOT NULL,
  description text NOT NULL,
  -- empty: every type
  event_types text[] NOT NULL,
  -- empty: every subject
  labels jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('enabled', 'paused', 'disabled')),
  disabled_reason text,
  -- sealed (AES-256-GCM): the signing secrets
  sealed_secrets text NOT NULL,
  previous_secret_until timestamptz,
  -- deliveries exist for all events up to this position
  position bigint NOT NULL,
  last_event_seq integer NOT NULL,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_failure text,
  failures_in_row integer NOT NULL DEFAULT 0,
  -- the receiver asked for a pause
  slow_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL))
);

CREATE UNIQUE INDEX webhook_endpoints_url_key ON webhook_endpoints (coalesce(project_id, ''), url);

CREATE TABLE webhook_deliveries (
  id text PRIMARY KEY,
  webhook_id text NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  -- 0: a test, which is about no event
  event_position bigint NOT NULL,
  event_type text NOT NULL,
  event_at timestamptz NOT NULL,
  -- deliveries of one subject are sent in the order of their events
  subject text NOT NULL,
  body text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'cancelled')),
  attempts integer NOT NULL DEFAULT 0,
  -- null while an earlier delivery of the same subject waits
  next_attempt_at timestamptz,
  claimed_until timestamptz,
  -- counts claims: only the latest one may write the result of its attempt
  claim integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  last_attempt_at timestamptz,
  last_status integer,
  last_duration_ms integer,
  last_answer text,
  last_answer_cut boolean NOT NULL DEFAULT false,
  last_error text,
  CHECK (state = 'waiting' OR (next_attempt_at IS NULL AND claimed_until IS NULL)),
  CHECK ((state = 'waiting') = (finished_at IS NULL))
);

CREATE UNIQUE INDEX webhook_deliveries_of_event ON webhook_deliveries (webhook_id, event_position) WHERE event_position > 0;
CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, subject, event_position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (webhook_id) WHERE claimed_until IS NOT NULL;
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
