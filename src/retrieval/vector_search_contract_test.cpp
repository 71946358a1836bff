// The exact sweep keeps the contract of its port, and so do the fake that others are tested with
// and the search that falls back from one to the other.

#include "ports/contract/vector_search_contract.h"

#include <limits>

#include "base/clock.h"
#include "retrieval/exact_search.h"
#include "retrieval/fallback_search.h"
#include "testing/fake_vector_search.h"

namespace marquee::testing {
namespace {

/// A model of these item vectors and no users; row r is the r-th of them.
std::shared_ptr<const models::FactorModel> model_of(std::size_t dimensions,
                                                    const IndexedVectors& vectors) {
  models::FactorTable items{dimensions, {}, {}};
  for (std::size_t row = 0; row < vectors.size(); ++row) {
    items.ids.push_back("f" + std::to_string(100'000 + row));
    const auto& vector = vectors[row].second;
    items.values.insert(items.values.end(), vector.begin(), vector.end());
  }
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(dimensions);
  auto model = models::FactorModel::make(ModelVersion("als_20250101_0000"), parameters,
                                         std::move(items), {dimensions, {}, {}});
  EXPECT_TRUE(model.ok()) << model.error().message;
  return std::make_shared<const models::FactorModel>(*std::move(model));
}

struct Exact {
  static std::unique_ptr<VectorSearch> make(std::size_t dimensions, const IndexedVectors& vectors) {
    std::vector<MovieKey> keys;
    for (const auto& [movie, vector] : vectors) keys.push_back(movie);
    return std::make_unique<retrieval::ExactVectorSearch>(model_of(dimensions, vectors), keys);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Exact, VectorSearchContract, Exact);

struct Fake {
  static std::unique_ptr<VectorSearch> make(std::size_t dimensions, const IndexedVectors& vectors) {
    auto search = std::make_unique<FakeVectorSearch>(dimensions);
    for (const auto& [movie, vector] : vectors) search->add(movie, vector);
    return search;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, VectorSearchContract, Fake);

/// A server's index in front of the sweep, with what both need.
class OwnedFallback final : public VectorSearch {
 public:
  OwnedFallback(std::size_t dimensions, const IndexedVectors& vectors)
      : search_(model_of(dimensions, vectors), Exact::make(dimensions, vectors), rows_of(vectors),
                gate_) {
    search_.use(Fake::make(dimensions, vectors));
  }
  std::size_t dimensions() const override { return search_.dimensions(); }
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override {
    return search_.search(query, count, filter);
  }

 private:
  static std::vector<std::int32_t> rows_of(const IndexedVectors& vectors) {
    std::vector<std::int32_t> rows;
    for (std::size_t row = 0; row < vectors.size(); ++row) {
      if (vectors[row].first >= rows.size()) rows.resize(vectors[row].first + std::size_t{1}, -1);
      rows[vectors[row].first] = static_cast<std::int32_t>(row);
    }
    return rows;
  }

  SystemClock clock_;
  telemetry::Metrics metrics_;
  retrieval::SearchGate gate_{clock_, metrics_};
  retrieval::FallbackSearch search_;
};

struct Fallback {
  static std::unique_ptr<VectorSearch> make(std::size_t dimensions, const IndexedVectors& vectors) {
    return std::make_unique<OwnedFallback>(dimensions, vectors);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fallback, VectorSearchContract, Fallback);

TEST(ExactVectorSearch, LeavesOutWhatHasNoNumberForAScore) {
  const auto search = Exact::make(2, {{0, {1, 0}}, {1, {0, 1}}});
  const float infinity = std::numeric_limits<float>::infinity();
  const auto found = search->search(std::vector<float>{infinity, 1}, 5, {});
  ASSERT_TRUE(found.ok());  // 0 · ∞ is no number
  EXPECT_EQ(*found, (std::vector<Candidate>{{0, infinity}}));
}

}  // namespace
}  // namespace marquee::testing
