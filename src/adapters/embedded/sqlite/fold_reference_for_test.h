#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/stores.h"
#include "base/rng.h"
#include "testing/event_builder.h"

namespace marquee::embedded {

/// What became of one event of a made-up log.
struct FoldedItem {
  enum class Kind { kApplied, kUndo, kDeadLetter, kRepeat } kind = Kind::kApplied;
  std::uint64_t user = 0;
  std::uint64_t movie = 0;
  bool in_list = false;
};

/// The state after the first `next` items, kept in plain maps: slow, obvious, and no part of the
/// product. It need not be the real fold; it must only depend on every item.
struct FoldReference {
  std::map<std::string, UserProfile> profiles;
  std::map<std::string, std::vector<AppliedEvent>> histories;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  std::vector<DeadLetter> dead_letters;
  std::vector<Deduplicated> repeats;
  std::set<std::string> clicks;  ///< list/film/viewer
  FoldTotals totals;
  std::uint64_t next = 0;

  static testing::EventBuilder builder(const FoldedItem& item, std::uint64_t at) {
    testing::EventBuilder event(fmt::format("u{}", item.user), fmt::format("m{}", item.movie));
    event.id(at).at(static_cast<std::int64_t>(at) * 1'000).session(std::string(40, 's'));
    if (item.in_list) event.list(fmt::format("l{}", item.movie), 1);
    return event;
  }

  /// Takes the next item in and notes in `batch` what storing it takes.
  void fold(const FoldedItem& item, MovieTable& movies, FoldBatch& batch) {
    const auto event = builder(item, next);
    const Offset offset{Offset::kEmbedded, next++};
    const Event built = event.build();
    if (item.kind == FoldedItem::Kind::kDeadLetter) {
      dead_letters.push_back({offset, built, "made up", event.fingerprint()});
      batch.dead_letters.push_back(dead_letters.back());
      ++totals.dead_lettered;
    } else if (item.kind == FoldedItem::Kind::kRepeat) {
      repeats.push_back({offset, built.user_id, built.event_id, item.in_list, event.fingerprint(),
                         built.accepted_at_ms});
      batch.deduplicated.push_back(repeats.back());
      ++totals.deduplicated;
    } else {
      apply(item, event, offset, movies, batch);
    }
  }

 private:
  void apply(const FoldedItem& item, const testing::EventBuilder& event, const Offset& offset,
             MovieTable& movies, FoldBatch& batch) {
    const std::string user = event.build().user_id.value();
    const std::string movie = event.build().movie_id.value();
    auto& history = histories[user];
    if (item.kind == FoldedItem::Kind::kUndo && !history.empty()) undo_last(history, batch);
    history.push_back(event.applied(history.size(), offset.sequence));
    batch.applied.push_back(history.back());
    if (item.in_list) clicks.insert(click_of(history.back().event));

    UserProfile& profile = profiles[user];
    profile.version = profile.history_size = history.size();
    profile.last_offset = offset;
    const MovieKey key = movies.intern(MovieId(movie));
    profile.recent.push_back(
        {key, EventType::kClick, std::nullopt, history.back().event.ts_ms, history.back().seq});
    std::erase_if(batch.profiles, [&](const auto& entry) { return entry.first.value() == user; });
    batch.profiles.emplace_back(UserId(user), std::make_shared<const UserProfile>(profile));

    const auto day = static_cast<std::int32_t>(offset.sequence % 7);
    const std::int32_t delta = offset.sequence % 3 == 2 ? -1 : 1;
    batch.counts.push_back({key, day, delta});
    if ((counts[{movie, day}] += delta) == 0) counts.erase({movie, day});
    ++totals.applied;
  }

  /// Every click of the made-up log names a list of its own, so that taking one back removes it.
  static std::string click_of(const Event& event) {
    return fmt::format("{}/{}/{}", event.list_id->value(), event.movie_id.value(),
                       event.user_id.value());
  }

  void undo_last(std::vector<AppliedEvent>& history, FoldBatch& batch) {
    AppliedEvent& last = history.back();
    if (std::exchange(last.undone, true)) return;
    const auto same = [&](const AppliedEvent& row) {
      return row.seq == last.seq && row.event.user_id == last.event.user_id;
    };
    const auto own = std::find_if(batch.applied.begin(), batch.applied.end(), same);
    if (own != batch.applied.end()) {
      own->undone = true;
    } else {
      batch.undone.emplace_back(last.event.user_id, last.seq);
    }
    if (!last.event.list_id) return;
    const auto standing = [&](const AppliedEvent& row) {
      return !row.undone && row.event.list_id == last.event.list_id;
    };
    if (std::none_of(history.begin(), history.end(), standing)) clicks.erase(click_of(last.event));
  }
};

/// The made-up log of one seed.
class FoldStream {
 public:
  explicit FoldStream(std::uint64_t seed) : rng_(seed) {}

