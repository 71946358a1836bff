#include "speed/unstored_steps.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace marquee::speed {
namespace {

auto key_of(const AppliedEvent& row) { return std::tie(row.event.user_id, row.event.event_id); }

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

UnstoredStep::UnstoredStep(const FoldBatch& batch)
    : batch_(batch), by_key_(batch.applied.size()), by_place_(batch.undone.size()) {
  std::iota(by_key_.begin(), by_key_.end(), 0U);
  std::sort(by_key_.begin(), by_key_.end(),
            [this](std::uint32_t a, std::uint32_t b) { return key_of(row(a)) < key_of(row(b)); });
  for (const std::uint32_t index : by_key_) {
    by_id_.push_back({std::bit_cast<Words>(row(index).event.event_id.bytes()), index});
  }
  std::stable_sort(by_id_.begin(), by_id_.end(),
                   [](const Entry& a, const Entry& b) { return a.id < b.id; });
  std::iota(by_place_.begin(), by_place_.end(), 0U);
  std::sort(by_place_.begin(), by_place_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return batch_.undone[a] < batch_.undone[b];
  });
}

std::size_t UnstoredStep::events() const {
  return batch_.applied.size() + batch_.deduplicated.size() + batch_.dead_letters.size();
}

const AppliedEvent* UnstoredStep::find(const UserId& user, const EventId& id) const {
  const auto words = std::bit_cast<Words>(id.bytes());
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), words,
                                   [&](const Entry& entry, const Words& wanted) {
                                     if (entry.id != wanted) return entry.id < wanted;
                                     return row(entry.index).event.user_id < user;
                                   });
  const bool is_there =
      at != by_id_.end() && at->id == words && row(at->index).event.user_id == user;
  return is_there ? &row(at->index) : nullptr;
}

std::span<const std::uint32_t> UnstoredStep::rows_of(const UserId& user) const {
  const auto begin = std::lower_bound(
      by_key_.begin(), by_key_.end(), user,
      [this](std::uint32_t a, const UserId& u) { return row(a).event.user_id < u; });
  const auto end = std::upper_bound(
      begin, by_key_.end(), user,
      [this](const UserId& u, std::uint32_t a) { return u < row(a).event.user_id; });
  return {begin, end};
}

bool UnstoredStep::takes_back(const UserId& user, std::uint64_t seq) const {
  const auto place = std::tie(user, seq);
  const auto at = std::lower_bound(
      by_place_.begin(), by_place_.end(), place, [this](std::uint32_t a, const auto& p) {
        return std::tie(batch_.undone[a].first, batch_.undone[a].second) < p;
      });
  return at != by_place_.end() && batch_.undone[*at].first == user &&
         batch_.undone[*at].second == seq;
}

FoldBatch merge_steps(const UnstoredSteps& steps) {
  FoldBatch merged;
  merged.before = steps.front()->batch().before;
  merged.after = steps.back()->batch().after;
  merged.totals = steps.back()->batch().totals;
  std::unordered_map<UserId, std::size_t> place_of;
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts;
  for (const auto& step : steps) {
    const FoldBatch& batch = step->batch();
    append(merged.applied, batch.applied);
    append(merged.undone, batch.undone);
    append(merged.dead_letters, batch.dead_letters);
    append(merged.deduplicated, batch.deduplicated);
    for (const auto& [user, profile] : batch.profiles) {
      const auto [place, is_new] = place_of.try_emplace(user, merged.profiles.size());
      if (is_new) {
        merged.profiles.emplace_back(user, profile);
      } else {
        merged.profiles[place->second].second = profile;
      }
    }
    for (const CountDelta& count : batch.counts) counts[{count.movie, count.day}] += count.delta;
  }
  for (const auto& [film_day, sum] : counts) {
    if (sum != 0) merged.counts.push_back({film_day.first, film_day.second, sum});
  }
  return merged;
}

std::optional<AppliedEvent> event_among(const UnstoredSteps& steps, const UserId& user,
                                        const EventId& id) {
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (const AppliedEvent* found = (*step)->find(user, id)) return as_of(steps, *found);
  }
  return std::nullopt;
}

AppliedEvent as_of(const UnstoredSteps& steps, AppliedEvent stored) {
  stored.undone = stored.undone || std::any_of(steps.begin(), steps.end(), [&](const auto& step) {
                    return step->takes_back(stored.event.user_id, stored.seq);
                  });
  return stored;
}

std::optional<EventReceipt> receipt_after(const UnstoredSteps& steps, const UserId& user,
                                          const EventId& id, std::optional<EventReceipt> receipt) {
  using Status = EventReceipt::Status;
  for (const auto& step : steps) {
    if (const AppliedEvent* row = step->find(user, id)) {
      receipt = EventReceipt{Status::kApplied, row->offset, row->event.accepted_at_ms,
                             row->applied_at_ms};
    }
    for (const DeadLetter& letter : step->batch().dead_letters) {
      if (receipt || letter.event.user_id != user || letter.event.event_id != id) continue;
      receipt = EventReceipt{Status::kDeadLettered, letter.offset, letter.event.accepted_at_ms,
                             std::nullopt};
    }
    for (const Deduplicated& repeat : step->batch().deduplicated) {
      if (repeat.user_id != user || repeat.event_id != id) continue;
      if (!receipt) receipt = EventReceipt{{}, repeat.offset, repeat.accepted_at_ms, std::nullopt};
      receipt->status = repeat.conflict ? Status::kConflict : Status::kDuplicate;
    }
  }
  return receipt;
}

std::vector<AppliedEvent> rows_among(const UnstoredSteps& steps, const UserId& user,
                                     std::optional<std::uint64_t> before_seq) {
  std::vector<AppliedEvent> rows;
  for (const auto& step : steps) {
    for (const std::uint32_t index : step->rows_of(user)) {
      const AppliedEvent& row = step->row(index);
      if (!before_seq || row.seq < *before_seq) rows.push_back(as_of(steps, row));
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const AppliedEvent& a, const AppliedEvent& b) { return a.seq > b.seq; });
  return rows;
}

std::shared_ptr<const UserProfile> profile_among(const UnstoredSteps& steps, const UserId& user) {
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    for (const auto& [changed, profile] : (*step)->batch().profiles) {
      if (changed == user) return profile;
    }
  }
  return nullptr;
}

}  // namespace marquee::speed
