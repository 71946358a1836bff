#include "adapters/embedded/sqlite/unclean_end.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace marquee::embedded {

Result<void> settle_unclean_end(Disk& disk, const std::string& path) {
  std::vector<std::unique_ptr<File>> files;
  for (const char* suffix : {"-wal", "-journal", ""}) {
    if (*suffix == '\0' && files.empty()) return {};  // closed, or new
    auto file = disk.open(path + suffix, Disk::Open::kReadWrite);
    if (file.ok()) {
      files.push_back(std::move(file).value());
    } else if (file.error().code != ErrorCode::kNotFound) {
      return file.error();
    }
  }
  for (const auto& file : files) MARQUEE_CHECK(file->sync());
  for (const auto& file : files) file->drop_cache();
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return disk.sync_directory(directory.empty() ? "." : directory);
}

}  // namespace marquee::embedded
