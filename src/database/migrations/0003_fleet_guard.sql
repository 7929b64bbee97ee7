-- The guard of the fleet: what the code may do by its own judgement, and the machines that no row explains.

CREATE TABLE fleet_guard (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- counts writes: a smaller number than one seen before means that the database has lost commits
  epoch          bigint NOT NULL DEFAULT 0,
  verified_at    timestamptz,
  -- when the database was seen to have lost commits; null: what it says is believed
  distrusted_at  timestamptz,
  -- why Novita's list could not be read the last time; null: it could
  trouble        text,
  frozen         jsonb,
  creates_paused jsonb,
  resumed_at     timestamptz
);
INSERT INTO fleet_guard DEFAULT VALUES;

CREATE TABLE strangers (
  machine_id     text PRIMARY KEY,
  name           text NOT NULL,
  -- by a valid tag; null: not ours
  instance_id    text,
  attempt_number integer,
  observation    jsonb NOT NULL,
  make           jsonb NOT NULL,
  first_seen_at  timestamptz NOT NULL,
  last_seen_at   timestamptz NOT NULL,
  ignored        boolean NOT NULL DEFAULT false
);

ALTER TABLE machines ADD COLUMN condemned_at timestamptz;
-- by the code's own judgement, and not because a caller asked: these are counted
ALTER TABLE machines ADD COLUMN condemned_by_code boolean NOT NULL DEFAULT false;
-- when it was first seen to have got beyond its image: from then on its disk may hold something
ALTER TABLE machines ADD COLUMN ran_at timestamptz;
UPDATE machines SET ran_at = first_seen_at;
CREATE INDEX machines_condemned ON machines (condemned_at) WHERE condemned_by_code;
