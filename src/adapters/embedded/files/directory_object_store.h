#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "ports/object_store.h"

namespace marquee::embedded {

/// The lakehouse as a directory: a key is a path below `root`. An object is written to a file of
/// its own beside its place, flushed, renamed and made durable with its directory; such files start
/// with '~', which no key may hold, so a leftover is never listed, and those older than a day go
/// when the store is opened. Also kConflict when a key would have to be both file and directory.
/// Thread-safe, and safe beside other processes on the same directory.
class DirectoryObjectStore final : public ObjectStore {
 public:
  /// Creates `root` when it is missing.
  static Result<std::unique_ptr<DirectoryObjectStore>> open(const std::filesystem::path& root);

  Result<void> put(std::string_view key, std::span<const std::byte> bytes) override;
  Result<std::vector<std::byte>> get(std::string_view key) const override;
  Result<std::vector<std::string>> list(std::string_view prefix) const override;
  Result<void> remove(std::string_view key) override;

 private:
  explicit DirectoryObjectStore(std::filesystem::path root) : root_(std::move(root)) {}

  Result<void> make_directories(const std::filesystem::path& directory) const;
  Result<std::filesystem::path> write_beside(const std::filesystem::path& target,
                                             std::span<const std::byte> bytes) const;

  const std::filesystem::path root_;
  mutable std::mutex directories_mutex_;  ///< a directory is used only once its name is durable
};

}  // namespace marquee::embedded
