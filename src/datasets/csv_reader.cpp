#include "datasets/csv_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace marquee::datasets {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;
constexpr std::string_view kTooLong = "longer than 65536 bytes";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error file_error(const std::string& path, int number) {
  const ErrorCode code = number == ENOENT   ? ErrorCode::kNotFound
                         : number == EACCES ? ErrorCode::kPermissionDenied
                                            : ErrorCode::kInternal;
  return Error{code,
               fmt::format("cannot read '{}': {}", path, std::generic_category().message(number))};
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The field that starts at `at`, quoted. Moves `at` behind the closing quote. False when there is
/// no closing quote or something else follows it.
bool scan_quoted_field(std::string_view text, std::size_t& at) {
  for (++at;;) {
    at = text.find('"', at);
    if (at == std::string_view::npos) return false;
    if (text.substr(at + 1, 1) != "\"") break;
    at += 2;  // a doubled quote stands for one
  }
  ++at;
  const std::string_view rest = text.substr(at);
  return rest.empty() || rest[0] == ',' || rest[0] == '\n' || rest.starts_with("\r\n") ||
         rest == "\r";
}

/// Drops the quotes of a quoted field, in place.
std::string_view unquote(char* first, std::size_t size) {
  char* const last = first + size - 1;
  char* out = first;
  for (const char* in = first + 1; in < last; ++in) {
    if (*in == '"') ++in;
    *out++ = *in;
  }
  return {first, static_cast<std::size_t>(out - first)};
}

}  // namespace

CsvReader::CsvReader(const std::string& path, std::FILE* file, std::uint64_t file_bytes)
    : path_(path), file_(file), buffer_(kBufferBytes), file_bytes_(file_bytes) {}

Result<CsvReader> CsvReader::open(const std::string& path) {
  std::error_code failure;
  const bool directory = std::filesystem::is_directory(path, failure);
  if (directory) return file_error(path, EISDIR);
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return file_error(path, errno);
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  CsvReader reader(path, file, failure ? 0 : size);
  MARQUEE_CHECK(reader.fill());
  if (reader.window().starts_with(kByteOrderMark)) reader.begin_ += kByteOrderMark.size();
  return reader;
}

Result<void> CsvReader::fill() {
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t want = buffer_.size() - end_;
  const std::size_t got = std::fread(buffer_.data() + end_, 1, want, file_.get());
  if (got < want) {
    if (std::ferror(file_.get()) != 0) return file_error(path_, errno);
    at_end_of_file_ = true;
  }
  end_ += got;
  bytes_read_ += got;
  file_bytes_ = std::max(file_bytes_, bytes_read_);  // it may grow while it is read
  return {};
}

Result<void> CsvReader::skip_line() {
  for (;;) {
    const std::string_view text = window();
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos) {
      begin_ += newline + 1;
      return {};
    }
    begin_ = end_;
    if (at_end_of_file_) return {};
    MARQUEE_CHECK(fill());
  }
}

void CsvReader::split_plain(std::string_view line, CsvRecord& record) const {
  for (;;) {
    const std::size_t comma = line.find(',');
    record.fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

void CsvReader::split_quoted(CsvRecord& record) {
  const std::string_view text = window().substr(0, kRecordBytesMax);
  struct Extent {
    std::size_t first, size;
  };
  std::vector<Extent> extents;
  std::size_t at = 0;
  for (;; ++at) {
    const std::size_t first = at;
    if (text.substr(at, 1) == "\"") {
      if (!scan_quoted_field(text, at)) {
        record.problem = "broken quotes";
        return;
      }
    } else {
      at = std::min(text.find_first_of(",\n", at), text.size());
    }
    extents.push_back({first, at - first});
    if (text.substr(at, 1) != ",") break;
  }
  if (text.find('\n', at) == std::string_view::npos && window().size() > text.size()) {
    record.problem = kTooLong;
    return;
  }
  const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
  line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + end, '\n')) +
           (text[end - 1] == '\n' ? 0 : 1);
  char* const base = buffer_.data() + begin_;
  for (const Extent& extent : extents) {
    record.fields.push_back(text.substr(extent.first, 1) == "\""
                                ? unquote(base + extent.first, extent.size)
                                : without_line_end({base + extent.first, extent.size}));
  }
  begin_ += end;
}

Result<bool> CsvReader::next(CsvRecord& record) {
  for (;;) {
    record.fields.clear();
    record.problem = {};
    record.line = line_ + 1;
    if (end_ - begin_ <= kRecordBytesMax && !at_end_of_file_) MARQUEE_CHECK(fill());
    const std::string_view text = window();
    if (text.empty()) return false;
    const std::size_t newline = text.substr(0, kRecordBytesMax).find('\n');
    if (newline == std::string_view::npos && text.size() > kRecordBytesMax) {
      record.problem = kTooLong;
      ++line_;
      MARQUEE_CHECK(skip_line());
      return true;
    }
    const std::string_view line = without_line_end(text.substr(0, std::min(newline, text.size())));
    const std::size_t line_bytes = newline == std::string_view::npos ? text.size() : newline + 1;
    if (line.find('"') != std::string_view::npos) {
      split_quoted(record);
      if (record.ok()) return true;
    } else if (!line.empty()) {
      split_plain(line, record);
    }
    begin_ += line_bytes;
    ++line_;
    if (!line.empty()) return true;
  }
}

}  // namespace marquee::datasets
