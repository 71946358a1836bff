#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::datasets {

inline constexpr std::size_t kRecordBytesMax = 64 * 1024;
inline constexpr std::string_view kTooLong = "longer than 65536 bytes";

/// One record of a file. The views live until the next call of next().
struct Record {
  std::uint64_t line = 0;  ///< of its first character, 1 for the first line of the file
  std::vector<std::string_view> fields;
  std::string_view problem;  ///< why it could not be split into fields; empty when it could

  bool ok() const { return problem.empty(); }
};

/// How far a file is read.
struct ReadPosition {
  std::uint64_t lines_read = 0;
  std::uint64_t bytes_left = 0;
  std::uint64_t file_bytes = 0;
};

/// Reads a file record by record in a fixed amount of memory. A record that is broken or longer
/// than kRecordBytesMax costs one line: reading goes on with the next. Empty lines are passed over.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  /// Fills `record`; false at the end of the file. An error when the disk fails.
  virtual Result<bool> next(Record& record) = 0;
  virtual ReadPosition position() const = 0;
};

}  // namespace marquee::datasets
