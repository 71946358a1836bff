#include "sim/simulation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/simulated_topic.h"

namespace marquee::sim {
namespace {

constexpr int kActionsMin = 30;
constexpr int kActionsMore = 90;
constexpr std::int32_t kPartitionsMax = 4;

std::unique_ptr<EventLog> make_log(bool door, const Clock& clock, Rng& rng) {
  if (door) return std::make_unique<testing::FakeEventLog>(clock);
  const auto partitions = static_cast<std::int32_t>(1 + rng.below(kPartitionsMax));
  return std::make_unique<SimulatedTopic>(clock, partitions, rng.next());
}

}  // namespace

void Trace::add(std::string_view what, std::uint64_t a, std::uint64_t b) {
  for (const std::uint64_t part : {stable_hash(what), a, b}) {
    hash = Rng(hash ^ part).next();
  }
  if (keeps_lines) lines.push_back(fmt::format("{} {} {}", what, a, b));
}

Simulation::Simulation(std::uint64_t seed, bool keeps_trace)
    : rng_(seed),
      trace_{keeps_trace, 0, {}},
      door_(chance(3)),
      log_(make_log(door_, clock_, rng_)),
      world_{*log_, store_, feed_, movies_, clock_, metrics_, shown_},
      story_(rng_.split()) {
  for (std::uint64_t i = 0; i < kFilms; ++i) movies_.intern(film_id(i));
  feed_.meanwhile = [this] {
    if (stepping_ == 0 && life_ && chance(3)) step(*life_);
    if (stepping_ == 0 && life_ && chance(6)) store(*life_);
    if (life_ && chance(10)) withdraw();
  };
  store_.on_stored([this] {
    last_stored_ = stepping_;
    if (life_ && chance(4)) recommend();
  });
}

void Simulation::run() {
  if (chance(2)) publish();
  restart();
  const int actions = kActionsMin + static_cast<int>(rng_.below(kActionsMore));
  for (int i = 0; i < actions; ++i) one_action();
  settle();
}

void Simulation::one_action() {
  if (is_given_up_) crash();
  const std::uint64_t dice = rng_.below(100);
  if (dice < 26) return act();
  if (dice < 48) return step(*life_);
  if (dice < 56) return store(*life_);
  if (dice < 72) return recommend();
  if (dice < 75) return pages();
  if (dice < 79) return await();
  if (dice < 83) return make_trouble();
  if (dice < 86) return retry();
  if (dice < 90) return crash();
  if (dice < 92) return pause();
  if (dice < 94) return wake();
  if (dice < 96) return move_clock();
  if (dice < 98) return publish();
  withdraw();
}

// ---- clients ---------------------------------------------------------------------------------

void Simulation::act() {
  std::vector<PendingEvent> events;
  const std::uint64_t count = 1 + rng_.below(chance(4) ? 12 : 3);
  for (std::uint64_t i = 0; i < count; ++i) events.push_back(story_.next(clock_.wall_ms(), door_));
  tally_.events += events.size();
  const std::uint64_t fate = rng_.below(10);
  if (fate != 0) send(events);                             // 0: lost on its way there
  if (fate < 2) unanswered_.push_back(std::move(events));  // 1: lost on its way back
}

void Simulation::retry() {
  if (unanswered_.empty()) return;
  trace_.add("retry", unanswered_.front().size());
  send(unanswered_.front());
  unanswered_.pop_front();
}

void Simulation::send(const std::vector<PendingEvent>& events) {
  log_->append(events, [&](const Result<std::vector<AppendOutcome>>& outcomes) {
    require(outcomes.ok(), "the log refused an append");
    for (std::size_t i = 0; i < events.size(); ++i) {
      const AppendOutcome& outcome = (*outcomes)[i];
      trace_.add("sent", static_cast<std::uint64_t>(outcome.status), outcome.offset.sequence);
      if (outcome.status != AppendStatus::kAccepted) continue;
      LogRecord record{outcome.offset, events[i].event, events[i].fingerprint};
      record.event.accepted_at_ms = outcome.accepted_at_ms;
      written_.emplace(outcome.offset, std::move(record));
    }
  });
}

// ---- processes -------------------------------------------------------------------------------

void Simulation::step(Life& life) {
  stepping_ = life.number();
  const Result<void> stepped = life.fold().step(std::chrono::milliseconds(0));
  stepping_ = 0;
  ++tally_.steps;
  trace_.add("step", life.number(),
             stepped.ok() ? 0 : 1 + static_cast<std::uint64_t>(stepped.error().code));
  check_step(life, stepped);
}

void Simulation::check_step(Life& life, const Result<void>& stepped) {
  life.follow(written_);
  check_shown(life, world_);
  if (&life == life_.get()) check_waiters();
  require(stepped.ok() || stepped.error().code == ErrorCode::kUnavailable,  // as it was told to
          stepped.ok() ? "" : "a step failed: " + stepped.error().message);
}

void Simulation::store(Life& life) {
  stepping_ = life.number();
  const Result<void> stored = life.fold().store();
  stepping_ = 0;
  trace_.add("store", life.number(),
             stored.ok() ? 0 : 1 + static_cast<std::uint64_t>(stored.error().code));
  if (stored.ok()) {
    const bool all = life.fold().unstored().depth == 0;  // not after a retry of less
    if (all && last_stored_ == life.number()) check_stored(life, world_);
    return;
  }
  const ErrorCode code = stored.error().code;
  if (code == ErrorCode::kUnavailable) return;
  require(code == ErrorCode::kFailedPrecondition && last_stored_ != life.number(),
          "a step was not stored: " + stored.error().message);
  ++tally_.stale_processes;  // another process stored: this one has to start again
  if (&life == life_.get()) is_given_up_ = true;  // a request of it may be under way: it ends later
}

void Simulation::crash() {
  trace_.add("crash");
  ++tally_.crashes;
  life_.reset();
  for (const auto& waiter : waiters_) require(waiter->calls == 1, "a waiter was forgotten");
  waiters_.clear();
  restart();
}

void Simulation::pause() {
  trace_.add("pause");
  stale_ = std::move(life_);
  waiters_.clear();
  restart();
}

/// What it folded before it was given up reaches the store first, and the other process has to
/// start again, or is refused; it never folds on, for one process at a time has the directory.
void Simulation::wake() {
  if (!stale_) return;
  const Cursor before = store_.real().totals()->cursor;
  store(*stale_);
  if (store_.real().totals()->cursor != before) is_given_up_ = true;
  stale_.reset();
}

void Simulation::restart() {
  is_given_up_ = false;
  if (chance(2)) store_.repair();
  for (;;) {
    auto started = Life::start(world_, ++lives_, generation_, catalog());
    trace_.add("start", started.ok() ? 1 : 0);
    if (started.ok()) {
      life_ = *std::move(started);
      break;
    }
    store_.repair();
  }
  last_stored_ = life_->number();
  life_->follow(written_);
  check_shown(*life_, world_);
  check_stored(*life_, world_);
}

// ---- read your writes ------------------------------------------------------------------------

void Simulation::await() {
  if (written_.empty()) return;
  const auto at =
      std::next(written_.begin(), static_cast<std::ptrdiff_t>(rng_.below(written_.size())));
  const auto waiter = std::make_shared<Waiter>(Waiter{at->first});
  waiters_.push_back(waiter);
  const auto never = clock_.steady() + std::chrono::hours(1'000'000);
  life_->fold().state().when_applied(at->first, never, [waiter](bool is_applied) {
    ++waiter->calls;
    waiter->is_applied = is_applied;
  });
  check_waiters();
}

void Simulation::check_waiters() {
  const Cursor applied = life_->fold().state().applied();
  for (const auto& waiter : waiters_) {
    const bool told = waiter->calls > 0;
    require(waiter->calls <= 1 && waiter->is_applied == told, "a waiter was told wrongly");
    require(told == applied.includes(waiter->offset),
            told ? "a waiter was told too early" : "a waiter was not told");
  }
}

// ---- requests --------------------------------------------------------------------------------

RecommendationList Simulation::ask(const serving::RecommendationQuery& query) {
  Expected expected = expected_of(life_->reference(), query.user_id);
  if (!query.profiling) expected = {};
  const auto generation = life_->service().generation();
  const std::set<std::string> withdrawn = withdrawn_;
  const auto list = life_->service().recommend(query);
  require(list.ok(), "a request failed");
  check_list(*list, expected, withdrawn, *life_, world_);
  require(list->model_version.has_value() == (generation != nullptr) &&
              (!generation || *list->model_version == generation->model->version()),
          "the list names another model than the one in service");
  ++tally_.lists;
  if (list->source == Source::kMemoryCache) ++tally_.hits;
  trace_.add("list", static_cast<std::uint64_t>(list->source), list->items.size());
  for (const Recommendation& item : list->items) {
    trace_.add("item", item.movie);  // not its score: rounding depends on the CPU's kernels
  }
  check_cache(*life_, world_);
  return *list;
}

void Simulation::recommend() {
  serving::RecommendationQuery query;
  query.user_id = viewer_id(rng_.below(kViewers));
  query.limit = static_cast<std::int32_t>(1 + rng_.below(10));
  if (chance(6)) query.diversity = rng_.uniform();
  if (chance(6)) query.explain = true;
  if (chance(8)) query.profiling = false;
  ask(query);
}

/// Pages of one viewer never repeat a film, whatever is folded in between.
void Simulation::pages() {
  serving::RecommendationQuery query;
  query.user_id = viewer_id(rng_.below(kViewers));
  query.limit = 3;
  std::set<MovieKey> seen;
  for (;;) {
    const RecommendationList list = ask(query);
    for (const Recommendation& item : list.items) {
      require(seen.insert(item.movie).second, "a later page repeats a film");
    }
    if (!list.next_cursor) return;
    query.cursor = list.next_cursor;
    if (chance(2)) step(*life_);
  }
}

}  // namespace marquee::sim
