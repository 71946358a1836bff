#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "adapters/embedded/sqlite/stores.h"
#include "app/doctor/doctor.h"
#include "app/doctor/report.h"
#include "app/storage/data_directory.h"
#include "app/storage/storage.h"
#include "domain/movie_table.h"
#include "formats/server_json.h"
#include "ports/object_store.h"

namespace marquee::app::doctor {

/// What the looks share: who is examined, and what could be opened so far.
struct Subject {
  Settings settings;
  DataPaths paths;
  const Clock& clock;
  const Options& options;
  std::optional<formats::ServerInfo> server;  ///< that owns the directory now
  MovieTable movies;
  std::unique_ptr<embedded::SqliteStores> stores;  ///< null when they cannot be opened
  std::unique_ptr<ObjectStore> objects;            ///< null when there are none
  std::uint64_t log_begin = 0;                     ///< the first event, as far as it is known
  std::optional<std::uint64_t> log_end;            ///< one past the last event; none: unknown
  std::optional<FoldedTotals> folded;
};

// Each looks at one thing and says what it found; none changes anything.

/// Every source of settings, value by value. Answers the settings without the wrong ones.
Settings check_settings(SettingSources sources, Report& report);
/// That the settings fit together. False when the directory cannot even be named.
bool check_wiring(const Settings& settings, Report& report);
/// False when there is no directory to look into.
bool check_directory(const Subject& subject, Report& report);
void check_disk(const Subject& subject, Report& report);
void check_server(Subject& subject, Report& report);
/// That what the settings name outside the directory answers; it is looked into no further.
void check_services(const Subject& subject, Report& report);
/// With retrieval.search = "pgvector": that the model in service has its vectors, and what the
/// index misses. Part of check_services().
void check_retrieval(Storage& storage, Report& report);
void check_log(Subject& subject, Report& report);
void check_state(Subject& subject, Report& report);
void check_fold(const Subject& subject, Report& report);
void check_catalog(const Subject& subject, Report& report);
void check_archive(const Subject& subject, Report& report);
void check_history(const Subject& subject, Report& report);
void check_model(const Subject& subject, Report& report);

}  // namespace marquee::app::doctor
