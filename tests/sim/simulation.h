#pragma once

#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/checks.h"
#include "sim/life.h"
#include "sim/story.h"
#include "testing/fake_event_log.h"
#include "testing/fake_recommendation_log.h"
#include "testing/manual_clock.h"

namespace marquee::sim {

/// What happened, so that two runs can be compared and a bad one be told.
struct Trace {
  bool keeps_lines = false;
  std::uint64_t hash = 0;
  std::vector<std::string> lines;

  void add(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0);
};

struct Tally {
  std::uint64_t events = 0, steps = 0, crashes = 0, stale_processes = 0, lists = 0, hits = 0;
};

/// The speed layer and serving for one seed: a few viewers, one process after another (sometimes
/// two at a time, of which one does not know that it was given up), a store, a log and a clock
/// that misbehave. After every step everything shown, and after every transaction everything stored
/// is compared with the reference. Single-threaded: the seed decides all.
class Simulation {
 public:
  Simulation(std::uint64_t seed, bool keeps_trace);

  /// Throws Violation.
  void run();
  const Trace& trace() const { return trace_; }
  const Tally& tally() const { return tally_; }

 private:
  /// Somebody who waits for an offset; shared with the callback, which a stale process may keep.
  struct Waiter {
    Offset offset;
    int calls = 0;
    bool is_applied = false;
  };

  void act();
  void send(const std::vector<PendingEvent>& events);
  void retry();
  void one_action();

  void step(Life& life);
  void check_step(Life& life, const Result<void>& stepped);
  void store(Life& life);
  void crash();
  void pause();
  void wake();
  void restart();
  void await();
  void check_waiters();

  void recommend();
  void pages();
  RecommendationList ask(const serving::RecommendationQuery& query);

  void make_trouble();
  void move_clock();
  void publish();
  void withdraw();
  void serve_all();
  void settle();
  void rebuild();

  std::shared_ptr<const serving::Catalog> catalog();
  bool chance(std::uint64_t one_in) { return rng_.below(one_in) == 0; }

  Rng rng_;
  Trace trace_;
  Tally tally_;
  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  const bool door_;  ///< the embedded log, which drops repeats; else a topic
  std::unique_ptr<EventLog> log_;
  UnreliableStore store_;
  SlowFeed feed_;
  testing::FakeRecommendationLog shown_log_;
  serving::ShownListWriter shown_{shown_log_, metrics_, {}};
  const World world_;
  Story story_;

  Written written_;
  std::deque<std::vector<PendingEvent>> unanswered_;
  std::set<std::string> withdrawn_;
  std::shared_ptr<const serving::Generation> generation_;
  std::uint64_t generations_ = 0;

  std::uint64_t lives_ = 0;
  std::uint64_t last_stored_ = 0;  ///< the life whose step was stored last, or that loaded after it
  std::uint64_t stepping_ = 0;     ///< the life whose step is under way; 0: none
  std::vector<std::shared_ptr<Waiter>> waiters_;  ///< of life_
  bool is_given_up_ = false;                      ///< life_ is to start again before anything else
  std::unique_ptr<Life> life_;
  std::unique_ptr<Life> stale_;  ///< was given up but lives on
};

}  // namespace marquee::sim
