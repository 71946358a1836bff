-- What the fold makes of the event log, with the cursor up to which it is folded in. All of it can be
-- rebuilt from archive and log. Ids sort by their bytes, whatever the database's locale.

CREATE TABLE cursors(
  consumer text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  epoch bigint NOT NULL DEFAULT 0,  -- grows with every claim: an older claimant can write no more
  PRIMARY KEY (consumer, partition));

-- What became of each partition's events; partition -1 has what was folded without a claim.
CREATE TABLE fold_totals(
  consumer text NOT NULL,
  partition integer NOT NULL,
  applied bigint NOT NULL,
  deduplicated bigint NOT NULL,
  dead_lettered bigint NOT NULL,
  history bigint NOT NULL,
  PRIMARY KEY (consumer, partition));

CREATE TABLE fold_rebuilds(
  consumer text PRIMARY KEY,
  rebuilds bigint NOT NULL);
INSERT INTO fold_rebuilds VALUES ('speed', 0);

CREATE TABLE user_profiles(
  user_id text COLLATE "C" PRIMARY KEY,
  state bytea NOT NULL,  -- docs/formats/profile.md
  version bigint NOT NULL,
  last_offset text,
  partition integer,      -- of last_offset, in parts
  last_sequence bigint,
  updated_at bigint NOT NULL);
CREATE INDEX user_profiles_changed ON user_profiles(partition, last_sequence);

CREATE TABLE movie_counts(
  movie_id text COLLATE "C" NOT NULL,
  day integer NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (movie_id, day));

CREATE TABLE interactions(
  user_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  event_id uuid NOT NULL,
  movie_id text COLLATE "C" NOT NULL,
  event_type smallint NOT NULL,
  value double precision,
  session_id text,
  list_id text,
  position integer,
  undoes uuid,
  ts bigint NOT NULL,
  accepted_at bigint NOT NULL,
  partition integer,
  sequence bigint,
  fingerprint bigint NOT NULL,
  undone boolean NOT NULL,
  applied_at bigint NOT NULL,
  PRIMARY KEY (user_id, seq));
CREATE UNIQUE INDEX interactions_event ON interactions(event_id, user_id);

CREATE TABLE dead_letters(
  partition integer NOT NULL,
  sequence bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  event_id uuid NOT NULL,
  movie_id text COLLATE "C" NOT NULL,
  event_type smallint NOT NULL,
  value double precision,
  session_id text,
  list_id text,
  position integer,
  undoes uuid,
  ts bigint NOT NULL,
  accepted_at bigint NOT NULL,
  fingerprint bigint NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (partition, sequence));
CREATE INDEX dead_letters_event ON dead_letters(event_id, user_id);

CREATE TABLE deduplicated(
  partition integer NOT NULL,
  sequence bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  event_id uuid NOT NULL,
  conflict boolean NOT NULL,
  fingerprint bigint NOT NULL,
  accepted_at bigint NOT NULL,
  PRIMARY KEY (partition, sequence));
CREATE INDEX deduplicated_event ON deduplicated(event_id, user_id);

-- Standing clicks of each (list, film, viewer).
CREATE TABLE list_clicks(
  list_id text COLLATE "C" NOT NULL,
  movie_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  standing integer NOT NULL,
  PRIMARY KEY (list_id, movie_id, user_id));
