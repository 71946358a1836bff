#include "app/backup/backup.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_copy.h"
#include "adapters/embedded/files/directory_lock.h"
#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/file_copy.h"
#include "adapters/embedded/files/posix_file.h"
#include "adapters/embedded/files/server_file.h"
#include "adapters/embedded/files/unfinished_directory.h"
#include "adapters/embedded/sqlite/stores.h"
#include "app/storage/storage.h"
#include "base/hash.h"
#include "formats/history_index.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;
using embedded::posix_disk;
using formats::BackupManifest;

/// One backup under way.
class Backup {
 public:
  Backup(const Storage& source, const fs::path& target, const OnFileCopied& on_file)
      : source_(source), target_(target), on_file_(on_file) {}

  Result<BackupManifest> run();

 private:
  Result<void> copy_database();
  Result<void> copy_events();
  Result<void> copy_settings_and_token();
  Result<void> check_history(const std::string& index_before) const;
  Result<void> check_model() const;
  const BackupManifest::File* find(const std::string& path) const;
  Result<std::string> history_index() const;
  void add(std::string path, embedded::FileDigest digest);

  const Storage& source_;
  const fs::path& target_;
  const OnFileCopied& on_file_;
  BackupManifest manifest_;
  std::uint64_t folded_end_ = 0;       ///< of the copied database
  std::optional<ModelVersion> model_;  ///< the one in service by the copied database
};

void Backup::add(std::string path, embedded::FileDigest digest) {
  manifest_.files.push_back({std::move(path), digest.bytes, std::move(digest.sha256)});
  on_file_(manifest_.files.back());
}

Result<void> Backup::copy_database() {
  const fs::path copy = target_ / "marquee.db";
  MARQUEE_CHECK(source_.database->copy_to(copy));
  MARQUEE_TRY(auto digest, embedded::digest_file(posix_disk(), copy.string()));
  add("marquee.db", std::move(digest));
  MovieTable movies;
  MARQUEE_TRY(const auto stores, embedded::SqliteStores::open(
                                     copy, movies, embedded::SqliteDatabase::Mode::kReadOnly));
  MARQUEE_TRY(const FoldedTotals folded, stores->profiles.totals());
  folded_end_ = folded.cursor.next(Offset::kEmbedded);
  MARQUEE_TRY(model_, stores->models.current());
  return {};
}

Result<void> Backup::copy_events() {
  const Cursor cursor = source_.log->end();
  // The end is also where damage begins; only a look behind it tells.
  MARQUEE_TRY(const auto behind, source_.log->read(cursor, 1, std::chrono::milliseconds(0)));
  const std::uint64_t end = cursor.next(Offset::kEmbedded);
  manifest_.log_end = Offset{Offset::kEmbedded, end}.to_string();
  if (end < folded_end_) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("event log {} ends at {} but the state has folded it up to {}",
                             source_.paths.events.string(), manifest_.log_end,
                             Offset{Offset::kEmbedded, folded_end_}.to_string())};
  }
  MARQUEE_CHECK(posix_disk().create_directory((target_ / "events").string()));
  MARQUEE_TRY(auto segments, embedded::copy_log(posix_disk(), source_.paths.events.string(),
                                                (target_ / "events").string(), end));
  for (auto& segment : segments) add("events/" + segment.name, std::move(segment.digest));
  return {};
}

Result<void> Backup::copy_settings_and_token() {
  const fs::path& from = source_.paths.directory;
  std::error_code ignored;
  if (fs::exists(from / "marquee.toml", ignored)) {
    MARQUEE_TRY(auto digest, embedded::copy_file(posix_disk(), (from / "marquee.toml").string(),
                                                 (target_ / "marquee.toml").string()));
    add("marquee.toml", std::move(digest));
  }
  const auto token = embedded::read_whole_file(from / "operator.token");
  if (!token.ok() && token.error().code == ErrorCode::kNotFound) return {};
  if (!token.ok()) return token.error();
  MARQUEE_CHECK(embedded::write_new_file(target_ / "operator.token", *token, 0600));
  add("operator.token", {token->size(), sha256_hex(*token)});
  return {};
}

const BackupManifest::File* Backup::find(const std::string& path) const {
  const auto found = std::find_if(manifest_.files.begin(), manifest_.files.end(),
                                  [&](const auto& file) { return file.path == path; });
  return found == manifest_.files.end() ? nullptr : &*found;
}

