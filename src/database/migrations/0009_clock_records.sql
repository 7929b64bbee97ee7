-- How far the clock of the deployment was from that of the database, for processes that start after the database's has jumped.
-- runs with code from 0004
CREATE TABLE clock_records (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  database_time timestamptz NOT NULL,
  shared_time timestamptz NOT NULL
);
