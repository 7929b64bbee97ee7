-- What creates have taught about offers: shared by all replicas, and never needed to be right.
-- runs with code from 0004
CREATE TABLE offer_memory (
  product_id text NOT NULL,
  region_id text NOT NULL,
  billing_mode text NOT NULL,
  successes double precision NOT NULL,
  refusals double precision NOT NULL,
  ready_seconds double precision,
  ready_weight double precision NOT NULL,
  out_of_stock_until timestamptz,
  learned_at timestamptz NOT NULL,
  PRIMARY KEY (product_id, region_id, billing_mode),
  CHECK (successes >= 0 AND refusals >= 0 AND ready_weight >= 0)
);

CREATE TABLE pull_memory (
  image text NOT NULL,
  region_id text NOT NULL,
  seconds double precision NOT NULL,
  weight double precision NOT NULL,
  learned_at timestamptz NOT NULL,
  PRIMARY KEY (image, region_id),
  CHECK (seconds >= 0 AND weight >= 0)
);

-- retention deletes by age
CREATE INDEX offer_memory_learned_at ON offer_memory (learned_at);
CREATE INDEX pull_memory_learned_at ON pull_memory (learned_at);
