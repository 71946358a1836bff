// Candidates by pgvector with the own sweep behind them, on the real server: the same scores, one
// writer of many, and answers while the server stands still.
#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/postgres/factor_store.h"
#include "adapters/postgres/vector_search.h"
#include "base/rng.h"
#include "platform/own_postgres.h"
#include "platform/postgres_for_test.h"
#include "retrieval/exact_search.h"
#include "retrieval/fallback_search.h"

namespace marquee::testing {
namespace {

using postgres::PgFactorStore;
using postgres::PgVectorSearch;
using retrieval::FallbackSearch;

constexpr std::size_t kFilms = 2'000;
constexpr std::size_t kLength = 24;
const ModelVersion kVersion("als_20250101_0000");
const SystemClock kClock;

/// A model of films "m10000", "m10001", …, and no viewers.
std::shared_ptr<const models::FactorModel> a_model() {
  Rng rng(5);
  models::FactorTable items{kLength, {}, {}};
  for (std::size_t row = 0; row < kFilms; ++row) {
    items.ids.push_back("m" + std::to_string(10'000 + row));
    for (std::size_t i = 0; i < kLength; ++i) {
      items.values.push_back(static_cast<float>(rng.normal() / (1.0 + 0.2 * double(i))));
    }
  }
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(kLength);
  auto model = models::FactorModel::make(kVersion, parameters, std::move(items), {kLength, {}, {}});
  return std::make_shared<const models::FactorModel>(*std::move(model));
}

/// The model's vectors; `asked` says whether anybody wanted them.
FactorStore::Factors factors_of(const models::FactorModel& model, std::atomic<int>& askers) {
  using Film = std::pair<MovieId, std::vector<float>>;
  return [&model, &askers, row = std::size_t{0}]() mutable -> Result<std::optional<Film>> {
    if (row == 0) ++askers;
    if (row == model.items().rows()) return std::optional<Film>();
    const auto vector = model.items().row(row);
    Film film(MovieId(model.items().ids[row++]), {vector.begin(), vector.end()});
    return std::optional(std::move(film));
  };
}

/// A generation whose vectors are in `database`, searched both ways.
class Searches {
 public:
  explicit Searches(postgres::PostgresDatabase& database) {
    std::vector<MovieKey> keys;
    std::vector<std::int32_t> rows;
    for (const std::string& id : model_->items().ids) {
      keys.push_back(movies_.intern(MovieId(id)));
      rows.push_back(static_cast<std::int32_t>(rows.size()));
    }
    std::atomic<int> askers = 0;
    EXPECT_TRUE(
        PgFactorStore(database)
            .write(kVersion, kLength, factors_of(*model_, askers), FactorStore::IfPresent::kKeep)
            .ok());
    sweep_ = std::make_shared<const retrieval::ExactVectorSearch>(model_, keys);
    search_ = std::make_unique<FallbackSearch>(model_, sweep_, rows, gate_);
    auto index = PgVectorSearch::open(database, movies_, kVersion, {.ef_search = 200});
    EXPECT_TRUE(index.ok()) << index.error().message;
    if (index.ok()) search_->use(*std::move(index));
  }

  std::vector<Candidate> exact(std::size_t count) const {
    return sweep_->search(query_, count, {}).value();
  }
  std::vector<Candidate> found(std::size_t count) const {
    return search_->search(query_, count, {}).value();
  }
  double by_index() const {
    for (const auto& sample : metrics_.samples("marquee_retrieval_searches_total")) {
      if (sample.labels.at("by") == "pgvector") return sample.value;
    }
    return -1;
  }
  /// What the thread in the background does.
  void probe() {
    auto permit = gate_.probe();
    if (!permit) return;
    search_->index()->search(query_, 1, {}).ok() ? permit->succeeded() : permit->failed();
  }

 private:
  MovieTable movies_;
  telemetry::Metrics metrics_;
  retrieval::SearchGate gate_{kClock, metrics_};
  std::shared_ptr<const models::FactorModel> model_ = a_model();
  std::shared_ptr<const retrieval::ExactVectorSearch> sweep_;
  std::unique_ptr<FallbackSearch> search_;
  const std::vector<float> query_ = [] {
    Rng rng(6);
    std::vector<float> query(kLength);
    for (float& number : query) number = static_cast<float>(rng.normal());
    return query;
  }();
};

TEST(PostgresFallbackSearch, GivesEveryFilmTheSweepsScoreToTheBit) {
  PostgresHarness postgres;
  const Searches searches(postgres.database());
  std::map<MovieKey, float> scores;
  for (const Candidate& film : searches.exact(kFilms)) scores[film.movie] = film.score;
  const auto found = searches.found(250);
  ASSERT_EQ(found.size(), 250U);
  EXPECT_EQ(searches.by_index(), 1) << "the index answered";
  for (const Candidate& film : found) EXPECT_EQ(film.score, scores.at(film.movie));
  std::size_t missing = 0;
  for (const Candidate& film : searches.exact(250)) {
    missing += std::ranges::find(found, film.movie, &Candidate::movie) == found.end() ? 1 : 0;
  }
  EXPECT_LT(missing, 25U);
}

TEST(PostgresFallbackSearch, OfManyProcessesAtOnceOneWrites) {
  const PostgresSchema schema;
  const auto model = a_model();
  std::atomic<int> askers = 0;
  {
    const auto first = schema.open();  // the tables are there
    std::vector<std::jthread> processes;
    for (int i = 0; i < 4; ++i) {
      processes.emplace_back([&] {
        const auto database = schema.open();
        EXPECT_TRUE(
            PgFactorStore(*database)
                .write(kVersion, kLength, factors_of(*model, askers), FactorStore::IfPresent::kKeep)
                .ok());
      });
    }
  }
  EXPECT_EQ(askers, 1);
  const auto generations = PgFactorStore(*schema.open()).generations();
  EXPECT_EQ(*generations, (std::vector<FactorGeneration>{{kVersion, kLength, kFilms}}));
}

TEST(PostgresFallbackSearch, AnswersByTheSweepWhileTheServerStandsStillAndFindsBack) {
  OwnPostgres server;
  const auto options = server.options("read_timeout_ms=100&connect_timeout_ms=20000");
  const auto database =
      postgres::PostgresDatabase::open(options, postgres::PostgresDatabase::Mode::kMigrate, kClock);
  ASSERT_TRUE(database.ok()) << database.error().message;
  Searches searches(**database);
  const auto is_by_index = [&] {
    const double before = searches.by_index();
    EXPECT_EQ(searches.found(20).size(), 20U);
    return searches.by_index() > before;
  };
  const auto becomes_by_index = [&] {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      if (is_by_index()) return true;
      searches.probe();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  };
  ASSERT_TRUE(becomes_by_index());
  server.pause();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(searches.found(20), searches.exact(20));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15))
      << "one attempt to connect would take longer";
  server.resume();
  EXPECT_TRUE(becomes_by_index());
}

}  // namespace
}  // namespace marquee::testing
