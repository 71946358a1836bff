#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "datasets/file_window.h"
#include "datasets/record_reader.h"

namespace marquee::datasets {

/// One line of a file, without its LF or CRLF. The view lives until the next call of next().
struct Line {
  std::uint64_t number = 0;  ///< 1 for the first
  std::string_view text;
  std::string_view problem;  ///< when it is longer than kRecordBytesMax
};

/// Reads the lines of a text file in a fixed amount of memory; empty ones are passed over. Not
/// thread-safe.
class LineReader {
 public:
  /// kNotFound / kPermissionDenied / kInternal naming `path`.
  static Result<LineReader> open(const std::string& path);

  /// Fills `line`; false at the end of the file. An error when the disk fails.
  Result<bool> next(Line& line);
  ReadPosition position() const { return {lines_, window_.bytes_left(), window_.file_bytes()}; }

 private:
  explicit LineReader(FileWindow window) : window_(std::move(window)) {}

  FileWindow window_;
  std::uint64_t lines_ = 0;
};

/// Records of one line each, whose fields stand between `separator`s and are never quoted:
/// MovieLens 1M and 10M ("::"), 100K (tab, "|").
class SeparatedReader final : public RecordReader {
 public:
  /// `separator` is not empty.
  static Result<SeparatedReader> open(const std::string& path, std::string separator);

  Result<bool> next(Record& record) override;
  ReadPosition position() const override { return lines_.position(); }

 private:
  SeparatedReader(LineReader lines, std::string separator)
      : lines_(std::move(lines)), separator_(std::move(separator)) {}

  LineReader lines_;
  std::string separator_;
};

}  // namespace marquee::datasets
