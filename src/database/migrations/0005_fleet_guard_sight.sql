-- Whether Novita can be seen, and when nothing could be done for any instance: that time counts against no deadline.
-- runs with code from 0004
ALTER TABLE fleet_guard ADD COLUMN sight jsonb;
