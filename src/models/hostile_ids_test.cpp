#include "testing/hostile_ids.h"

#include <gtest/gtest.h>

#include "models/content_prior.h"
#include "models/interaction_matrix.h"
#include "testing/event_builder.h"

namespace marquee::models {
namespace {

using marquee::testing::cost_of_hostile_ids;
using marquee::testing::kHostileCostMax;

TEST(HostileIds, CostTheMatrixOfInteractionsWhatOrdinaryOnesCost) {
  EXPECT_LE(cost_of_hostile_ids([](const std::vector<std::string>& ids) {
              InteractionMatrixBuilder builder;
              Event event =
                  marquee::testing::EventBuilder("", "", EventType::kRating).value(5).build();
              for (const std::string& id : ids) {
                event.user_id = UserId(id);
                event.movie_id = MovieId(id);
                builder.add(event);
              }
            }),
            kHostileCostMax);
}

TEST(HostileIds, AsGenresCostTheContentPriorWhatOrdinaryOnesCost) {
  EXPECT_LE(cost_of_hostile_ids([](const std::vector<std::string>& ids) {
              ContentPrior prior(1);
              const std::vector<float> vector{1};
              prior.add(ids, vector);
              prior.add(ids, vector);
            }),
            kHostileCostMax);
}

}  // namespace
}  // namespace marquee::models
