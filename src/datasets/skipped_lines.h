#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/record_reader.h"

namespace marquee::datasets {

/// Counts the malformed lines of a data set, keeps the first of them, and says when they are too
/// many. Not thread-safe.
class SkippedLines {
 public:
  static constexpr std::size_t kKeptMax = 100;

  explicit SkippedLines(const ReadOptions& options) : options_(options) {}

  /// Starts (or starts again) on `file`: what was skipped in it before is forgotten.
  void begin(const std::string& file);
  /// kDataLoss, naming this line, when the file can no longer stay within the allowed
  /// share, however good its remaining lines are.
  Result<void> add(std::uint64_t line, std::string_view reason, const ReadPosition& position);
  /// At the end of the file: kDataLoss when more than the allowed share was skipped.
  Result<void> finish(const ReadPosition& position) const;

  const std::vector<SkippedLine>& lines() const { return lines_; }
  std::uint64_t count() const;

 private:
  struct FileCount {
    std::string file;
    std::uint64_t count = 0;
    SkippedLine last;
  };
  Error too_many(const FileCount& file, std::uint64_t lines) const;

  ReadOptions options_;
  std::vector<FileCount> files_;  ///< the file being read is the last
  std::vector<SkippedLine> lines_;
};

}  // namespace marquee::datasets
