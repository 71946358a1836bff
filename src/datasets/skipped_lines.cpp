#include "datasets/skipped_lines.h"

#include <algorithm>

#include <fmt/format.h>

namespace marquee::datasets {
namespace {

constexpr std::uint64_t kLineBytesMin = 4;  // "1,,\n": shorter lines hold no record of any layout

}  // namespace

void SkippedLines::begin(const std::string& file) {
  std::erase_if(files_, [&](const FileCount& entry) { return entry.file == file; });
  std::erase_if(lines_, [&](const SkippedLine& line) { return line.file == file; });
  files_.push_back({file, 0, {}});
}

Result<void> SkippedLines::add(std::uint64_t line, std::string_view reason,
                               const ReadPosition& position) {
  FileCount& file = files_.back();
  ++file.count;
  file.last = {file.file, line, std::string(reason)};
  if (lines_.size() < kKeptMax) lines_.push_back(file.last);
  const std::uint64_t lines_max = position.lines_read + position.bytes_left / kLineBytesMin + 1;
  if (static_cast<double>(file.count) <=
      options_.skipped_share_max * static_cast<double>(lines_max)) {
    return {};
  }
  return too_many(file, position.lines_read);
}

Result<void> SkippedLines::finish(const ReadPosition& position) const {
  const FileCount& file = files_.back();
  if (static_cast<double>(file.count) <=
      options_.skipped_share_max * static_cast<double>(position.lines_read)) {
    return {};
  }
  return too_many(file, position.lines_read);
}

std::uint64_t SkippedLines::count() const {
  std::uint64_t sum = 0;
  for (const FileCount& file : files_) sum += file.count;
  return sum;
}

Error SkippedLines::too_many(const FileCount& file, std::uint64_t lines) const {
  return Error{ErrorCode::kDataLoss,
               fmt::format("{}:{}: {}; {} of {} lines are malformed, {} % are allowed: mend the "
                           "file or raise import.skipped_share_max",
                           file.file, file.last.line, file.last.reason, file.count, lines,
                           options_.skipped_share_max * 100)};
}

}  // namespace marquee::datasets