  /// The state after the first `count` items.
  FoldReference after(std::uint64_t count, MovieTable& movies) {
    FoldReference state;
    FoldBatch ignored;
    while (state.next < count) state.fold(item(state.next), movies, ignored);
    return state;
  }
  /// The step that leads from `state`, which moves on, over the next `count` items.
  FoldBatch step(FoldReference& state, std::uint64_t count, MovieTable& movies) {
    FoldBatch batch;
    batch.before.set_next(Offset::kEmbedded, state.next);
    for (std::uint64_t i = 0; i < count; ++i) state.fold(item(state.next), movies, batch);
    batch.after.set_next(Offset::kEmbedded, state.next);
    batch.totals = state.totals;
    return batch;
  }

 private:
  const FoldedItem& item(std::uint64_t at) {
    while (items_.size() <= at) {
      using Kind = FoldedItem::Kind;
      constexpr Kind kKinds[] = {Kind::kApplied, Kind::kApplied,    Kind::kApplied, Kind::kApplied,
                                 Kind::kUndo,    Kind::kDeadLetter, Kind::kRepeat};
      items_.push_back({kKinds[rng_.below(std::size(kKinds))], rng_.below(6), rng_.below(40),
                        rng_.below(4) == 0});
    }
    return items_[at];
  }

  Rng rng_;
  std::vector<FoldedItem> items_;
};

/// The first column of every row, or the error.
inline std::vector<std::string> texts(const SqliteDatabase& database, std::string_view sql) {
  std::vector<std::string> rows;
  const auto outcome = database.read([&](SqliteConnection& reader) -> Result<void> {
    MARQUEE_TRY(auto query, reader.prepare(sql));
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return {};
      rows.push_back(query.string(0));
    }
  });
  if (!outcome.ok()) rows.push_back(outcome.error().message);
  return rows;
}

/// How the rows that no port hands out differ.
inline std::string table_difference(const SqliteStores& stores, const FoldReference& wanted) {
  std::vector<std::string> repeats;
  for (const Deduplicated& repeat : wanted.repeats) {
    repeats.push_back(fmt::format("{}/{}/{}", repeat.offset.sequence, repeat.user_id.value(),
                                  static_cast<int>(repeat.conflict)));
  }
  if (texts(*stores.database,
            "SELECT sequence || '/' || user_id || '/' || conflict FROM "
            "deduplicated ORDER BY sequence") != repeats) {
    return "repeats";
  }
  const std::vector<std::string> clicks(wanted.clicks.begin(), wanted.clicks.end());
  auto stored = texts(*stores.database,
                      "SELECT list_id || '/' || movie_id || '/' || user_id FROM list_clicks");
  std::sort(stored.begin(), stored.end());
  if (stored != clicks) return "clicks";
  std::uint64_t rows = 0;
  for (const auto& [user, history] : wanted.histories) rows += history.size();
  const auto count = texts(*stores.database, "SELECT count(*) FROM interactions");
  return count == std::vector{std::to_string(rows)} ? "" : "number of events";
}

/// How the folded state of `stores` differs from `wanted`; empty when it does not.
inline std::string difference(SqliteStores& stores, MovieTable& movies,
                              const FoldReference& wanted) {
  std::map<std::string, UserProfile> profiles;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> counts;
  const auto at = stores.profiles.load(
      [&](const UserId& user, UserProfile profile) {
        profiles.emplace(user.value(), std::move(profile));
      },
      [&](const CountDelta& row) {
        counts[{movies.id_of(row.movie).value(), row.day}] = row.delta;
      });
  if (!at.ok()) return at.error().message;
  if (at->cursor.next(Offset::kEmbedded) != wanted.next) return "cursor";
  if (!(at->totals == wanted.totals)) return "totals";
  if (profiles != wanted.profiles) return "profiles";
  if (counts != wanted.counts) return "counts";
  for (const auto& [user, history] : wanted.histories) {
    const auto page = stores.profiles.history(UserId(user), std::nullopt, 100'000);
    if (!page.ok()) return page.error().message;
    if (!std::equal(history.rbegin(), history.rend(), page->events.begin(), page->events.end())) {
      return "history of " + user;
    }
  }
  const auto letters = stores.profiles.dead_letters(100'000);
  if (!letters.ok()) return letters.error().message;
  if (*letters != wanted.dead_letters) return "dead letters";
  return table_difference(stores, wanted);
}

}  // namespace marquee::embedded
