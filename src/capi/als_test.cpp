// The C ABI beside the C++ that it wraps: the same bits.

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "capi/marquee_c.h"
#include "linalg/gramian.h"
#include "models/fold_in.h"
#include "models/ials_trainer.h"

namespace marquee::capi {
namespace {

constexpr std::uint32_t kRank = 8;

models::InteractionMatrix small_matrix() {
  models::InteractionMatrixBuilder builder;
  std::uint64_t number = 0;
  for (int user = 0; user < 40; ++user) {
    for (int film = 0; film < 30; ++film) {
      if ((user * 7 + film * 11) % 5 > 1) continue;
      ++number;
      Event event;
      event.event_id = Uuid::v7_from(1, number, number);
      event.user_id = UserId(fmt::format("u{:02}", user));
      event.movie_id = MovieId(fmt::format("m{:02}", film));
      event.type = EventType::kLike;
      builder.add(event);
    }
  }
  return builder.build();
}

marquee_als_parameters c_parameters(const models::IalsParameters& ours) {
  return {sizeof(marquee_als_parameters),
          static_cast<std::uint32_t>(ours.rank),
          ours.unobserved_weight,
          ours.regularization,
          ours.regularization_exp,
          ours.init_stdev,
          ours.seed};
}

marquee_sparse_rows c_rows(const models::SparseRows& rows, bool with_weights) {
  return {sizeof(marquee_sparse_rows),
          0,
          rows.rows(),
          rows.starts.data(),
          rows.columns.data(),
          with_weights ? rows.weights.data() : nullptr};
}

/// A message that a test shows when a call fails.
struct Message {
  char text[256] = "";
};

models::IalsParameters small_parameters() {
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(kRank);
  parameters.epochs = 3;
  return parameters;
}

std::vector<float> initial_items(const models::InteractionMatrix& matrix,
                                 const marquee_als_parameters& parameters) {
  std::string ids;
  std::vector<std::uint64_t> starts{0};
  for (const std::string& id : matrix.item_ids) {
    ids += id;
    starts.push_back(ids.size());
  }
  std::vector<float> vectors(matrix.item_ids.size() * kRank);
  Message message;
  EXPECT_EQ(
      marquee_als_initial_vectors(&parameters, ids.data(), starts.data(), matrix.item_ids.size(),
                                  vectors.data(), message.text, sizeof(message.text)),
      MARQUEE_OK)
      << message.text;
  return vectors;
}

void run(decltype(&marquee_als_half_step) step, const marquee_als_parameters& parameters,
         const models::SparseRows& rows, const std::vector<float>& fixed,
         std::vector<float>& vectors, bool with_weights = false) {
  const auto c = c_rows(rows, with_weights);
  Message message;
  EXPECT_EQ(step(&parameters, &c, fixed.data(), fixed.size() / kRank, nullptr, vectors.data(),
                 nullptr, message.text, sizeof(message.text)),
            MARQUEE_OK)
      << message.text;
}

TEST(CAls, TrainsTheSameBitsAsTheTrainer) {
  const auto matrix = small_matrix();
  const auto ours = small_parameters();
  const auto parameters = c_parameters(ours);
  for (const bool with_weights : {false, true}) {
    std::vector<float> items = initial_items(matrix, parameters);
    std::vector<float> users(matrix.user_ids.size() * kRank);
    for (int epoch = 0; epoch < ours.epochs; ++epoch) {
      run(marquee_als_improve, parameters, matrix.by_user, items, users, with_weights);
      run(marquee_als_improve, parameters, matrix.by_item, users, items, with_weights);
    }
    run(marquee_als_half_step, parameters, matrix.by_user, items, users, with_weights);
    const auto model = models::train_ials(matrix, ours, ModelVersion("m"), 1);
    ASSERT_TRUE(model.ok());
    EXPECT_EQ(items, model->items().values);
    EXPECT_EQ(users, model->users().values);
  }
}

TEST(CAls, SolvesAPartOfTheRowsAsItSolvesAll) {
  const auto matrix = small_matrix();
  const auto parameters = c_parameters(small_parameters());
  const auto items = initial_items(matrix, parameters);
  std::vector<float> all(matrix.user_ids.size() * kRank);
  run(marquee_als_half_step, parameters, matrix.by_user, items, all);
  const std::vector<float> gramian = linalg::gramian(items, kRank);

  const auto columns = matrix.by_user.columns_of(5);
  const std::uint64_t starts[] = {0, columns.size()};
  const marquee_sparse_rows part{sizeof(part), 0, 1, starts, columns.data(), nullptr};
  std::vector<float> one(kRank);
  double gain = 0;
  ASSERT_EQ(marquee_als_half_step(&parameters, &part, items.data(), items.size() / kRank,
                                  gramian.data(), one.data(), &gain, nullptr, 0),
            MARQUEE_OK);
  EXPECT_EQ(one, std::vector<float>(all.begin() + 5 * kRank, all.begin() + 6 * kRank));
  EXPECT_GT(gain, 0);
}

TEST(CAls, ImprovesAPartOfTheRowsAsItImprovesAllTowardsTheSolution) {
  const auto matrix = small_matrix();
  const auto parameters = c_parameters(small_parameters());
  const auto items = initial_items(matrix, parameters);
  std::vector<float> all(matrix.user_ids.size() * kRank);
  run(marquee_als_improve, parameters, matrix.by_user, items, all);

  const auto columns = matrix.by_user.columns_of(5);
  const std::uint64_t starts[] = {0, columns.size()};
  const marquee_sparse_rows part{sizeof(part), 0, 1, starts, columns.data(), nullptr};
  std::vector<float> one(kRank);
  std::vector<double> gains;
  for (const auto step : {marquee_als_improve, marquee_als_improve, marquee_als_half_step}) {
    ASSERT_EQ(step(&parameters, &part, items.data(), items.size() / kRank, nullptr, one.data(),
                   &gains.emplace_back(), nullptr, 0),
              MARQUEE_OK);
    if (gains.size() == 1) {
      EXPECT_EQ(one, std::vector<float>(all.begin() + 5 * kRank, all.begin() + 6 * kRank));
    }
  }
  EXPECT_GT(gains[0], 0);
  EXPECT_GE(gains[1], gains[0] * (1 - 1e-6));
  EXPECT_NEAR(gains[1], gains[2], 1e-3 * gains[2]);
}

TEST(CAls, SolvesAViewerAsFoldInDoes) {
  const auto matrix = small_matrix();
  const auto ours = small_parameters();
  const auto model = models::train_ials(matrix, ours, ModelVersion("m"), 1);
  ASSERT_TRUE(model.ok());
  const std::uint32_t columns[] = {1, 4, 9};
  const float weights[] = {1.0F, 0.25F, 0.5F};
  const std::uint64_t starts[] = {0, 3};
  const marquee_sparse_rows rows{sizeof(rows), 0, 1, starts, columns, weights};
  const auto parameters = c_parameters(ours);
  std::vector<float> vector(kRank);
  ASSERT_EQ(
      marquee_als_half_step(&parameters, &rows, model->items().values.data(), model->items().rows(),
                            model->item_gramian().data(), vector.data(), nullptr, nullptr, 0),
      MARQUEE_OK);
  const std::vector<models::WeightedItem> history{{1, 1.0F}, {4, 0.25F}, {9, 0.5F}};
  const auto folded = models::fold_in(*model, history);
  ASSERT_TRUE(folded.ok());
  EXPECT_EQ(vector, *folded);
}

TEST(CAls, ComputesTheGramianOfTheCore) {
  const std::vector<float> matrix{1, 2, 3, 4, 5, 6};
  std::vector<float> gramian(4);
  ASSERT_EQ(marquee_gramian(matrix.data(), 3, 2, gramian.data(), nullptr, 0), MARQUEE_OK);
  EXPECT_EQ(gramian, linalg::gramian(matrix, 2));
}

TEST(CAls, TellsTheVersionThatItsHeaderHas) {
  EXPECT_EQ(marquee_abi_version(), MARQUEE_ABI_VERSION);
}

}  // namespace
}  // namespace marquee::capi
