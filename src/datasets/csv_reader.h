#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::datasets {

/// One record of a CSV file. The views live until the next call of next().
struct CsvRecord {
  std::uint64_t line = 0;  ///< of its first character, 1 for the first line of the file
  std::vector<std::string_view> fields;
  std::string_view problem;  ///< why it could not be split into fields; empty when it could

  bool ok() const { return problem.empty(); }
};

/// Reads comma-separated values (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF or
/// CRLF; a UTF-8 byte order mark is skipped) in a fixed amount of memory. Broken quotes cost one
/// line: reading goes on with the next. Empty lines are passed over. Not thread-safe.
class CsvReader {
 public:
  static constexpr std::size_t kRecordBytesMax = 64 * 1024;

  /// kNotFound / kPermissionDenied / kInternal naming `path`.
  static Result<CsvReader> open(const std::string& path);

  /// Fills `record`; false at the end of the file. An error when the disk fails.
  Result<bool> next(CsvRecord& record);

  std::uint64_t bytes_left() const { return file_bytes_ - bytes_read_ + (end_ - begin_); }
  std::uint64_t lines_read() const { return line_; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  CsvReader(const std::string& path, std::FILE* file, std::uint64_t file_bytes);

  std::string_view window() const { return {buffer_.data() + begin_, end_ - begin_}; }
  Result<void> fill();
  Result<void> skip_line();
  void split_plain(std::string_view line, CsvRecord& record) const;
  void split_quoted(CsvRecord& record);

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what is not consumed yet
  std::size_t end_ = 0;
  bool at_end_of_file_ = false;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t line_ = 0;  ///< lines consumed
};

}  // namespace marquee::datasets
