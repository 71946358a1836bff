#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ports/profile_store.h"

namespace marquee::speed {

/// One step of the fold that is not stored yet, with what it takes to find an event in it. Never
/// changes, so that readers keep it as long as they need it.
class UnstoredStep {
 public:
  explicit UnstoredStep(const FoldBatch& batch);

  const FoldBatch& batch() const { return batch_; }
  /// In the unit of a queue: what the step brings of applied, deduplicated and buried events.
  std::size_t events() const;

  /// The row under this id, as this step left it; null when it is not of this step.
  const AppliedEvent* find(const UserId& user, const EventId& id) const;
  /// The rows of this viewer, by id.
  std::span<const std::uint32_t> rows_of(const UserId& user) const;
  const AppliedEvent& row(std::uint32_t index) const { return batch_.applied[index]; }
  bool takes_back(const UserId& user, std::uint64_t seq) const;

 private:
  FoldBatch batch_;
  /// An id as two numbers, in whatever order that gives.
  using Words = std::array<std::uint64_t, 2>;
  struct Entry {
    Words id{};  // beside the index: a search touches no row that has another id
    std::uint32_t index = 0;
  };

  std::vector<Entry> by_id_;             // of applied, by (id, viewer)
  std::vector<std::uint32_t> by_key_;    // indices into applied, by (viewer, id)
  std::vector<std::uint32_t> by_place_;  // indices into undone, by (viewer, seq)
};

using UnstoredSteps = std::deque<std::shared_ptr<const UnstoredStep>>;

/// Several steps that follow one another as one: the store is then where the last one leaves it.
/// `steps` is not empty.
FoldBatch merge_steps(const UnstoredSteps& steps);

// What a ProfileStore answers once it holds `steps` too, oldest first. Reading the steps before the
// store, a caller may see one in both; that changes nothing.

std::optional<AppliedEvent> event_among(const UnstoredSteps& steps, const UserId& user,
                                        const EventId& id);
/// `stored` with what `steps` took back.
AppliedEvent as_of(const UnstoredSteps& steps, AppliedEvent stored);
std::optional<EventReceipt> receipt_after(const UnstoredSteps& steps, const UserId& user,
                                          const EventId& id, std::optional<EventReceipt> receipt);
/// The viewer's rows before `before_seq`, newest first.
std::vector<AppliedEvent> rows_among(const UnstoredSteps& steps, const UserId& user,
                                     std::optional<std::uint64_t> before_seq);
/// Null when no step changed the viewer.
std::shared_ptr<const UserProfile> profile_among(const UnstoredSteps& steps, const UserId& user);

}  // namespace marquee::speed
