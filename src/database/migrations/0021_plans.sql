-- What a plan promised: the ceiling of the creates that name it. The offers that it showed are not kept.
-- runs with code from 0004
CREATE TABLE plans (
  id text PRIMARY KEY,
  project_id text NOT NULL REFERENCES projects (id),
  -- of the whole machine, in 1/100000 USD; null when no offer could be bought
  price_per_hour bigint CHECK (price_per_hour >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

-- retention deletes by age
CREATE INDEX plans_expires_at ON plans (expires_at);
