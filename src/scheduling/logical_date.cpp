#include "scheduling/logical_date.h"

#include <fmt/format.h>

#include "base/time_text.h"

namespace marquee::scheduling {
namespace {

constexpr std::size_t kDateLength = 10;

}  // namespace

std::string logical_date_of(std::int64_t due_ms) {
  return format_rfc3339(due_ms - kMillisecondsPerDay).substr(0, kDateLength);
}

std::string scheduled_run_id(const Cron& cron, std::int64_t tick_ms) {
  std::string id = logical_date_of(tick_ms);
  if (!cron.several_a_day()) return id;
  const std::string time = format_rfc3339(tick_ms);
  return fmt::format("{}-{}{}", id, time.substr(11, 2), time.substr(14, 2));
}

std::string manual_run_id(std::int64_t now_ms) {
  std::string id = "manual-";
  for (const char c : format_rfc3339(now_ms).substr(0, 19)) {
    if (c != '-' && c != ':') id += c;
  }
  return id + "Z";
}

Result<void> check_logical_date(std::string_view text) {
  if (text.size() == kDateLength && parse_rfc3339(std::string(text) + "T00:00:00Z").ok()) return {};
  return Error{ErrorCode::kInvalidArgument, "want an existing day written YYYY-MM-DD"};
}

}  // namespace marquee::scheduling
