// Goal: a server's index is used where it is of use, and nobody sees when it is not.

#include "retrieval/fallback_search.h"

#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "retrieval/exact_search.h"
#include "retrieval/model_fixture.h"
#include "testing/fake_vector_search.h"
#include "testing/manual_clock.h"

namespace marquee::retrieval {
namespace {

/// An index that a test can break, and that scores roughly, as another's floating point may.
class RoughIndex final : public VectorSearch {
 public:
  struct Switches {
    std::optional<Error> error;
    std::size_t missing = 0;  ///< so many of the best it does not find
    int asked = 0;
  };
  RoughIndex(const VectorSearch& exact, Switches& switches) : exact_(exact), switches_(switches) {}

  std::size_t dimensions() const override { return exact_.dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    ++switches_.asked;
    if (switches_.error) return *switches_.error;
    MARQUEE_TRY(auto found, exact_.search(query, count, filter));
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(switches_.missing));
    for (Candidate& film : found) film.score *= 1.01F;
    return found;
  }

 private:
  const VectorSearch& exact_;
  Switches& switches_;
};

class FallbackSearchTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kFilms = 60;
  static constexpr std::size_t kLength = 6;

  FallbackSearchTest() {
    for (std::size_t row = 0; row < kFilms; ++row) {
      keys_.push_back(static_cast<MovieKey>(row));
      rows_.push_back(static_cast<std::int32_t>(row));
    }
    sweep_ = std::make_shared<const ExactVectorSearch>(model_, keys_);
    search_ = std::make_unique<FallbackSearch>(model_, sweep_, rows_, gate_);
  }
  void use_index() { search_->use(std::make_unique<RoughIndex>(*sweep_, index_)); }
  std::vector<Candidate> found(std::size_t count = 10) {
    auto films = search_->search(query_, count, {});
    EXPECT_TRUE(films.ok());
    return films.ok() ? *films : std::vector<Candidate>{};
  }
  std::vector<Candidate> exact(std::size_t count = 10) {
    return *sweep_->search(query_, count, {});
  }
  double counted(const std::string& name, const telemetry::Labels& labels) const {
    for (const auto& sample : metrics_.samples(name)) {
      if (sample.labels == labels) return sample.value;
    }
    return -1;
  }
  double answered() const {
    return counted("marquee_retrieval_searches_total", {{"by", "pgvector"}});
  }
  double fell_back(const std::string& reason) const {
    return counted("marquee_retrieval_fallbacks_total", {{"reason", reason}});
  }
  void fail(ErrorCode code = ErrorCode::kUnavailable) { index_.error = Error{code, "away"}; }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  SearchGate gate_{clock_, metrics_};
  std::shared_ptr<const models::FactorModel> model_ = random_model(kFilms, kLength, 3);
  std::vector<MovieKey> keys_;
  std::vector<std::int32_t> rows_;
  std::shared_ptr<const ExactVectorSearch> sweep_;
  RoughIndex::Switches index_;
  std::unique_ptr<FallbackSearch> search_;
  const std::vector<float> query_{0.3F, -1.2F, 0.7F, 0.01F, 2.1F, -0.4F};
};

TEST_F(FallbackSearchTest, AnswersByTheSweepUntilThereIsAnIndex) {
  EXPECT_EQ(found(), exact());
  EXPECT_EQ(fell_back("unready"), 1);
  EXPECT_EQ(answered(), 0);
  use_index();
  EXPECT_EQ(found(), exact());
  EXPECT_EQ(answered(), 1);
}

TEST_F(FallbackSearchTest, ScoresEqualTheSweepsToTheBitForEveryFilmThatBothFind) {
  use_index();
  index_.missing = 0;
  std::map<MovieKey, float> score;
  for (const Candidate& film : exact(kFilms)) score[film.movie] = film.score;
  const auto films = found(20);
  ASSERT_EQ(films.size(), 20U);
  for (const Candidate& film : films) EXPECT_EQ(film.score, score.at(film.movie));
  EXPECT_EQ(answered(), 1);
}

