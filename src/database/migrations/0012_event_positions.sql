-- One order for all events, which readers follow by a cursor; events that are about no instance; the request that caused an event.
-- runs with code from 0004
CREATE TABLE event_positions (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  last bigint NOT NULL
);

-- The row stays locked until the transaction ends, so positions become visible in their order. A position is at least the time in
-- microseconds since 1970: after an older backup was restored, new positions are greater than those that were given out and lost.
CREATE FUNCTION next_event_position() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  UPDATE event_positions
  SET last = greatest(last + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
  RETURNING last
$$;

ALTER TABLE events
  ADD COLUMN position bigint,
  ADD COLUMN subject_kind text NOT NULL DEFAULT 'instance',
  ADD COLUMN subject_id text,
  ADD COLUMN request_id text;

-- In the order of their times, and never against the numbers of an instance: clocks are set back now and then.
ALTER TABLE events DISABLE TRIGGER events_append_only;
UPDATE events SET position = ordered.position, subject_id = events.instance_id
FROM (
  SELECT instance_id, seq, row_number() OVER (ORDER BY latest, instance_id, seq) AS position
  FROM (SELECT instance_id, seq, max(at) OVER (PARTITION BY instance_id ORDER BY seq) AS latest FROM events) timed
) ordered
WHERE events.instance_id = ordered.instance_id AND events.seq = ordered.seq;
ALTER TABLE events ENABLE TRIGGER events_append_only;

INSERT INTO event_positions (last) SELECT coalesce(max(position), 0) FROM events;

ALTER TABLE events
  DROP CONSTRAINT events_pkey,
  ALTER COLUMN position SET DEFAULT next_event_position(),
  ALTER COLUMN position SET NOT NULL,
  ALTER COLUMN subject_id SET NOT NULL,
  ALTER COLUMN instance_id DROP NOT NULL,
  ADD CONSTRAINT events_pkey PRIMARY KEY (subject_kind, subject_id, seq),
  ADD CONSTRAINT events_position_key UNIQUE (position),
  ADD CONSTRAINT events_subject_check
    CHECK ((subject_kind = 'instance') = (instance_id IS NOT NULL) AND subject_id = coalesce(instance_id, subject_id));

-- Code from before knows no subjects.
CREATE FUNCTION events_subject_is_instance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.subject_id := NEW.instance_id;
  RETURN NEW;
END $$;

CREATE TRIGGER events_default_subject BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.subject_id IS NULL) EXECUTE FUNCTION events_subject_is_instance();

CREATE INDEX events_of_subject ON events (subject_id, position);
CREATE INDEX events_of_type ON events (type, position);
CREATE INDEX events_of_actor ON events (actor, position);
-- for code from before, which asks by it
CREATE INDEX events_of_instance ON events (instance_id, seq);

ALTER TABLE fleet_guard ADD COLUMN last_event_seq integer NOT NULL DEFAULT 0;
