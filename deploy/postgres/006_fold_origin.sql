-- From which Kafka topic the state was folded: cursors mean nothing on another one.

CREATE TABLE fold_origins(
  consumer text PRIMARY KEY,
  cluster_id text NOT NULL,
  topic text NOT NULL,
  partitions integer NOT NULL);
