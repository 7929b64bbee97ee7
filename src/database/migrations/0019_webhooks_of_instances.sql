-- A webhook endpoint that belongs to one instance: its create named a URL. It gets the events of this instance, and goes with it.
-- runs with code from 0004
ALTER TABLE webhook_endpoints ADD COLUMN instance_id text REFERENCES instances (id) ON DELETE CASCADE;

CREATE INDEX webhook_endpoints_of_instance ON webhook_endpoints (instance_id) WHERE instance_id IS NOT NULL;

-- Many instances may have the same receiver.
DROP INDEX webhook_endpoints_url_key;
CREATE UNIQUE INDEX webhook_endpoints_url_key ON webhook_endpoints (coalesce(project_id, ''), url) WHERE instance_id IS NULL;

-- Code from before takes it for an endpoint of the project, and would send it the events of all instances.
CREATE FUNCTION webhook_delivery_is_of_instance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM webhook_endpoints e
    WHERE e.id = NEW.webhook_id AND e.instance_id IS NOT NULL AND e.instance_id <> NEW.subject
  ) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER webhook_deliveries_of_instance BEFORE INSERT ON webhook_deliveries
  FOR EACH ROW WHEN (NEW.event_position > 0) EXECUTE FUNCTION webhook_delivery_is_of_instance();
