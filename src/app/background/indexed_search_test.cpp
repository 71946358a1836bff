// Goal: searches go to the index as soon as the vectors are there, and come back to it after an
// outage without any request's help.

#include "app/background/indexed_search.h"

#include <gtest/gtest.h>

#include "retrieval/model_fixture.h"
#include "testing/fake_factor_store.h"
#include "testing/fake_vector_search.h"
#include "testing/manual_clock.h"

namespace marquee::app {
namespace {

using testing::FakeFactorStore;

/// Searches what the fake store has; fails when told.
class StoredSearch final : public VectorSearch {
 public:
  StoredSearch(const FakeFactorStore::Vectors& vectors, MovieTable& movies, std::size_t dimensions,
               const bool& away)
      : search_(dimensions), away_(away) {
    for (const auto& [film, vector] : vectors) search_.add(movies.intern(film), vector);
  }
  std::size_t dimensions() const override { return search_.dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    if (away_) return Error{ErrorCode::kUnavailable, "PostgreSQL is away"};
    return search_.search(query, count, filter);
  }

 private:
  testing::FakeVectorSearch search_;
  const bool& away_;
};

class IndexedSearchTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kLength = 5;

  Result<std::unique_ptr<VectorSearch>> open(const ModelVersion& version) {
    if (away_) return Error{ErrorCode::kUnavailable, "PostgreSQL is away"};
    const auto generations = factors_.generations();
    for (const auto& each : *generations) {
      if (each.generation != version) continue;
      return std::unique_ptr<VectorSearch>(
          new StoredSearch(factors_.vectors(version), movies_, each.dimensions, away_));
    }
    return Error{ErrorCode::kNotFound, "no vectors"};
  }
  /// A generation that `indexed` searches.
  std::shared_ptr<const serving::Generation> generation(IndexedSearch& indexed) {
    return serving::make_generation(model_, movies_, nullptr,
                                    [&](const auto& made) { return indexed.search_of(made); });
  }
  IndexedSearch::Ports ports() {
    return {factors_, [this](const ModelVersion& version) { return open(version); }, clock_,
            metrics_};
  }
  void ask(const serving::Generation& generation) {
    const auto found = generation.search->search(std::vector<float>(kLength, 1), 7, {});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->size(), 7U);
  }
  double answered() const {
    for (const auto& sample : metrics_.samples("marquee_retrieval_searches_total")) {
      if (sample.labels.at("by") == "pgvector") return sample.value;
    }
    return -1;
  }
  bool publish() {
    return factors_
        .write(
            model_->version(), kLength,
            [row = std::size_t{0}, this]() mutable {
              using Film = std::pair<MovieId, std::vector<float>>;
              if (row == model_->items().rows()) return Result<std::optional<Film>>(std::nullopt);
              const auto vector = model_->items().row(row);
              Film film(MovieId(model_->items().ids[row++]), {vector.begin(), vector.end()});
              return Result<std::optional<Film>>(std::optional(std::move(film)));
            },
            FactorStore::IfPresent::kReplace)
        .ok();
  }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  FakeFactorStore factors_;
  bool away_ = false;
  std::shared_ptr<const models::FactorModel> model_ = retrieval::random_model(30, kLength, 1);
};

TEST_F(IndexedSearchTest, AsksTheIndexOfAPublishedGenerationFromTheFirstRequestOn) {
  ASSERT_TRUE(publish());
  IndexedSearch indexed(ports());
  ask(*generation(indexed));
  EXPECT_EQ(answered(), 1);
  EXPECT_TRUE(indexed.health().ok());
}

TEST_F(IndexedSearchTest, WritesTheVectorsWhereNobodyHasAndSaysSoMeanwhile) {
  IndexedSearch indexed(ports());
  const auto served = generation(indexed);
  ask(*served);
  EXPECT_EQ(answered(), 0);
  EXPECT_EQ(indexed.health().error().code, ErrorCode::kNotFound);
  indexed.look();
  EXPECT_EQ(factors_.vectors(model_->version()).size(), 30U);
  EXPECT_TRUE(indexed.health().ok());
  ask(*served);
  EXPECT_EQ(answered(), 1);
}

TEST_F(IndexedSearchTest, OfTwoProcessesOneWrites) {
  IndexedSearch one(ports());
  IndexedSearch other(ports());
  const auto first = generation(one);
  const auto second = generation(other);
  one.look();
  other.look();
  EXPECT_EQ(factors_.writes(), 1);
  EXPECT_TRUE(other.health().ok());
}

TEST_F(IndexedSearchTest, TriesAgainWhereWritingFailedButNotAtOnce) {
  IndexedSearch indexed(ports());
  const auto served = generation(indexed);
  factors_.fail_next_writes(1, Error{ErrorCode::kResourceExhausted, "the disk is full"});
  indexed.look();
  indexed.look();
  EXPECT_EQ(factors_.writes(), 0);
  EXPECT_NE(indexed.health().error().message.find("the disk is full"), std::string::npos);
  clock_.advance(std::chrono::seconds(1));
  indexed.look();
  EXPECT_EQ(factors_.writes(), 1);
  EXPECT_TRUE(indexed.health().ok());
}

TEST_F(IndexedSearchTest, FindsBackToTheIndexAfterAnOutage) {
  ASSERT_TRUE(publish());
  IndexedSearch indexed(ports());
  const auto served = generation(indexed);
  away_ = true;
  for (int i = 0; i < 10; ++i) ask(*served);
  EXPECT_EQ(indexed.health().error().message, "PostgreSQL is away");
  clock_.advance(std::chrono::seconds(1));
  indexed.look();
  EXPECT_FALSE(indexed.health().ok()) << "the probe failed";
  away_ = false;
  clock_.advance(std::chrono::seconds(2));
  ask(*served);
  EXPECT_EQ(answered(), 0) << "no request probes";
  indexed.look();
  EXPECT_TRUE(indexed.health().ok());
  ask(*served);
  EXPECT_EQ(answered(), 1);
}

TEST_F(IndexedSearchTest, MeasuresRecallNowAndThen) {
  ASSERT_TRUE(publish());
  IndexedSearch indexed(ports());
  const auto served = generation(indexed);
  EXPECT_TRUE(metrics_.samples("marquee_retrieval_recall").empty());
  indexed.look();
  ASSERT_EQ(metrics_.samples("marquee_retrieval_recall").size(), 1U);
  EXPECT_DOUBLE_EQ(metrics_.samples("marquee_retrieval_recall").front().value, 1);
  EXPECT_EQ(answered(), 0) << "what nobody asked for is not counted";
}

TEST_F(IndexedSearchTest, WritesOnAThreadOfItsOwn) {
  IndexedSearch indexed(ports());
  const auto served = generation(indexed);
  indexed.start();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!indexed.health().ok() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(indexed.health().ok());
  indexed.stop();
  EXPECT_EQ(factors_.writes(), 1);
}

}  // namespace
}  // namespace marquee::app
