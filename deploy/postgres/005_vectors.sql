-- Item factors for L2 retrieval, and which generations of them there are. Each generation has an HNSW
-- index of its own on factor::vector(dimensions), movie_factors_hnsw_<id>, made when it is written.
-- init.sql has run: the extension is the database's, not the schema's.

CREATE TABLE movie_factor_generations(
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  generation text COLLATE "C" NOT NULL UNIQUE,
  dimensions integer NOT NULL,
  films bigint NOT NULL);

CREATE TABLE movie_factors(
  generation text COLLATE "C" NOT NULL,
  movie_id text COLLATE "C" NOT NULL,
  factor vector NOT NULL,
  PRIMARY KEY (generation, movie_id));
