// The tables of marquee.db. Names follow the PostgreSQL schema (deploy/postgres/) where both exist.
#include <array>

#include "adapters/embedded/sqlite/schema.h"

namespace marquee::embedded {
namespace {

constexpr const char* kFoldedState = R"sql(
CREATE TABLE cursors(
  consumer TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(consumer, partition)) STRICT, WITHOUT ROWID;

CREATE TABLE fold_totals(
  consumer TEXT PRIMARY KEY, applied INTEGER NOT NULL, deduplicated INTEGER NOT NULL,
  dead_lettered INTEGER NOT NULL, history INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE user_profiles(
  user_id TEXT PRIMARY KEY, state BLOB NOT NULL, version INTEGER NOT NULL, last_offset TEXT,
  updated_at INTEGER NOT NULL) STRICT;

CREATE TABLE movie_counts(
  movie_id TEXT NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(movie_id, day)) STRICT, WITHOUT ROWID;

CREATE TABLE interactions(
  user_id TEXT NOT NULL, seq INTEGER NOT NULL,
  event_id BLOB NOT NULL, movie_id TEXT NOT NULL, event_type INTEGER NOT NULL, value REAL,
  session_id TEXT, list_id TEXT, position INTEGER, undoes BLOB,
  ts INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  partition INTEGER, sequence INTEGER, fingerprint INTEGER NOT NULL,
  undone INTEGER NOT NULL, applied_at INTEGER NOT NULL,
  PRIMARY KEY(user_id, seq)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX interactions_event ON interactions(event_id, user_id);

CREATE TABLE dead_letters(
  partition INTEGER NOT NULL, sequence INTEGER NOT NULL, user_id TEXT NOT NULL,
  event_id BLOB NOT NULL, movie_id TEXT NOT NULL, event_type INTEGER NOT NULL, value REAL,
  session_id TEXT, list_id TEXT, position INTEGER, undoes BLOB,
  ts INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(partition, sequence)) STRICT;
CREATE INDEX dead_letters_event ON dead_letters(event_id, user_id);

CREATE TABLE deduplicated(
  partition INTEGER NOT NULL, sequence INTEGER NOT NULL, user_id TEXT NOT NULL,
  event_id BLOB NOT NULL, conflict INTEGER NOT NULL, fingerprint INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  PRIMARY KEY(partition, sequence)) STRICT;
CREATE INDEX deduplicated_event ON deduplicated(event_id, user_id);

CREATE TABLE list_clicks(
  list_id TEXT NOT NULL, movie_id TEXT NOT NULL, user_id TEXT NOT NULL, standing INTEGER NOT NULL,
  PRIMARY KEY(list_id, movie_id, user_id)) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kTruths = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE movies(
  movie_id TEXT PRIMARY KEY, title TEXT NOT NULL, year INTEGER, genres TEXT NOT NULL,
  hidden INTEGER NOT NULL, metadata TEXT NOT NULL) STRICT;

CREATE TABLE models(
  version TEXT PRIMARY KEY, created_at INTEGER NOT NULL, manifest TEXT NOT NULL,
  promoted_at INTEGER) STRICT;
CREATE TABLE model_pointers(
  name TEXT PRIMARY KEY CHECK(name IN ('current', 'previous')), version TEXT NOT NULL) STRICT;

CREATE TABLE recommendation_logs(
  list_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, session_id TEXT, source TEXT NOT NULL,
  row TEXT NOT NULL, variant TEXT NOT NULL, generation TEXT, items TEXT NOT NULL,
  created_at INTEGER NOT NULL) STRICT;
CREATE TABLE click_totals(
  id INTEGER PRIMARY KEY CHECK(id = 1), lists INTEGER NOT NULL, shown INTEGER NOT NULL,
  clicked INTEGER NOT NULL) STRICT;
INSERT INTO click_totals VALUES(1, 0, 0, 0);
)sql";

// A generation is written under a build number that no reader sees and becomes visible by one
// update; batch_recs shows the finished ones by name.
constexpr const char* kFeed = R"sql(
CREATE TABLE feed_builds(
  build INTEGER PRIMARY KEY AUTOINCREMENT, generation TEXT NOT NULL,
  complete INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX feed_builds_complete ON feed_builds(generation) WHERE complete = 1;
CREATE TABLE feed_lists(
  build INTEGER NOT NULL, user_id TEXT NOT NULL, recs TEXT NOT NULL,
  PRIMARY KEY(build, user_id)) STRICT;
CREATE VIEW batch_recs AS
  SELECT b.generation, l.user_id, l.recs
  FROM feed_builds b JOIN feed_lists l ON l.build = b.build WHERE b.complete = 1;
)sql";

// `place` is the order of creation. The lease is one row whose token only grows.
constexpr const char* kRuns = R"sql(
CREATE TABLE runs(
  place INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, pipeline TEXT NOT NULL,
  logical_date TEXT NOT NULL, run_trigger TEXT NOT NULL, status TEXT NOT NULL, params TEXT NOT NULL,
  cancel_requested INTEGER NOT NULL, round INTEGER NOT NULL, detail TEXT NOT NULL,
  created_at INTEGER NOT NULL, due_at INTEGER, started_at INTEGER, ended_at INTEGER) STRICT;
CREATE UNIQUE INDEX runs_active ON runs(pipeline) WHERE status IN ('queued', 'running');

CREATE TABLE run_stages(
  run_id TEXT NOT NULL, position INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL,
  round INTEGER NOT NULL, status TEXT NOT NULL, exit_code INTEGER, detail TEXT NOT NULL,
  started_at INTEGER NOT NULL, ended_at INTEGER,
  PRIMARY KEY(run_id, stage, attempt)) STRICT, WITHOUT ROWID;

CREATE TABLE run_log(
  run_id TEXT NOT NULL, seq INTEGER NOT NULL, stage TEXT NOT NULL, attempt INTEGER NOT NULL,
  at INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY(run_id, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE run_lease(
  id INTEGER PRIMARY KEY CHECK(id = 1), holder TEXT NOT NULL, token INTEGER NOT NULL,
  expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE run_schedules(pipeline TEXT PRIMARY KEY, dealt_until INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;
)sql";

/// Imported films, and all of an older schema, were not added by hand.
constexpr const char* kAddedFilms = R"sql(
ALTER TABLE movies ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
)sql";

/// Pages get checksums (checksum_vfs.h), which SqliteDatabase gives an older file after this step;
/// a program that knows no checksums must not write to it any more.
constexpr const char* kPageChecksums = "";

/// Who is let in, and what operators did. The triggers keep the audit log as it was written.
constexpr const char* kIdentity = R"sql(
CREATE TABLE api_keys(
  key_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, viewer TEXT,
  hash TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER,
  revoked_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE api_key_revision(
  id INTEGER PRIMARY KEY CHECK(id = 1), revision INTEGER NOT NULL) STRICT;
INSERT INTO api_key_revision VALUES(1, 0);

CREATE TABLE audit_log(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
  role TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, of INTEGER,
  status INTEGER) STRICT;
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
  BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_log_keeps BEFORE DELETE ON audit_log
  BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
)sql";

constexpr std::array kMigrations{
    Migration{1, "folded state", kFoldedState},
    Migration{2, "catalogue, models, recommendation log", kTruths},
    Migration{3, "batch lists", kFeed},
    Migration{4, "runs of the scheduler", kRuns},
    Migration{5, "when a film was added", kAddedFilms},
    Migration{6, "checksums of pages", kPageChecksums},
    Migration{7, "keys, audit log", kIdentity},
};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace marquee::embedded
