-- Instances whose reconciliation throws. A table of its own: it is written when nothing else of the instance can be.
-- runs with code from 0004
CREATE TABLE reconcile_troubles (
  instance_id text PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
  tries integer NOT NULL CHECK (tries > 0),
  since timestamptz NOT NULL,
  reference text NOT NULL
);
