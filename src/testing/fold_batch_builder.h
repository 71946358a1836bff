#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ports/profile_store.h"
#include "testing/event_builder.h"

namespace marquee::testing {

/// A step of the fold put together by hand, for tests of stores. Starts where `store` stands.
///
///     FoldBatchBuilder(store).apply(EventBuilder("u1", "m1").id(1), 0, 0).build(1)
class FoldBatchBuilder {
 public:
  explicit FoldBatchBuilder(const ProfileStore& store) {
    if (const auto at = store.totals(); at.ok()) {
      batch_.before = at->cursor;
      batch_.totals = at->totals;
    }
  }

  /// `event` at place `seq` of its viewer's history, from `sequence` of the log or imported.
  FoldBatchBuilder& apply(const EventBuilder& event, std::uint64_t seq,
                          std::optional<std::uint64_t> sequence) {
    return apply(event.applied(seq, sequence));
  }
  FoldBatchBuilder& apply(AppliedEvent applied) {
    batch_.applied.push_back(std::move(applied));
    return *this;
  }
  FoldBatchBuilder& undone(std::string user, std::uint64_t seq) {
    batch_.undone.emplace_back(UserId(std::move(user)), seq);
    return *this;
  }
  FoldBatchBuilder& profile(std::string user, UserProfile profile) {
    batch_.profiles.emplace_back(UserId(std::move(user)),
                                 std::make_shared<const UserProfile>(std::move(profile)));
    return *this;
  }
  FoldBatchBuilder& count(MovieTable& movies, std::string movie, std::int32_t day,
                          std::int32_t delta) {
    batch_.counts.push_back(CountDelta{movies.intern(MovieId(std::move(movie))), day, delta});
    return *this;
  }
  FoldBatchBuilder& dead_letter(const EventBuilder& event, std::uint64_t sequence,
                                std::string reason) {
    batch_.dead_letters.push_back(DeadLetter{Offset{Offset::kEmbedded, sequence}, event.build(),
                                             std::move(reason), event.fingerprint()});
    return *this;
  }
  FoldBatchBuilder& repeat(const EventBuilder& event, std::uint64_t sequence, bool conflict) {
    const Event repeated = event.build();
    batch_.deduplicated.push_back(Deduplicated{Offset{Offset::kEmbedded, sequence},
                                               repeated.user_id, repeated.event_id, conflict,
                                               event.fingerprint(), repeated.accepted_at_ms});
    return *this;
  }

  /// The step that moves the embedded log's cursor to `next`.
  FoldBatch build(std::uint64_t next) const {
    FoldBatch batch = batch_;
    batch.after = batch.before;
    batch.after.set_next(Offset::kEmbedded, next);
    return batch;
  }

 private:
  FoldBatch batch_;
};

}  // namespace marquee::testing
