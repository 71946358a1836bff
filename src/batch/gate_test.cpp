// Goal: what must not serve is refused with its figures, and noise is not.

#include "batch/gate.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "batch/evaluate_stage.h"

namespace marquee::batch {
namespace {

formats::Manifest good(const std::string& version) {
  formats::Manifest manifest;
  manifest.version = ModelVersion(version);
  manifest.files = {{"batch-recs-history/2025-01-03/" + version + ".parquet", "00", 9}};
  manifest.rows = {1'000, 500, 40'000};
  manifest.metrics = {{"held_out_users", 100}, {"ials_ndcg_100", 0.4}};
  return manifest;
}

formats::Manifest compared(double low, double high, double artifact_high = 0.1) {
  formats::Manifest manifest = good("als_new");
  manifest.metrics.insert(manifest.metrics.end(), {{kBaselineNdcg, 0.4},
                                                   {kGainLow, low},
                                                   {kGainHigh, high},
                                                   {kArtifactNdcg, 0.4 + artifact_high},
                                                   {kArtifactGainHigh, artifact_high}});
  return manifest;
}

void expect_refused(const Result<void>& gate, const std::string& why) {
  ASSERT_FALSE(gate.ok());
  EXPECT_EQ(gate.error().code, ErrorCode::kRefused);
  EXPECT_THAT(gate.error().message, ::testing::HasSubstr(why));
  EXPECT_THAT(gate.error().message, ::testing::HasSubstr("als_new"));
}

TEST(Gate, LetsAFirstModelServeUnmeasured) {
  formats::Manifest manifest = good("als_new");
  manifest.metrics.clear();
  EXPECT_TRUE(check_gate(manifest, nullptr).ok());
}

TEST(Gate, RefusesAModelWithoutLists) {
  formats::Manifest manifest = good("als_new");
  manifest.files.clear();
  expect_refused(check_gate(manifest, nullptr), "run batch generate first");
}

TEST(Gate, MeasurementsAreJudgedBeforeThereAreLists) {
  formats::Manifest manifest = compared(-0.1, -0.05);
  manifest.files.clear();
  const formats::Manifest in_service = good("als_old");
  expect_refused(check_measurements(manifest, &in_service), "worse than the model in service");
  EXPECT_TRUE(check_measurements(manifest, nullptr).ok());
}

TEST(Gate, RefusesAMetricThatIsNoNumber) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    formats::Manifest manifest = good("als_new");
    manifest.metrics.back().second = bad;
    expect_refused(check_gate(manifest, nullptr), "ials_ndcg_100");
  }
}

TEST(Gate, WantsAMeasurementBesideAModelInService) {
  const formats::Manifest old = good("als_old");
  formats::Manifest manifest = good("als_new");
  manifest.metrics.clear();
  expect_refused(check_gate(manifest, &old), "run batch evaluate first");
}

TEST(Gate, RefusesLessThanNineteenTwentiethsOfViewersOrFilms) {
  const formats::Manifest old = good("als_old");
  formats::Manifest manifest = good("als_new");
  manifest.rows.users = 950;
  EXPECT_TRUE(check_gate(manifest, &old).ok());
  manifest.rows.users = 949;
  expect_refused(check_gate(manifest, &old), "949 viewers");
  manifest = good("als_new");
  manifest.rows.items = 474;
  expect_refused(check_gate(manifest, &old), "474 films");
}

TEST(Gate, RefusesAModelThatIsSurelyWorseByMoreThanATolerableLoss) {
  const formats::Manifest old = good("als_old");
  expect_refused(check_gate(compared(-0.03, -0.0081), &old), "0.4000 on the same 100 viewers");
  EXPECT_TRUE(check_gate(compared(-0.03, -0.0079), &old).ok()) << "2 % of 0.4 may be lost";
}

TEST(Gate, RefusesAModelThatDoesNotKnowTheViewersItWasTrainedOn) {
  const formats::Manifest old = good("als_old");
  expect_refused(check_gate(compared(0, 0, -0.3), &old), "does not know its viewers");
  EXPECT_TRUE(check_gate(compared(0, 0, -0.001), &old).ok());
}

TEST(Gate, LetsAModelServeThatMayBeAsGood) {
  const formats::Manifest old = good("als_old");
  EXPECT_TRUE(check_gate(compared(-0.2, 0.001), &old).ok());
  EXPECT_TRUE(check_gate(compared(0.01, 0.02), &old).ok());
}

TEST(Gate, LetsTheModelInServiceServeAgain) {
  formats::Manifest manifest = good("als_old");
  manifest.rows.users = 1;
  const formats::Manifest old = good("als_old");
  EXPECT_TRUE(check_gate(manifest, &old).ok());
}

}  // namespace
}  // namespace marquee::batch
