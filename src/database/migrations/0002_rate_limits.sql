-- How many requests each client made in the current window. Unlogged: it is written on every request, and a crash may
-- forget it. The columns and their order are those that rate-limiter-flexible writes.
CREATE UNLOGGED TABLE rate_limits (
  key            varchar(255) PRIMARY KEY,
  points         integer NOT NULL DEFAULT 0,
  -- milliseconds since 1970
  expire         bigint
) WITH (fillfactor = 70);

CREATE INDEX rate_limits_expire ON rate_limits (expire);
