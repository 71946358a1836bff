// Cuts the power between any two disk operations under the stores, thousands of times, lets
// operations fail and kills the process, and checks what was promised: the folded state is that of
// the first N events, N being the stored cursor; an acknowledged write of a truth is there for
// ever.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/fold_reference_for_test.h"
#include "adapters/embedded/sqlite/simulated_stores_for_test.h"

namespace marquee::embedded {
namespace {

/// What went wrong over all cuts.
struct Findings {
  std::uint64_t cuts = 0;
  std::uint64_t steps = 0;        ///< of the fold, stored
  std::uint64_t truths = 0;       ///< acknowledged
  std::uint64_t rolled_back = 0;  ///< openings that found fewer events than were stored: allowed
  std::uint64_t failures = 0;     ///< of an operation, seen by the program
  std::uint64_t differing = 0;    ///< the state is not that of its cursor
  std::uint64_t lost = 0;         ///< acknowledged truths, or what they made safe
  std::uint64_t unopenable = 0;
  std::string first_error;

  std::uint64_t wrong() const { return differing + lost + unopenable; }
};

/// A number that only grows, stored as a truth: what is found lies between the last one that was
/// acknowledged and the last one that was tried.
struct Truth {
  std::uint64_t acknowledged = 0;
  std::uint64_t tried = 0;
  bool allows(std::uint64_t found) const { return found >= acknowledged && found <= tried; }
};

/// One database on one disk, through several power cuts.
class Life {
 public:
  Life(std::uint64_t seed, SimulatedDisk::Lies lies, Findings& findings)
      : seed_(seed),
        rng_(seed),
        disk_(rng_.next(), lies),
        stream_(rng_.next()),
        findings_(findings) {
    seed_sqlite(seed);  // a seed is a life again
  }

  void run() {
    constexpr int kCuts = 8;
    for (int cut = 0; cut < kCuts; ++cut) {
      disk_.cut_power_after(1 + rng_.below(rng_.below(4) == 0 ? 60 : 900));
      for (int opened = 0; opened < 20; ++opened) {
        if (!session()) break;
      }
      disk_.power_on();
      ++findings_.cuts;
      const auto stores = open();
      if (!stores.ok()) return note(findings_.unopenable, stores.error().message);
      if (!check(**stores)) return;
    }
  }

 private:
  Result<std::unique_ptr<SqliteStores>> open() { return open_simulated(vfs_, disk_, movies_); }

  /// One life of the program: it ends properly, is killed, or stops at an error. False when the
  /// power is off or something is wrong.
  bool session() {
    if (rng_.below(2) == 0) {
      const auto code =
          rng_.below(3) == 0 ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable;
      const Error planted{code, "planted"};
      if (rng_.below(2) == 0) {
        disk_.fail_operation(1 + rng_.below(300), planted);
      } else {
        disk_.fail_sync(1 + rng_.below(12), planted);
      }
    }
    auto stores = open();
    if (!stores.ok()) {
      ++findings_.failures;
      return powered();
    }
    if (!check(**stores)) return powered();
    for (std::uint64_t actions = rng_.below(30); actions > 0; --actions) {
      if (!act(**stores)) {
        ++findings_.failures;
        if (!(*stores)->database->health().ok()) break;
      }
    }
    if (rng_.below(2) == 0) vfs_.kill();
    stores->reset();
    vfs_.start_again();
    return powered();
  }

  bool powered() { return disk_.list("data").ok(); }

