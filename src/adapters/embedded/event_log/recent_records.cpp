#include "adapters/embedded/event_log/recent_records.h"

#include <algorithm>

namespace marquee::embedded {

void RecentRecords::add(std::vector<LogRecord> records) {
  const std::lock_guard lock(mutex_);
  for (LogRecord& record : records) records_.push_back(std::move(record));
  while (records_.size() > records_max_) records_.pop_front();
}

std::optional<std::vector<LogRecord>> RecentRecords::find(std::uint64_t from,
                                                          std::size_t events_max) const {
  const std::lock_guard lock(mutex_);
  if (records_.empty() || from < records_.front().offset.sequence ||
      from > records_.back().offset.sequence) {
    return std::nullopt;
  }
  const auto first =
      records_.begin() + static_cast<std::ptrdiff_t>(from - records_.front().offset.sequence);
  const auto count =
      std::min<std::size_t>(events_max, static_cast<std::size_t>(records_.end() - first));
  return std::vector<LogRecord>(first, first + static_cast<std::ptrdiff_t>(count));
}

}  // namespace marquee::embedded
