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
  MARQUEE_CHECK(ForwardingProfileStore::apply(batch));
  if (then_) then_();
  if (std::exchange(loses_answer_, false)) return away("the store's answer was lost");
  return {};
}

}  // namespace marquee::sim
