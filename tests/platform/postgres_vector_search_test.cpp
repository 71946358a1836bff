// Retrieval by pgvector on the real server: the exact mode keeps the port's contract, the HNSW mode
// is measured against it.
#include <cstdio>
#include <limits>

#include "adapters/postgres/factor_store.h"
#include "adapters/postgres/vector_search.h"
#include "base/rng.h"
#include "platform/postgres_for_test.h"
#include "ports/contract/vector_search_contract.h"
#include "retrieval/vector_recall.h"

namespace marquee::testing {
namespace {

using postgres::PgFactorStore;
using postgres::PgVectorSearch;

constexpr auto kReplace = FactorStore::IfPresent::kReplace;

using Film = std::pair<MovieId, std::vector<float>>;

PgFactorStore::Factors factors_of(std::vector<Film> films) {
  return
      [films = std::move(films), next = std::size_t{0}]() mutable -> Result<std::optional<Film>> {
        return next < films.size() ? std::optional(films[next++]) : std::optional<Film>();
      };
}

/// A database, a table in which "m0" has key 0, "m1" key 1, …, and a search on both.
class OwnedSearch final : public VectorSearch {
 public:
  OwnedSearch(std::size_t dimensions, const IndexedVectors& vectors) {
    constexpr MovieKey kKeys = 500;
    for (MovieKey key = 0; key < kKeys; ++key) harness_.movies().intern(id_of(key));
    std::vector<Film> films;
    for (const auto& [key, vector] : vectors) films.emplace_back(id_of(key), vector);
    const ModelVersion generation("g1");
    EXPECT_TRUE(PgFactorStore(harness_.database())
                    .write(generation, dimensions, factors_of(films), kReplace)
                    .ok());
    search_ = PgVectorSearch::open(harness_.database(), harness_.movies(), generation,
                                   {.mode = PgVectorSearch::Mode::kExact})
                  .value();
  }
  std::size_t dimensions() const override { return search_->dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    return search_->search(query, count, filter);
  }

 private:
  static MovieId id_of(MovieKey key) { return MovieId("m" + std::to_string(key)); }

  PostgresHarness harness_;
  std::unique_ptr<VectorSearch> search_;
};

struct Exact {
  static std::unique_ptr<VectorSearch> make(std::size_t dimensions, const IndexedVectors& vectors) {
    return std::make_unique<OwnedSearch>(dimensions, vectors);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, VectorSearchContract, Exact);

class PostgresFactors : public ::testing::Test, public PostgresHarness {
 protected:
  static constexpr std::size_t kDimensions = 32;

  /// Vectors like those of a factor model: a few directions say most, and films differ in length.
  static std::vector<float> a_vector(Rng& rng) {
    std::vector<float> vector(kDimensions);
    const double length = 0.5 + rng.uniform();
    for (std::size_t i = 0; i < kDimensions; ++i) {
      vector[i] = static_cast<float>(length * (rng.uniform() - 0.5) / (1.0 + 0.2 * double(i)));
    }
    return vector;
  }
  static std::vector<Film> films(std::size_t count, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<Film> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.emplace_back(MovieId("m" + std::to_string(i)), a_vector(rng));
    }
    return made;
  }
  std::unique_ptr<PgVectorSearch> search(const std::string& generation,
                                         const PgVectorSearch::Options& options) {
    return PgVectorSearch::open(database(), movies(), ModelVersion(generation), options).value();
  }
  /// How often the one index of factors was scanned.
  std::int64_t index_scans() {
    const auto timeout = database().options().bulk_timeout;
    EXPECT_TRUE(database().query({"SELECT pg_stat_force_next_flush()"}, timeout).ok());
    const auto rows = database().query(
        {"SELECT idx_scan FROM pg_stat_user_indexes WHERE schemaname = current_schema() "
         "AND indexrelname LIKE 'movie_factors_hnsw_%'"},
        timeout);
    EXPECT_TRUE(rows.ok() && rows->size() == 1);
    return rows.ok() && rows->size() == 1 ? rows->i64(0, 0) : -1;
  }

