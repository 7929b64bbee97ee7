-- Where health tries whether something can be written. Nothing stays in it: each try is rolled back.
-- runs with code from 0004
CREATE TABLE write_probes (filler text NOT NULL);
-- as it is, and in its place: compressed it would not need the room that it is to ask for
ALTER TABLE write_probes ALTER COLUMN filler SET STORAGE PLAIN;