/// Empty when nothing was imported.
Result<std::string> Backup::history_index() const {
  auto bytes = source_.objects->get(formats::HistoryIndex::kKey);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return std::string();
  if (!bytes.ok()) return std::move(bytes).error();
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

/// The copied database was folded from the history as it was before; and a backup of damaged
/// history would be found out at the restore, when it is too late.
Result<void> Backup::check_history(const std::string& index_before) const {
  MARQUEE_TRY(const std::string index_now, history_index());
  if (index_now != index_before) {
    return Error{ErrorCode::kUnavailable, "an import ran meanwhile: run marquee backup again"};
  }
  if (index_now.empty()) return {};
  MARQUEE_TRY(const auto index, formats::parse_history_index(index_now));
  for (const auto& wanted : index.files) {
    const BackupManifest::File* found = find("lakehouse/" + wanted.key);
    if (found != nullptr && found->sha256 == wanted.sha256) continue;
    return Error{ErrorCode::kDataLoss,
                 fmt::format("{}/{} {}: restore it from an earlier backup, or import the data set "
                             "again",
                             source_.paths.objects.string(), wanted.key,
                             found == nullptr ? "is missing" : "differs from history.json")};
  }
  return {};
}

/// Publishing puts models away that were in service long ago: the copied registry must not name one
/// that the copied lakehouse has no more.
Result<void> Backup::check_model() const {
  if (!model_ || find("lakehouse/models/" + model_->value() + "/manifest.json")) return {};
  MARQUEE_TRY(const auto model_now, source_.stores->models.current());
  if (model_now == model_) return {};  // lost before, and no reason to lose the rest as well
  return Error{ErrorCode::kUnavailable,
               "models were published meanwhile: run marquee backup again"};
}

Result<BackupManifest> Backup::run() {
  manifest_.created_at_ms = source_.clock.wall_ms();
  manifest_.code_version = MARQUEE_VERSION;
  MARQUEE_TRY(const std::string index, history_index());
  MARQUEE_CHECK(copy_database());
  MARQUEE_CHECK(copy_events());
  MARQUEE_TRY(const auto objects, copy_objects(source_.paths.objects, target_, on_file_));
  manifest_.files.insert(manifest_.files.end(), objects.begin(), objects.end());
  MARQUEE_CHECK(check_history(index));
  MARQUEE_CHECK(check_model());
  MARQUEE_CHECK(copy_settings_and_token());
  return std::move(manifest_);
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  std::error_code error;
  const fs::path relative =
      fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(directory, error));
  return !error && !relative.empty() && *relative.begin() != "..";
}

Result<void> check_target(const fs::path& target, const DataPaths& source) {
  for (const fs::path& place : {source.directory, source.events, source.objects}) {
    if (is_inside(target, place)) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{} lies in {}, which it is to save: name a directory elsewhere, "
                               "best on another disk",
                               target.string(), place.string())};
    }
  }
  std::error_code ignored;
  if (!fs::exists(target / BackupManifest::kName, ignored)) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} holds a backup already: name a new directory", target.string())};
}

}  // namespace

Result<BackupManifest> back_up(const Settings& settings, const fs::path& target,
                               const OnFileCopied& on_file) {
  MARQUEE_TRY(const DataPaths paths, data_paths(settings));
  MARQUEE_CHECK(check_local(paths.events, "events"));
  MARQUEE_CHECK(check_local(paths.database, "state"));
  MARQUEE_CHECK(check_local(paths.objects, "objects"));
  MARQUEE_TRY(const auto source, Storage::open_reader(settings));
  MARQUEE_CHECK(check_target(target, source->paths));
  MARQUEE_TRY(const auto server, embedded::read_server_file(source->paths.directory.string()));
  std::optional<embedded::DirectoryLock> lock;
  if (!server) {
    MARQUEE_TRY(lock, embedded::DirectoryLock::acquire(source->paths.directory.string()));
  }
  MARQUEE_TRY(auto unfinished, embedded::UnfinishedDirectory::begin(target, "marquee backup"));
  MARQUEE_TRY(auto manifest, Backup(*source, target, on_file).run());
  MARQUEE_CHECK(unfinished.flush_names());
  const std::string json = formats::to_json(manifest) + "\n";
  MARQUEE_CHECK(
      embedded::write_new_file(target / BackupManifest::kName, std::as_bytes(std::span(json))));
  MARQUEE_CHECK(unfinished.finish());
  return manifest;
}

}  // namespace marquee::app
