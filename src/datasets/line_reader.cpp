#include "datasets/line_reader.h"

#include <algorithm>
#include <utility>

namespace marquee::datasets {

Result<LineReader> LineReader::open(const std::string& path) {
  MARQUEE_TRY(FileWindow window, FileWindow::open(path));
  return LineReader(std::move(window));
}

Result<bool> LineReader::next(Line& line) {
  for (;;) {
    line.problem = {};
    line.number = lines_ + 1;
    MARQUEE_CHECK(window_.need(kRecordBytesMax + 1));
    const std::string_view text = window_.text();
    if (text.empty()) return false;
    ++lines_;
    const std::size_t newline = text.substr(0, kRecordBytesMax).find('\n');
    if (newline == std::string_view::npos && text.size() > kRecordBytesMax) {
      line.text = {};
      line.problem = kTooLong;
      MARQUEE_CHECK(window_.skip_line());
      return true;
    }
    line.text = text.substr(0, newline);
    window_.consume(std::min(text.size(), line.text.size() + 1));
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    if (!line.text.empty()) return true;
  }
}

Result<SeparatedReader> SeparatedReader::open(const std::string& path, std::string separator) {
  MARQUEE_TRY(LineReader lines, LineReader::open(path));
  return SeparatedReader(std::move(lines), std::move(separator));
}

Result<bool> SeparatedReader::next(Record& record) {
  Line line;
  record.fields.clear();
  MARQUEE_TRY(const bool more, lines_.next(line));
  if (!more) return false;
  record.line = line.number;
  record.problem = line.problem;
  if (!record.ok()) return true;
  for (std::string_view rest = line.text;;) {
    const std::size_t end = rest.find(separator_);
    record.fields.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) return true;
    rest.remove_prefix(end + separator_.size());
  }
}

}  // namespace marquee::datasets
