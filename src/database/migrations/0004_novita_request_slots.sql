-- What all replicas together may send to Novita with one key. A request takes a slot, and the slot is free again a minute
-- later; slots are made as they are needed. Not unlogged: a crash that forgot them would allow a minute's requests twice.
CREATE TABLE novita_request_slots (
  -- a hash: the key itself is never stored
  key_fingerprint text NOT NULL,
  -- 0 everybody, creates too; 1 reads and releases; 2 releases only
  tier            smallint NOT NULL CHECK (tier BETWEEN 0 AND 2),
  number          integer NOT NULL CHECK (number >= 0),
  free_at         timestamptz NOT NULL,
  PRIMARY KEY (key_fingerprint, tier, number)
) WITH (fillfactor = 50);

-- Novita asked for a pause (Retry-After).
CREATE TABLE novita_holds (
  key_fingerprint text PRIMARY KEY,
  held_at         timestamptz NOT NULL,
  held_until      timestamptz NOT NULL
);
