// What happens around the process, and the end of a run, when all trouble is over.
#include <utility>

#include <fmt/format.h>

#include "sim/simulation.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"

namespace marquee::sim {
namespace {

constexpr std::size_t kModelled = 11;  // films that the models know; the rest is new
constexpr std::int64_t kHourMs = 3'600'000;

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

}  // namespace

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
  bool is_stored = false;
  for (std::size_t i = 0; i < steps_max && !is_stored; ++i) {
    if (is_given_up_) crash();
    step(*life_);
    if (life_->fold().state().applied() != log_->end()) continue;
    store(*life_);
    is_stored = !is_given_up_ && life_->fold().unstored().depth == 0;
  }
  require(is_stored, "the fold does not catch up");
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
