-- What each background task last did, told by the replica that ran it, and what operators ask to run at once.
-- runs with code from 0004
CREATE TABLE background_tasks (
  name text NOT NULL,
  -- the replica, for a duty that each process has; '' for a duty of the deployment, which one replica does for all
  process text NOT NULL,
  replica text,
  began_at timestamptz,
  ended_at timestamptz,
  duration_ms integer,
  status jsonb,
  error text,
  failures_in_row integer NOT NULL DEFAULT 0,
  succeeded_at timestamptz,
  next_run_at timestamptz,
  activate_requested_at timestamptz,
  PRIMARY KEY (name, process)
);
