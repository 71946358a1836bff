#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace marquee::app {

/// Says that an import is changing a data directory: a file in it, from before the first change to
/// after the last. While it is there nobody but the next import opens the directory, so an import
/// that was killed half-way is never seen.
class ImportMark {
 public:
  static constexpr std::string_view kFile = "import.unfinished";

  /// Durable when this returns. `dataset` is what others are told to import again. Fine when an
  /// interrupted import left one.
  static Result<ImportMark> set(const std::filesystem::path& directory, std::string_view dataset);

  /// The import is whole, or changed nothing.
  Result<void> clear() const;

 private:
  explicit ImportMark(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path directory_;
};

/// kFailedPrecondition, saying what to run, when an import into `directory` was cut off.
Result<void> check_no_import(const std::filesystem::path& directory);

}  // namespace marquee::app