TEST_F(FallbackSearchTest, TakesTheSweepWhenTheIndexFindsTooFew) {
  use_index();
  index_.missing = 3;
  EXPECT_EQ(found(), exact());
  EXPECT_EQ(fell_back("short"), 1);
  EXPECT_TRUE(gate_.health().ok()) << "the server answered";
}

TEST_F(FallbackSearchTest, TakesTheSweepAtOnceBehindANarrowFilterOrWhenAllAreWanted) {
  use_index();
  const auto found_of = [&](MovieKey modulus) {
    const VectorSearch::Filter filter = [&](MovieKey key) { return key % modulus != 0; };
    EXPECT_EQ(*search_->search(query_, 5, filter), *sweep_->search(query_, 5, filter));
  };
  found_of(7);
  EXPECT_EQ(index_.asked, 1) << "most films pass";
  const VectorSearch::Filter few = [](MovieKey key) { return key % 4 == 0; };
  EXPECT_EQ(*search_->search(query_, 5, few), *sweep_->search(query_, 5, few));
  EXPECT_EQ(found(kFilms), exact(kFilms));
  EXPECT_EQ(index_.asked, 1);
  EXPECT_EQ(fell_back("narrow"), 2);
}

TEST_F(FallbackSearchTest, LeavesOutFilmsThatTheModelDoesNotKnow) {
  auto strange = std::make_unique<testing::FakeVectorSearch>(kLength);
  for (MovieKey key = 50; key < 70; ++key) strange->add(key, std::vector<float>(kLength, 1));
  search_->use(std::move(strange));
  for (const Candidate& film : found(10)) EXPECT_LT(film.movie, kFilms);
}

TEST_F(FallbackSearchTest, AnswersByTheSweepWhenASearchFails) {
  use_index();
  fail();
  EXPECT_EQ(found(), exact());
  EXPECT_EQ(fell_back("failed"), 1);
  EXPECT_TRUE(gate_.health().ok()) << "one failure says little";
}

TEST_F(FallbackSearchTest, ARequestDoesNotAskAServerThatIsAwayNorProbeIt) {
  use_index();
  fail();
  found();
  found();
  EXPECT_EQ(gate_.health().error().message, "away");
  const int asked = index_.asked;
  clock_.advance(std::chrono::hours(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(found(), exact());
  EXPECT_EQ(index_.asked, asked);
  EXPECT_EQ(fell_back("away"), 100);
}

TEST_F(FallbackSearchTest, AsksAgainOnceAProbeHasSucceeded) {
  use_index();
  EXPECT_FALSE(gate_.probe()) << "nothing to probe";
  fail();
  found();
  found();
  EXPECT_FALSE(gate_.probe()) << "the back-off is not over";
  clock_.advance(std::chrono::seconds(5));
  auto probe = gate_.probe();
  ASSERT_TRUE(probe);
  index_.error.reset();
  probe->succeeded();
  EXPECT_EQ(found(), exact());
  EXPECT_EQ(answered(), 1);
  EXPECT_TRUE(gate_.health().ok());
}

TEST_F(FallbackSearchTest, AQueryThatTheIndexRefusesSaysNothingOfTheServer) {
  use_index();
  fail(ErrorCode::kInvalidArgument);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(found(), exact());
  EXPECT_EQ(fell_back("failed"), 5);
  EXPECT_TRUE(gate_.health().ok());
}

TEST_F(FallbackSearchTest, TellsRecallOnlyOnceItWasMeasured) {
  EXPECT_TRUE(metrics_.samples("marquee_retrieval_recall").empty());
  gate_.set_recall(0.98);
  EXPECT_DOUBLE_EQ(metrics_.samples("marquee_retrieval_recall").front().value, 0.98);
}

}  // namespace
}  // namespace marquee::retrieval
