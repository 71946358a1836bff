-- The catalogue, the model registry and what was shown: nothing else can bring these back.

CREATE TABLE meta(
  key text PRIMARY KEY,
  value text NOT NULL);

CREATE TABLE movies(
  movie_id text COLLATE "C" PRIMARY KEY,
  title text NOT NULL,
  year integer,
  genres text[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  metadata_text json,  -- as Marquee was given it, to the byte; void once metadata says something else
  hidden boolean NOT NULL DEFAULT false,
  added_at bigint NOT NULL DEFAULT 0);

-- Grows with every change of the catalogue, whoever makes it.
CREATE TABLE catalog_revision(
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL);
INSERT INTO catalog_revision(revision) VALUES (0);
CREATE FUNCTION bump_catalog_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I.catalog_revision SET revision = revision + 1', TG_TABLE_SCHEMA);
  RETURN NULL;
END $$;
CREATE TRIGGER movies_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON movies
  FOR EACH STATEMENT EXECUTE FUNCTION bump_catalog_revision();
CREATE TRIGGER meta_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta
  FOR EACH STATEMENT EXECUTE FUNCTION bump_catalog_revision();

CREATE TABLE models(
  version text COLLATE "C" PRIMARY KEY,
  created_at bigint NOT NULL,
  manifest json NOT NULL,
  promoted_at bigint);
CREATE TABLE model_pointers(
  name text PRIMARY KEY CHECK (name IN ('current', 'previous')),
  version text NOT NULL);

CREATE TABLE recommendation_logs(
  list_id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  session_id text,
  source text NOT NULL,
  "row" text NOT NULL DEFAULT 'top_picks',
  variant text NOT NULL DEFAULT 'default',
  generation text,
  items jsonb NOT NULL,
  created_at bigint NOT NULL);

-- Running sums behind click-through. Each writer has a slot of its own (a partition of the fold, or
-- -2 for the recommendation log), so that they do not wait for one row; the sums are over all.
CREATE TABLE click_totals(
  slot integer PRIMARY KEY,
  lists bigint NOT NULL,
  shown bigint NOT NULL,
  clicked bigint NOT NULL);
