#include "sim/unreliable_store.h"

namespace marquee::sim {
namespace {

Error away(const char* what) { return Error{ErrorCode::kUnavailable, what}; }

}  // namespace

void UnreliableStore::repair() {
  failing_reads_ = refusals_ = 0;
  loses_answer_ = false;
}

Result<void> UnreliableStore::before_read() const {
  if (failing_reads_ == 0) return {};
  --failing_reads_;
  return away("the store is away");
}

Result<void> UnreliableStore::apply(const FoldBatch& batch) {
  if (refusals_ > 0) {
    --refusals_;
    return away("the store is away");
  }
  MARQUEE_CHECK(real_.apply(batch));
  if (then_) then_();
  if (std::exchange(loses_answer_, false)) return away("the store's answer was lost");
  return {};
}

Result<FoldedTotals> UnreliableStore::totals() const {
  MARQUEE_CHECK(before_read());
  return real_.totals();
}

Result<FoldedTotals> UnreliableStore::load(
    const std::function<void(UserId, UserProfile)>& profile,
    const std::function<void(const CountDelta&)>& count) const {
  MARQUEE_CHECK(before_read());
  return real_.load(profile, count);
}

Result<std::shared_ptr<const UserProfile>> UnreliableStore::find_profile(const UserId& user) const {
  MARQUEE_CHECK(before_read());
  return real_.find_profile(user);
}

Result<std::optional<AppliedEvent>> UnreliableStore::find_event(const UserId& user,
                                                                const EventId& id) const {
  MARQUEE_CHECK(before_read());
  return real_.find_event(user, id);
}

Result<std::optional<EventReceipt>> UnreliableStore::receipt(const UserId& user,
                                                             const EventId& id) const {
  MARQUEE_CHECK(before_read());
  return real_.receipt(user, id);
}

Result<HistoryPage> UnreliableStore::history(const UserId& user,
                                             std::optional<std::uint64_t> before_seq,
                                             std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  return real_.history(user, before_seq, limit);
}

Result<std::vector<DeadLetter>> UnreliableStore::dead_letters(std::size_t limit) const {
  MARQUEE_CHECK(before_read());
  return real_.dead_letters(limit);
}

}  // namespace marquee::sim
