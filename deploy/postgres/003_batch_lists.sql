-- A generation is written under a build number that no reader sees and becomes visible by one update;
-- batch_recs shows the finished ones by name.

CREATE TABLE feed_builds(
  build bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  generation text COLLATE "C" NOT NULL,
  complete boolean NOT NULL);
CREATE UNIQUE INDEX feed_builds_complete ON feed_builds(generation) WHERE complete;

CREATE TABLE feed_lists(
  build bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  recs jsonb NOT NULL,
  PRIMARY KEY (build, user_id));

CREATE VIEW batch_recs AS
  SELECT b.generation, l.user_id, l.recs
  FROM feed_builds b JOIN feed_lists l ON l.build = b.build
  WHERE b.complete;
