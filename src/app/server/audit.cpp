#include "app/server/audit.h"

#include <algorithm>
#include <thread>

namespace marquee::app {
namespace {

constexpr std::chrono::milliseconds kAskAgainAfter{20};

bool covers(const Cursor& end, const Cursor& folded) {
  return std::all_of(folded.partitions().begin(), folded.partitions().end(),
                     [&](const auto& at) { return end.next(at.first) >= at.second; });
}

Cursor end_behind(const EventLog& log, const Cursor& folded, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Cursor end = log.end();
    if (covers(end, folded) || std::chrono::steady_clock::now() >= deadline) return end;
    std::this_thread::sleep_for(kAskAgainAfter);
  }
}

}  // namespace

Result<api::Audit> audit_of(const EventLog& log, const FoldedTotals& folded,
                            std::chrono::milliseconds patience) {
  api::Audit audit;
  audit.applied = folded.totals.applied;
  audit.deduplicated = folded.totals.deduplicated;
  audit.dead_lettered = folded.totals.dead_lettered;
  const Cursor end = end_behind(log, folded.cursor, patience);
  if (!covers(end, folded.cursor)) MARQUEE_CHECK(log.health());
  for (const auto& [partition, next] : end.partitions()) {
    audit.accepted += next;
    audit.pending += next - std::min(next, folded.cursor.next(partition));
  }
  return audit;
}

}  // namespace marquee::app
