#include "app/migration/state_copy.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace marquee::app {
namespace {

constexpr std::size_t kRowsOfStep = 2'000;
constexpr std::size_t kViewersOfRead = 200;
constexpr std::size_t kDeadLettersMax = 1'000'000;

/// Gathers rows into steps. All but the last stand before the log's first event, so that a copy
/// that was cut off says of itself that it holds nothing.
class StateCopy {
 public:
  StateCopy(const StateSide& from, const StateSide& to) : from_(from), to_(to) {}

  Result<FoldedTotals> run(const OnViewers& on_viewers) {
    std::vector<UserId> viewers;
    std::vector<CountDelta> counts;
    MARQUEE_TRY(const FoldedTotals stored,
                from_.profiles.load(
                    [&](UserId user, const UserProfile&) { viewers.push_back(std::move(user)); },
                    [&](const CountDelta& count) { counts.push_back(count); }));
    MARQUEE_CHECK(to_.profiles.reset());
    MARQUEE_CHECK(copy_viewers(viewers, on_viewers));
    MARQUEE_CHECK(copy_repeats());
    MARQUEE_TRY(step_.dead_letters, from_.profiles.dead_letters(kDeadLettersMax));
    step_.counts = std::move(counts);
    step_.totals = stored.totals;
    step_.after = stored.cursor;
    MARQUEE_CHECK(store());
    return stored;
  }

 private:
  Result<void> copy_viewers(std::span<const UserId> viewers, const OnViewers& on_viewers) {
    for (std::size_t done = 0; done < viewers.size();) {
      const auto some = viewers.subspan(done, std::min(kViewersOfRead, viewers.size() - done));
      MARQUEE_TRY(const auto profiles, from_.profiles.find_profiles(some));
      for (std::size_t i = 0; i < some.size(); ++i) {
        MARQUEE_CHECK(copy_history(some[i]));
        if (profiles[i] != nullptr) step_.profiles.emplace_back(some[i], profiles[i]);
        if (rows() >= kRowsOfStep) MARQUEE_CHECK(store());
      }
      done += some.size();
      on_viewers(done, viewers.size());
    }
    return {};
  }

  Result<void> copy_history(const UserId& viewer) {
    std::optional<std::uint64_t> before;
    do {
      MARQUEE_TRY(HistoryPage page, from_.profiles.history(viewer, before, kRowsOfStep));
      before = page.next_before_seq;
      std::move(page.events.begin(), page.events.end(), std::back_inserter(step_.applied));
      if (rows() >= kRowsOfStep) MARQUEE_CHECK(store());
    } while (before);
    return {};
  }

  Result<void> copy_repeats() {
    std::optional<Offset> after;
    for (;;) {
      MARQUEE_TRY(step_.deduplicated, from_.profiles.deduplicated(after, kRowsOfStep));
      if (step_.deduplicated.empty()) return {};
      after = step_.deduplicated.back().offset;
      MARQUEE_CHECK(store());
    }
  }

  std::size_t rows() const { return step_.applied.size() + step_.profiles.size(); }

  Result<void> store() {
    // The same films under the same keys: what is copied names them by these.
    for (std::size_t key = to_.movies.size(); key < from_.movies.size(); ++key) {
      to_.movies.intern(from_.movies.id_of(static_cast<MovieKey>(key)));
    }
    return to_.profiles.apply(std::exchange(step_, {}));
  }

  const StateSide& from_;
  const StateSide& to_;
  FoldBatch step_;
};

}  // namespace

Result<FoldedTotals> copy_state(const StateSide& from, const StateSide& to,
                                const OnViewers& on_viewers) {
  return StateCopy(from, to).run(on_viewers);
}

}  // namespace marquee::app