  bool act(SqliteStores& stores) {
    switch (rng_.below(14)) {
      case 0:
        return write(film_, [&](std::uint64_t value) {
          const Movie movie = testing::test_movie("film", std::to_string(value));
          return stores.catalog.upsert({&movie, 1});
        });
      case 1:
        return write(list_, [&](std::uint64_t value) {
          ShownList list;
          list.list_id = ListId(fmt::format("l{}", value));
          list.user_id = UserId("u1");
          list.source = "batch";
          list.items.push_back({MovieId(fmt::format("m{}", value)), 0.5F});
          return stores.recommendations.append({&list, 1});
        });
      case 2:
        return write(model_, [&](std::uint64_t value) -> Result<void> {
          const ModelVersion version(fmt::format("model-{:06}", value));
          MARQUEE_CHECK(stores.models.add({version, 1, "{}", std::nullopt}));
          return stores.models.promote(version, 2);
        });
      case 3:
        return write(tick_, [&](std::uint64_t value) -> Result<void> {
          MARQUEE_TRY(const auto lease, stores.runs.acquire("here", 1'000, 1));
          return stores.runs.set_dealt_until(lease->token, "batch",
                                             static_cast<std::int64_t>(value));
        });
      case 4:
        return stores.database->checkpoint().ok();
      default:
        return fold(stores);
    }
  }

  template <typename Write>
  bool write(Truth& truth, Write&& put) {
    if (!put(++truth.tried).ok()) return false;
    truth.acknowledged = truth.tried;
    ++findings_.truths;
    // What was committed before a truth is as safe as it is.
    safe_ = state_.next;
    return true;
  }

  bool fold(SqliteStores& stores) {
    FoldReference after = state_;
    const FoldBatch step = stream_.step(after, 1 + rng_.below(6), movies_);
    const auto stored = stores.profiles.apply(step);
    if (stored.ok()) {
      state_ = std::move(after);
      ++findings_.steps;
      return true;
    }
    // Nothing of a step that failed may be seen, neither now nor by the next one.
    const auto now = stores.profiles.totals();
    if (now.ok() && now->cursor.next(Offset::kEmbedded) != state_.next) {
      note(findings_.differing, "a step that failed is stored");
    }
    return false;
  }

  /// Compares what is stored with what was promised, and goes on from there.
  bool check(SqliteStores& stores) {
    const std::uint64_t wrong = findings_.wrong();
    const auto at = stores.profiles.totals();
    if (!at.ok()) {
      if (powered()) note(findings_.unopenable, at.error().message);
      return false;
    }
    const std::uint64_t next = at->cursor.next(Offset::kEmbedded);
    if (next < safe_) note(findings_.lost, "steps that a truth made safe");
    if (next > tried_limit()) note(findings_.differing, "a cursor from nowhere");
    if (next < state_.next) ++findings_.rolled_back;
    state_ = stream_.after(next, movies_);
    if (const auto what = difference(stores, movies_, state_); !what.empty()) {
      note(findings_.differing, "the state differs from its cursor: " + what);
    }
    check_truths(stores);
    safe_ = next;  // what an opening found was synced by it, or by the end before
    return findings_.wrong() == wrong;
  }

  std::uint64_t tried_limit() const { return state_.next + 6; }

  void check_truths(SqliteStores& stores) {
    const auto movies = stores.catalog.load();
    std::uint64_t film = 0;
    if (movies.ok() && !movies->empty()) film = std::stoull(movies->front().title);
    settle(film_, film, "a film");
    const auto current = stores.models.current();
    std::uint64_t model = 0;
    if (current.ok() && *current) model = std::stoull((*current)->value().substr(6));
    settle(model_, model, "a model");
    const auto tick = stores.runs.dealt_until("batch");
    settle(tick_, tick.ok() && *tick ? static_cast<std::uint64_t>(**tick) : 0, "a schedule");
    const auto lists = texts(*stores.database,
                             "SELECT coalesce(max(cast(substr(list_id, 2) AS INTEGER)), 0) FROM "
                             "recommendation_logs");
    settle(list_, std::stoull(lists.at(0)), "a list");
    const auto clicks =
        texts(*stores.database,
              "SELECT (SELECT count(*) FROM recommendation_logs) || '/' || (SELECT count(*) FROM "
              "recommendation_logs l JOIN list_clicks c ON c.list_id = l.list_id AND c.user_id = "
              "l.user_id AND l.items LIKE '%\"' || c.movie_id || '\"%')");
    const auto totals = texts(*stores.database, "SELECT lists || '/' || clicked FROM click_totals");
    if (clicks != totals) note(findings_.differing, "sums of clicks");
  }

  void settle(Truth& truth, std::uint64_t found, const char* what) {
    if (!truth.allows(found)) {
      note(findings_.lost,
           fmt::format("{}: {} of {} to {}", what, found, truth.acknowledged, truth.tried));
    }
    truth.acknowledged = found;
  }

  void note(std::uint64_t& counter, const std::string& what) {
    ++counter;
    if (findings_.first_error.empty()) {
      findings_.first_error = fmt::format("seed {}: {}", seed_, what);
    }
  }

  const std::uint64_t seed_;
  Rng rng_;
  SimulatedDisk disk_;
  SimulatedVfs vfs_{disk_};
  FoldStream stream_;
  Findings& findings_;
  MovieTable movies_;
  FoldReference state_;  ///< as the program knows it
  std::uint64_t safe_ = 0;
  Truth film_, list_, model_, tick_;
};

std::uint64_t lives_wanted() {
  const char* wanted = std::getenv("MARQUEE_TEST_STATE_POWER_CUTS");
  const std::uint64_t cuts = wanted == nullptr ? 400 : std::strtoull(wanted, nullptr, 10);
  return (cuts + 7) / 8;
}

Findings cut_power(std::uint64_t lives, SimulatedDisk::Lies lies) {
  Findings findings;
  for (std::uint64_t seed = 1; seed <= lives; ++seed) Life(seed, lies, findings).run();
  return findings;
}

TEST(StatePowerCut, TheStateIsThatOfItsCursorAndNoTruthIsLost) {
  const Findings findings = cut_power(lives_wanted(), {});
  EXPECT_EQ(findings.differing, 0U);
  EXPECT_EQ(findings.lost, 0U);
  EXPECT_EQ(findings.unopenable, 0U);
  EXPECT_EQ(findings.first_error, "");
  EXPECT_GE(findings.cuts, lives_wanted() * 8);
  EXPECT_GT(findings.steps, findings.cuts);  // else the test tested nothing
  EXPECT_GT(findings.truths, findings.cuts);
  EXPECT_GT(findings.failures, findings.cuts / 4);
  EXPECT_GT(findings.rolled_back, findings.cuts / 20);
  RecordProperty("cuts", static_cast<int>(findings.cuts));
  RecordProperty("steps", static_cast<int>(findings.steps));
  RecordProperty("truths", static_cast<int>(findings.truths));
  RecordProperty("rolled_back", static_cast<int>(findings.rolled_back));
}

TEST(StatePowerCut, TheSimulationFindsASyncThatDoesNothing) {
  EXPECT_GT(cut_power(50, {.sync = true}).wrong(), 0U);
}

TEST(StatePowerCut, TheSimulationFindsADirectoryThatIsNotSynced) {
  EXPECT_GT(cut_power(50, {.sync_directory = true}).wrong(), 0U);
}

}  // namespace
}  // namespace marquee::embedded
