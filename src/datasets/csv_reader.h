#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "datasets/file_window.h"
#include "datasets/record_reader.h"

namespace marquee::datasets {

/// Reads comma-separated values (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF or
/// CRLF; a UTF-8 byte order mark is skipped) in a fixed amount of memory. Broken quotes cost one
/// line: reading goes on with the next. Empty lines are passed over. Not thread-safe.
class CsvReader final : public RecordReader {
 public:
  /// kNotFound / kPermissionDenied / kInternal naming `path`.
  static Result<CsvReader> open(const std::string& path);

  Result<bool> next(Record& record) override;
  ReadPosition position() const override {
    return {line_, window_.bytes_left(), window_.file_bytes()};
  }

 private:
  explicit CsvReader(FileWindow window) : window_(std::move(window)) {}

  void split_quoted(Record& record);

  FileWindow window_;
  std::uint64_t line_ = 0;  ///< lines consumed
};

}  // namespace marquee::datasets
