#include "app/storage/import_mark.h"

#include <cerrno>
#include <span>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "adapters/embedded/files/posix_file.h"

namespace marquee::app {

namespace fs = std::filesystem;

Result<ImportMark> ImportMark::set(const fs::path& directory, std::string_view dataset) {
  const fs::path file = directory / kFile;
  std::error_code error;
  fs::remove(file, error);  // the data set that is imported now is the one to import again
  if (error) return embedded::file_error(error.value(), "removing", file);
  MARQUEE_CHECK(embedded::write_new_file(file, std::as_bytes(std::span(dataset))));
  MARQUEE_CHECK(embedded::flush_directory(directory));
  return ImportMark(directory);
}

Result<void> ImportMark::clear() const {
  std::error_code error;
  fs::remove(directory_ / kFile, error);
  if (error) return embedded::file_error(error.value(), "removing", directory_ / kFile);
  return embedded::flush_directory(directory_);
}

Result<void> check_no_import(const fs::path& directory) {
  const auto dataset = embedded::read_whole_file(directory / ImportMark::kFile);
  if (!dataset.ok() && dataset.error().code == ErrorCode::kNotFound) return {};
  if (!dataset.ok()) return dataset.error();
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("an import into {} was interrupted or still runs: run marquee import "
                           "--dataset {} again",
                           directory.string(),
                           std::string_view(reinterpret_cast<const char*>(dataset->data()),
                                            dataset->size()))};
}

}  // namespace marquee::app
