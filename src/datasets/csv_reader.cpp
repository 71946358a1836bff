#include "datasets/csv_reader.h"

#include <algorithm>
#include <vector>

namespace marquee::datasets {
namespace {

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

void split_plain(std::string_view line, Record& record) {
  for (;;) {
    const std::size_t comma = line.find(',');
    record.fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Result<CsvReader> CsvReader::open(const std::string& path) {
  MARQUEE_TRY(FileWindow window, FileWindow::open(path));
  return CsvReader(std::move(window));
}

void CsvReader::split_quoted(Record& record) {
  const std::string_view text = window_.text().substr(0, kRecordBytesMax);
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
  if (text.find('\n', at) == std::string_view::npos && window_.text().size() > text.size()) {
    record.problem = kTooLong;
    return;
  }
  const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
  line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + end, '\n')) +
           (text[end - 1] == '\n' ? 0 : 1);
  char* const base = window_.data();
  for (const Extent& extent : extents) {
    record.fields.push_back(text.substr(extent.first, 1) == "\""
                                ? unquote(base + extent.first, extent.size)
                                : without_line_end({base + extent.first, extent.size}));
  }
  window_.consume(end);
}

Result<bool> CsvReader::next(Record& record) {
  for (;;) {
    record.fields.clear();
    record.problem = {};
    record.line = line_ + 1;
    MARQUEE_CHECK(window_.need(kRecordBytesMax + 1));
    const std::string_view text = window_.text();
    if (text.empty()) return false;
    const std::size_t newline = text.substr(0, kRecordBytesMax).find('\n');
    if (newline == std::string_view::npos && text.size() > kRecordBytesMax) {
      record.problem = kTooLong;
      ++line_;
      MARQUEE_CHECK(window_.skip_line());
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
    window_.consume(line_bytes);
    ++line_;
    if (!line.empty()) return true;
  }
}

}  // namespace marquee::datasets
