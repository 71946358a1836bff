// The exact sweep keeps the contract of its port, and so does the fake that others are tested with.

#include "ports/contract/vector_search_contract.h"

#include <limits>

#include "retrieval/exact_search.h"
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

TEST(ExactVectorSearch, LeavesOutWhatHasNoNumberForAScore) {
  const auto search = Exact::make(2, {{0, {1, 0}}, {1, {0, 1}}});
  const float infinity = std::numeric_limits<float>::infinity();
  const auto found = search->search(std::vector<float>{infinity, 1}, 5, {});
  ASSERT_TRUE(found.ok());  // 0 · ∞ is no number
  EXPECT_EQ(*found, (std::vector<Candidate>{{0, infinity}}));
}

}  // namespace
}  // namespace marquee::testing
