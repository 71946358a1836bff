#include "speed/fold_batch.h"

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace marquee::speed {
namespace {

/// One viewer while a batch is being folded.
struct Viewer {
  std::shared_ptr<const UserProfile> before;      ///< null for a new viewer
  std::shared_ptr<UserProfile> now;               ///< null until an event is applied
  std::unordered_map<EventId, std::size_t> rows;  ///< of this batch, by index into applied
  std::unordered_map<std::uint64_t, std::size_t> row_of_seq;
  std::unordered_set<std::uint64_t> undone;  ///< rows taken back by this batch
};

/// With room for one more event and no more: most viewers have one in a batch, and the copy is kept
/// as long as the viewer is quiet. A vector that grows by itself would keep room for as many again.
std::shared_ptr<UserProfile> copy_with_room(const UserProfile& profile) {
  auto copy = std::make_shared<UserProfile>();
  copy->recent.reserve(profile.recent.size() + 1);
  copy->movies.reserve(profile.movies.size() + 1);
  *copy = profile;
  return copy;
}

class BatchFolder {
 public:
  BatchFolder(const FoldBase& base, Cursor after, MovieTable& movies, std::int64_t now_ms)
      : base_(base), movies_(movies), now_ms_(now_ms) {
    batch_.before = base.cursor;
    batch_.after = std::move(after);
    batch_.totals = base.totals;
  }

  Result<void> fold(const FoldItem& item) {
    if (!item.poison.empty()) return bury(item, Error{ErrorCode::kInvalidArgument, item.poison});
    if (const Result<void> foldable = check_foldable(item.event); !foldable.ok()) {
      return bury(item, foldable.error());
    }
    MARQUEE_TRY(Viewer* const viewer, viewer_of(item.event.user_id));
    MARQUEE_TRY(const std::optional<AppliedEvent> first,
                find_event(*viewer, item.event.user_id, item.event.event_id));
    if (first) {
      skip_repeat(item, *first);
      return {};
    }
    return apply(*viewer, item);
  }

  FoldBatch finish() && {
    for (const UserId* user : touched_) {
      batch_.profiles.emplace_back(*user, std::move(viewers_.find(*user)->second.now));
    }
    std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> sums;
    for (const CountDelta& delta : counts_) sums[{delta.movie, delta.day}] += delta.delta;
    for (const auto& [film_day, sum] : sums) {
      if (sum != 0) batch_.counts.push_back({film_day.first, film_day.second, sum});
    }
    return std::move(batch_);
  }

 private:
  Result<Viewer*> viewer_of(const UserId& user) {
    if (const auto known = viewers_.find(user); known != viewers_.end()) return &known->second;
    MARQUEE_TRY(auto before, base_.profile(user));
    Viewer& viewer = viewers_[user];
    viewer.before = std::move(before);
    return &viewer;
  }

  /// The applied event under this id, of this batch or before it, with `undone` as it stands now.
  Result<std::optional<AppliedEvent>> find_event(const Viewer& viewer, const UserId& user,
                                                 const EventId& id) const {
    if (const auto row = viewer.rows.find(id); row != viewer.rows.end()) {
      return std::optional(batch_.applied[row->second]);
    }
    if (viewer.before == nullptr) return std::optional<AppliedEvent>();  // nothing to look up
    MARQUEE_TRY(std::optional<AppliedEvent> stored, base_.event(user, id));
    if (stored && viewer.undone.contains(stored->seq)) stored->undone = true;
    return stored;
  }

  Result<void> bury(const FoldItem& item, const Error& reason) {
    if (!item.offset) {
      return reason.with_context("history event " + item.event.event_id.to_string());
    }
    batch_.dead_letters.push_back({*item.offset, item.event, reason.message, item.fingerprint});
    ++batch_.totals.dead_lettered;
    return {};
  }

  void skip_repeat(const FoldItem& item, const AppliedEvent& first) {
    if (!item.offset) return;
    batch_.deduplicated.push_back({*item.offset, item.event.user_id, item.event.event_id,
                                   item.fingerprint != first.fingerprint, item.fingerprint,
                                   item.event.accepted_at_ms});
    ++batch_.totals.deduplicated;
  }

  Result<void> apply(Viewer& viewer, const FoldItem& item) {
    const Event& event = item.event;
    std::optional<AppliedEvent> undone;
    if (event.type == EventType::kUndo) {
      MARQUEE_TRY(undone, find_event(viewer, event.user_id, *event.undoes));
    }
    if (viewer.now == nullptr) {
      viewer.now = copy_with_room(viewer.before ? *viewer.before : UserProfile());
      touched_.push_back(&viewers_.find(event.user_id)->first);
    }
    ++(item.offset ? batch_.totals.applied : batch_.totals.history);
    FoldStep step = apply_event(*viewer.now, counts_, item, undone ? &*undone : nullptr, movies_);
    if (is_reserved(event.user_id)) return {};  // no history: nobody asks, and it would not end
    step.row.applied_at_ms = now_ms_;
    if (step.undone_seq) mark_undone(viewer, event.user_id, *step.undone_seq);
    viewer.rows.emplace(event.event_id, batch_.applied.size());
    viewer.row_of_seq.emplace(step.row.seq, batch_.applied.size());
    batch_.applied.push_back(std::move(step.row));
    return {};
  }

  void mark_undone(Viewer& viewer, const UserId& user, std::uint64_t seq) {
    viewer.undone.insert(seq);
    batch_.undone.emplace_back(user, seq);
    const auto row = viewer.row_of_seq.find(seq);
    if (row != viewer.row_of_seq.end()) batch_.applied[row->second].undone = true;
  }

  const FoldBase& base_;
  MovieTable& movies_;
  const std::int64_t now_ms_;
  FoldBatch batch_;
  std::vector<CountDelta> counts_;
  std::unordered_map<UserId, Viewer> viewers_;
  std::vector<const UserId*>
      touched_;  // keys of viewers_ (nodes stay put), in order of first change
};

}  // namespace

Result<FoldBatch> fold_batch(std::span<const FoldItem> items, const FoldBase& base, Cursor after,
                             MovieTable& movies, std::int64_t now_ms) {
  BatchFolder folder(base, std::move(after), movies, now_ms);
  for (const FoldItem& item : items) MARQUEE_CHECK(folder.fold(item));
  return std::move(folder).finish();
}

}  // namespace marquee::speed
