-- The scheduler's memory. `place` is the order of creation. The lease is one row whose token only
-- grows; every write locks it and is compared with it. Token 0 was never given out.

CREATE TABLE runs(
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text COLLATE "C" NOT NULL UNIQUE,
  pipeline text NOT NULL,
  logical_date text NOT NULL,
  run_trigger text NOT NULL,
  status text NOT NULL,
  params json NOT NULL,
  cancel_requested boolean NOT NULL,
  round integer NOT NULL,
  detail text NOT NULL,
  created_at bigint NOT NULL,
  due_at bigint,
  started_at bigint,
  ended_at bigint);
CREATE UNIQUE INDEX runs_active ON runs(pipeline) WHERE status IN ('queued', 'running');

CREATE TABLE run_stages(
  run_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  stage text NOT NULL,
  attempt integer NOT NULL,
  round integer NOT NULL,
  status text NOT NULL,
  exit_code integer,
  detail text NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (run_id, stage, attempt));

CREATE TABLE run_log(
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  stage text NOT NULL,
  attempt integer NOT NULL,
  at bigint NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (run_id, seq));

CREATE TABLE run_lease(
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  holder text NOT NULL,
  token bigint NOT NULL,
  expires_at bigint NOT NULL);
INSERT INTO run_lease(holder, token, expires_at) VALUES ('', 0, 0);

CREATE TABLE run_schedules(
  pipeline text PRIMARY KEY,
  dealt_until bigint NOT NULL);
