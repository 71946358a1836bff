#include "app/storage/migration_mark.h"

#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "adapters/embedded/files/posix_file.h"

namespace marquee::app {

namespace fs = std::filesystem;

namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Error unfinished(const fs::path& directory, std::string_view source) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("a migration into {} was interrupted or still runs: run marquee "
                           "migrate-data --from {} --to {} again",
                           directory.string(), source, directory.string())};
}

}  // namespace

Result<MigrationMark> MigrationMark::set(const fs::path& directory, ObjectStore& objects,
                                         const std::string& source) {
  const fs::path file = directory / kFile;
  std::error_code error;
  fs::remove(file, error);
  if (error) return embedded::file_error(error.value(), "removing", file);
  MARQUEE_CHECK(embedded::write_new_file(file, std::as_bytes(std::span(source))));
  MARQUEE_CHECK(embedded::flush_directory(directory));
  MARQUEE_CHECK(objects.put(kObject, std::as_bytes(std::span(source))));
  return MigrationMark(directory);
}

Result<std::optional<std::string>> MigrationMark::source(const fs::path& directory) {
  const auto bytes = embedded::read_whole_file(directory / kFile);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) {
    return std::optional<std::string>();
  }
  if (!bytes.ok()) return bytes.error();
  return std::optional(text_of(*bytes));
}

Result<void> MigrationMark::clear(ObjectStore& objects) const {
  MARQUEE_CHECK(objects.remove(kObject));
  std::error_code error;
  fs::remove(directory_ / kFile, error);
  if (error) return embedded::file_error(error.value(), "removing", directory_ / kFile);
  return embedded::flush_directory(directory_);
}

Result<void> check_no_migration(const fs::path& directory) {
  MARQUEE_TRY(const auto source, MigrationMark::source(directory));
  return source ? unfinished(directory, *source) : Result<void>();
}

Result<void> check_no_migration(const fs::path& directory, const ObjectStore& objects) {
  const auto bytes = objects.get(MigrationMark::kObject);
  if (bytes.ok()) return unfinished(directory, text_of(*bytes));
  // A server starts without its lakehouse, too.
  return {};
}

}  // namespace marquee::app
