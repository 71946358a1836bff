#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace marquee::embedded {

/// A directory that is being filled, by a backup or a restore. Until finish() it holds a marker
/// file, under which nobody opens it; what a killed process left is recognised by the marker and
/// cleared by the next try. Movable.
class UnfinishedDirectory {
 public:
  static constexpr std::string_view kMarker = "unfinished";

  /// Makes `directory` when it is missing. It must be empty, or left unfinished by a process that
  /// is gone: then it is emptied. kFailedPrecondition when it holds anything else or another
  /// process is filling it; kPermissionDenied, kResourceExhausted. `command` ("marquee restore")
  /// is what others are told to run again.
  static Result<UnfinishedDirectory> begin(const std::filesystem::path& directory,
                                           std::string_view command);

  UnfinishedDirectory(UnfinishedDirectory&& other) noexcept;
  UnfinishedDirectory& operator=(UnfinishedDirectory&&) = delete;
  /// Without finish(): removes what was written, and the directory if begin() made it.
  ~UnfinishedDirectory();

  const std::filesystem::path& path() const { return directory_; }
  /// The names in the directory and below are on stable storage when this returns.
  Result<void> flush_names() const;
  /// flush_names(), then the directory is what it was made for.
  Result<void> finish();

 private:
  UnfinishedDirectory(std::filesystem::path directory, bool made)
      : directory_(std::move(directory)), made_(made) {}
  Result<void> claim(std::string_view command);

  std::filesystem::path directory_;
  bool made_;
  int marker_ = -1;  ///< open and locked until finish()
};

/// kFailedPrecondition, saying what to run again, when `directory` is an unfinished one.
Result<void> check_finished(const std::filesystem::path& directory);

}  // namespace marquee::embedded