  PgFactorStore store_{database()};
};

TEST_F(PostgresFactors, HnswFindsMostOfWhatIsExactAndMoreWithALargerEf) {
  ASSERT_TRUE(
      store_.write(ModelVersion("g1"), kDimensions, factors_of(films(6'000, 1)), kReplace).ok());
  const auto exact = search("g1", {.mode = PgVectorSearch::Mode::kExact});
  Rng rng(2);
  std::vector<std::vector<float>> queries;
  for (int i = 0; i < 50; ++i) queries.push_back(a_vector(rng));
  double recall = 0;
  for (const int ef : {40, 100, 200}) {
    const auto report =
        retrieval::recall_at(100, *search("g1", {.ef_search = ef}), *exact, queries);
    ASSERT_TRUE(report.ok()) << report.error().message;
    std::printf(
        "recall@100 of 6000 films, %zu dimensions, ef_search %3d: %.4f, p50 %lld us, "
        "p99 %lld us\n",
        kDimensions, ef, report->recall, static_cast<long long>(report->median.count()),
        static_cast<long long>(report->p99.count()));
    recall = report->recall;
  }
  EXPECT_GT(recall, 0.9);
}

TEST_F(PostgresFactors, HnswGoesOnUntilAFilterHasEnough) {
  ASSERT_TRUE(
      store_.write(ModelVersion("g1"), kDimensions, factors_of(films(2'000, 3)), kReplace).ok());
  const auto approximate = search("g1", {.ef_search = 40});
  const auto exact = search("g1", {.mode = PgVectorSearch::Mode::kExact});
  Rng rng(4);
  const auto query = a_vector(rng);
  const VectorSearch::Filter one_in_forty = [](MovieKey key) { return key % 40 == 7; };
  EXPECT_EQ(exact->search(query, 30, one_in_forty)->size(), 30U);
  EXPECT_GE(approximate->search(query, 30, one_in_forty)->size(), 28U);
}

TEST_F(PostgresFactors, AnEarlierGenerationIsSearchedAsItWas) {
  ASSERT_TRUE(
      store_.write(ModelVersion("g1"), 1, factors_of({{MovieId("a"), {1}}}), kReplace).ok());
  ASSERT_TRUE(
      store_.write(ModelVersion("g2"), 2, factors_of({{MovieId("b"), {1, 2}}}), kReplace).ok());
  for (const auto mode : {PgVectorSearch::Mode::kExact, PgVectorSearch::Mode::kHnsw}) {
    const auto found = search("g1", {.mode = mode})->search(std::vector<float>{2}, 9, {});
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(movies().id_of((*found)[0].movie), MovieId("a"));
    EXPECT_EQ((*found)[0].score, 2);
  }
  EXPECT_EQ(*store_.generations(), (std::vector<FactorGeneration>{{ModelVersion("g1"), 1, 1},
                                                                  {ModelVersion("g2"), 2, 1}}));
}

TEST_F(PostgresFactors, OnlyHnswUsesTheIndexOfItsGeneration) {
  ASSERT_TRUE(
      store_.write(ModelVersion("g1"), 2, factors_of({{MovieId("a"), {1, 2}}}), kReplace).ok());
  const std::vector<float> query{1, 2};
  ASSERT_TRUE(search("g1", {.mode = PgVectorSearch::Mode::kExact})->search(query, 5, {}).ok());
  EXPECT_EQ(index_scans(), 0);
  ASSERT_TRUE(search("g1", {})->search(query, 5, {}).ok());
  EXPECT_EQ(index_scans(), 1);
}

TEST_F(PostgresFactors, ReplacesAGenerationWholeAndDropsItWhole) {
  const ModelVersion g("g1");
  ASSERT_TRUE(
      store_.write(g, 1, factors_of({{MovieId("a"), {1}}, {MovieId("b"), {2}}}), kReplace).ok());
  ASSERT_TRUE(store_.write(g, 2, factors_of({{MovieId("c"), {1, 1}}}), kReplace).ok());
  const auto found = search("g1", {})->search(std::vector<float>{1, 1}, 9, {});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->size(), 1U);
  ASSERT_TRUE(store_.drop(g).ok());
  ASSERT_TRUE(store_.drop(g).ok());
  EXPECT_TRUE(store_.generations()->empty());
  EXPECT_EQ(PgVectorSearch::open(database(), movies(), g, {}).error().code, ErrorCode::kNotFound);
}

TEST_F(PostgresFactors, KeepsWhatStoodThereWhenAWriteIsRefused) {
  const ModelVersion g("g1");
  ASSERT_TRUE(store_.write(g, 1, factors_of({{MovieId("a"), {5}}}), kReplace).ok());
  const std::vector<std::vector<Film>> bad{
      {{MovieId("a"), {1}}, {MovieId("b"), {1, 2}}},
      {{MovieId("a"), {1}}, {MovieId("a"), {2}}},
      {{MovieId("a"), {std::numeric_limits<float>::quiet_NaN()}}},
      {{MovieId(std::string("a\0b", 3)), {1}}}};
  for (const auto& films : bad) {
    const auto refused = store_.write(g, 1, factors_of(films), kReplace);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << refused.error().message;
  }
  EXPECT_FALSE(store_.write(g, 0, factors_of({}), kReplace).ok());
  EXPECT_FALSE(store_.write(g, 2'001, factors_of({}), kReplace).ok());
  EXPECT_FALSE(store_.write(ModelVersion("x' OR '1'='1"), 1, factors_of({}), kReplace).ok());
  EXPECT_EQ((*search("g1", {})->search(std::vector<float>{1}, 9, {}))[0].score, 5);
}

}  // namespace
}  // namespace marquee::testing
