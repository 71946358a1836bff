-- Who is let in, and what operators did. A trigger keeps the audit log as it was written.

CREATE TABLE api_keys(
  key_id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  role text NOT NULL,
  viewer text,
  hash text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  last_used_at bigint,
  revoked_at bigint);

CREATE TABLE api_key_revision(
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL);
INSERT INTO api_key_revision(revision) VALUES (0);

CREATE TABLE audit_log(
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  actor text NOT NULL,
  role text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  of bigint,
  status bigint);

CREATE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'the audit log is only added to'; END$$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stays();
