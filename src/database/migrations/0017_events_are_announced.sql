-- Tells every replica at the commit that events were appended, also by code from before and by other programs.
-- runs with code from 0004
CREATE FUNCTION events_are_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- without a payload: PostgreSQL sends one message for each transaction, however many statements append
  PERFORM pg_notify('novitai_events', '');
  RETURN NULL;
END $$;

CREATE TRIGGER events_announced AFTER INSERT ON events
  FOR EACH STATEMENT EXECUTE FUNCTION events_are_announced();
