-- API keys. Rows are kept for ever: a service that has ever had a key is not open to requests without one.
-- An earlier release on this schema serves requests without asking for a key.
-- runs with code from 0004
CREATE TABLE api_keys (
  id text PRIMARY KEY,
  name text NOT NULL,
  scopes text[] NOT NULL,
  -- SHA-256 of the secret
  secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
  previous_hash bytea CHECK (length(previous_hash) = 32),
  previous_until timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_event_seq integer NOT NULL,
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);

CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;
