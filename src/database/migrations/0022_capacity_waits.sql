-- Instances that wait to be handed a free offer. Code from before leaves the column as it is, so a row that has it is looked at again
-- before it is believed.
-- runs with code from 0004
ALTER TABLE instances ADD COLUMN capacity_wait_since timestamptz;
CREATE INDEX instances_capacity_wait ON instances (capacity_wait_since) WHERE capacity_wait_since IS NOT NULL;

-- When the catalogue was last looked at for all of them, by whichever replica.
CREATE TABLE capacity_looks (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  looked_at timestamptz,
  looks bigint NOT NULL DEFAULT 0
);
INSERT INTO capacity_looks DEFAULT VALUES;
