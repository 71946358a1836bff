-- Lists of the live tier that the Spark job made ahead (speed.engine = spark), each for one version of its
-- viewer's profile, one model and one set of settings; for any other the servers compute their own.

CREATE TABLE rec_feed(
  user_id text COLLATE "C" PRIMARY KEY,
  recs jsonb NOT NULL,
  version bigint NOT NULL,
  generation text COLLATE "C" NOT NULL,
  recipe text NOT NULL,
  updated_at bigint NOT NULL);
