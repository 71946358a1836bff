#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/migration/migration.h"
#include "app/progress.h"
#include "base/json_writer.h"
#include "formats/run_record.h"

namespace marquee::app::commands {
namespace {

/// `name` is a data directory, or a settings file that names one. The environment is not asked: it
/// cannot say which of the two it means.
Result<MigrationSide> side_of(const std::string& name) {
  SettingSources sources;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(name, ignored)) {
    sources.file = name;
  } else {
    sources.flags.emplace_back("data_dir", name);
  }
  MARQUEE_TRY(auto loaded, settings_of(sources));
  return MigrationSide{name, std::move(loaded.settings)};
}

bool is_same_place(const Settings& a, const Settings& b) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(a.data_dir, ignored) ==
         std::filesystem::weakly_canonical(b.data_dir, ignored);
}

void print_json(const MigrateDataOptions& options, const Migrated& done) {
  JsonWriter json;
  json.begin_object().member("from", options.from).member("to", options.to);
  json.member("viewers", done.viewers).member("events", done.events);
  json.member("films", done.films).member("models", done.models);
  json.member("runs", done.runs).member("lists", done.lists);
  json.member("object_bytes", done.object_bytes).member("folded", done.folded);
  json.member("at", formats::cursor_text(done.at)).member("state_hash", done.state_hash);
  fmt::print("{}\n", json.end_object().text());
}

}  // namespace

Result<void> migrate_data(const MigrateDataOptions& options) {
  MARQUEE_TRY(const MigrationSide from, side_of(options.from));
  MARQUEE_TRY(const MigrationSide to, side_of(options.to));
  if (is_same_place(from.settings, to.settings)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("--from and --to both name {}: name another place to migrate to",
                             from.settings.data_dir)};
  }
  Progress progress;
  MARQUEE_TRY(const Migrated done, app::migrate_data(from, to, progress));
  if (options.json) {
    print_json(options, done);
    return {};
  }
  fmt::print("{} has everything of {}: {} viewers, {} events, {} films, {} models\n", options.to,
             options.from, done.viewers, done.events, done.films, done.models);
  fmt::print("state: {}\n", done.state_hash);
  fmt::print("{} is as it was: serve one of the two, not both\n", options.from);
  return {};
}

}  // namespace marquee::app::commands
