#include "sim/simulation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/simulated_topic.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"

namespace marquee::sim {
namespace {

constexpr std::size_t kModelled = 11;  // films that the models know; the rest is new
constexpr int kActionsMin = 30;
constexpr int kActionsMore = 90;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int32_t kPartitionsMax = 4;

std::shared_ptr<const models::FactorModel> make_model(std::uint64_t number, Rng& rng) {
  models::FactorTable items{4, {}, {}};
  for (std::size_t i = 0; i < kModelled; ++i) {
    items.ids.push_back(film_id(i).value());
    for (int d = 0; d < 4; ++d) items.values.push_back(static_cast<float>(rng.normal()));
  }
  models::IalsParameters parameters;
  parameters.rank = 4;
  return std::make_shared<const models::FactorModel>(*models::FactorModel::make(
      ModelVersion("als_" + std::to_string(number)), parameters, std::move(items), {4, {}, {}}));
}

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
  if (dice < 56) return step(*life_);
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
  if (stepped.ok()) {
    if (last_stored_ == life.number()) check_stored(life, world_);
    return;
  }
  const ErrorCode code = stepped.error().code;
  if (code == ErrorCode::kUnavailable) return;  // as it was told to
  require(code == ErrorCode::kFailedPrecondition && last_stored_ != life.number(),
          "a step failed: " + stepped.error().message);
  ++tally_.stale_processes;  // another process folded: this one has to start again
  if (&life == life_.get()) {
    is_given_up_ = true;  // a request of it may be under way: it ends later
  } else {
    stale_.reset();
  }
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

void Simulation::wake() {
  if (stale_) step(*stale_);
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

// ---- the world -------------------------------------------------------------------------------

void Simulation::make_trouble() {
  const std::uint64_t kind = rng_.below(4);
  const std::uint64_t count = 1 + rng_.below(3);
  trace_.add("trouble", kind, count);
  const Error away{ErrorCode::kUnavailable, "away"};
  if (kind == 0) store_.refuse_next(count);
  if (kind == 1) store_.lose_next_answer();
  if (kind == 2) store_.fail_next_reads(count);
  if (kind == 3) feed_.real().fail_next_reads(count, away);
}

void Simulation::move_clock() {
  const std::int64_t by = static_cast<std::int64_t>(rng_.below(48)) * kHourMs;
  trace_.add("clock", static_cast<std::uint64_t>(by));
  switch (rng_.below(3)) {
    case 0:
      return clock_.jump_wall(std::chrono::milliseconds(by));
    case 1:
      return clock_.jump_wall(std::chrono::milliseconds(-by));
    default:
      return clock_.advance(std::chrono::milliseconds(by / 16));
  }
}

/// A new model with lists for some viewers, or none.
void Simulation::publish() {
  Rng rng = rng_.split();
  const auto model = make_model(++generations_, rng);
  std::uint64_t user = 0;
  const auto lists = [&]() -> Result<std::optional<std::pair<UserId, std::vector<ScoredMovie>>>> {
    using Entry = std::pair<UserId, std::vector<ScoredMovie>>;
    if (user == kViewers - 1) return std::optional<Entry>();
    Entry entry{viewer_id(user++), {}};
    const std::uint64_t first = rng.below(kFilms);
    const std::uint64_t count = rng.below(kFilms);
    for (std::uint64_t i = 0; i < count; ++i) {
      entry.second.push_back({film_id((first + i) % kFilms), 1.0F / static_cast<float>(i + 1)});
    }
    return std::optional(std::move(entry));
  };
  require(feed_.put(model->version(), lists).ok(), "the lists were not stored");
  generation_ = chance(10) ? nullptr : serving::make_generation(model, movies_);
  trace_.add("publish", generations_, generation_ ? 1 : 0);
  if (life_) life_->service().set_generation(generation_);
}

void Simulation::withdraw() {
  const std::string film = film_id(rng_.below(kFilms)).value();
  if (withdrawn_.erase(film) == 0) withdrawn_.insert(film);
  trace_.add("withdrawn", withdrawn_.size());
  life_->service().set_catalog(catalog());
}

std::shared_ptr<const serving::Catalog> Simulation::catalog() {
  std::vector<Movie> films;
  for (std::uint64_t i = 0; i < kFilms; ++i) {
    Movie film = testing::test_movie(film_id(i).value());
    film.hidden = withdrawn_.contains(film.id.value());
    if (i >= kModelled) film.added_at_ms = testing::kTestEpochMs;
    films.push_back(std::move(film));
  }
  return serving::make_catalog(std::move(films), movies_);
}

// ---- the end ---------------------------------------------------------------------------------

/// All trouble ends: everything that was sent is folded, and once only.
void Simulation::settle() {
  store_.repair();
  feed_.real().fail_next_reads(0, {});
  while (!unanswered_.empty()) retry();
  const std::size_t steps_max = written_.size() + 10;
  for (std::size_t i = 0; i < steps_max && life_->fold().state().applied() != log_->end(); ++i) {
    if (is_given_up_) crash();
    step(*life_);
  }
  require(life_->fold().state().applied() == log_->end(), "the fold does not catch up");
  check_stored(*life_, world_);
  check_exactly_once(written_, store_.real());
  serve_all();
  rebuild();
}

void Simulation::serve_all() {
  for (std::uint64_t i = 0; i < kViewers; ++i) {
    serving::RecommendationQuery query;
    query.user_id = viewer_id(i);
    ask(query);
    ask(query);
  }
}

/// A fold from zero, which reads the partitions in another order, comes to the same state.
void Simulation::rebuild() {
  testing::FakeProfileStore rebuilt;
  const auto totals = speed::fold_from_zero({}, log_.get(), std::nullopt, rebuilt, movies_);
  require(totals.ok() && *totals == life_->fold().totals(), "a rebuild has other totals");
  const auto live_hash = speed::hash_state(store_.real(), movies_);
  const auto hash = speed::hash_state(rebuilt, movies_);
  require(live_hash.ok() && hash.ok() && live_hash->hex == hash->hex,
          "a rebuild comes to another state");
  trace_.add(hash->hex);
}

}  // namespace marquee::sim
