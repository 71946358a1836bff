#include "ports/run_store.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace marquee {
namespace {

constexpr std::array kRunStatuses{std::pair{RunStatus::kQueued, std::string_view("queued")},
                                  std::pair{RunStatus::kRunning, std::string_view("running")},
                                  std::pair{RunStatus::kSucceeded, std::string_view("succeeded")},
                                  std::pair{RunStatus::kFailed, std::string_view("failed")},
                                  std::pair{RunStatus::kRefused, std::string_view("refused")},
                                  std::pair{RunStatus::kCancelled, std::string_view("cancelled")}};

constexpr std::array kRunTriggers{std::pair{RunTrigger::kScheduled, std::string_view("scheduled")},
                                  std::pair{RunTrigger::kManual, std::string_view("manual")},
                                  std::pair{RunTrigger::kRetry, std::string_view("retry")}};

constexpr std::array kStageStatuses{
    std::pair{StageStatus::kRunning, std::string_view("running")},
    std::pair{StageStatus::kSucceeded, std::string_view("succeeded")},
    std::pair{StageStatus::kFailed, std::string_view("failed")},
    std::pair{StageStatus::kRefused, std::string_view("refused")},
    std::pair{StageStatus::kCancelled, std::string_view("cancelled")},
    std::pair{StageStatus::kInterrupted, std::string_view("interrupted")}};

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "unknown";
}

template <typename Value, std::size_t count>
std::optional<Value> value_in(const std::array<std::pair<Value, std::string_view>, count>& table,
                              std::string_view text) {
  for (const auto& [value, name] : table) {
    if (name == text) return value;
  }
  return std::nullopt;
}

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string_view to_string(RunStatus status) { return name_in(kRunStatuses, status); }
std::string_view to_string(RunTrigger trigger) { return name_in(kRunTriggers, trigger); }
std::string_view to_string(StageStatus status) { return name_in(kStageStatuses, status); }

std::optional<RunStatus> parse_run_status(std::string_view text) {
  return value_in(kRunStatuses, text);
}
std::optional<RunTrigger> parse_run_trigger(std::string_view text) {
  return value_in(kRunTriggers, text);
}
std::optional<StageStatus> parse_stage_status(std::string_view text) {
  return value_in(kStageStatuses, text);
}

bool is_active(RunStatus status) {
  return status == RunStatus::kQueued || status == RunStatus::kRunning;
}

std::string cut_log_line(std::string_view text) {
  if (text.size() <= kRunLogLineBytesMax) return std::string(text);
  constexpr std::string_view kMark = "…";
  std::size_t end = kRunLogLineBytesMax - kMark.size();
  while (end > 0 && continues_a_character(text[end])) --end;
  return std::string(text.substr(0, end)) + std::string(kMark);
}

Error fenced(std::uint64_t token, std::uint64_t newest) {
  return Error{
      ErrorCode::kFailedPrecondition,
      fmt::format("another scheduler took over: this one's token {} is behind {}", token, newest)};
}

}  // namespace marquee
