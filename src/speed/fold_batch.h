#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "speed/fold.h"

namespace marquee::speed {

/// What a batch stands on: the state as it was before it.
struct FoldBase {
  /// The viewer's profile; null for one without applied events.
  std::function<Result<std::shared_ptr<const UserProfile>>(const UserId&)> profile;
  /// The viewer's applied event under this id (ProfileStore::find_event).
  std::function<Result<std::optional<AppliedEvent>>(const UserId&, const EventId&)> event;
  Cursor cursor;
  FoldTotals totals;
};

/// Folds `items` on top of `base` into one storable step that ends at `after`. Each item ends in
/// exactly one place:
///
///   dead letter    it is poison, or check_foldable() refuses it (an error for history, which has
///   no offset) deduplicated   its viewer's event_id is applied already, here or before: a conflict
///   when the
///                  fingerprints differ (history is skipped without a trace)
///   applied        everything else, in order; a reserved viewer's event only in totals and
///                  profiles, so that a repeat of one is not known as one (the server sends none)
///
/// Profiles are copied once for each viewer whom the batch changes; those of `base` stay as they
/// are. Any way of cutting the same items into batches gives the same state. `now_ms` goes into
/// receipts only. Errors: those of `base`, and kInvalidArgument for history that cannot be
/// folded.
Result<FoldBatch> fold_batch(std::span<const FoldItem> items, const FoldBase& base, Cursor after,
                             MovieTable& movies, std::int64_t now_ms);

}  // namespace marquee::speed
