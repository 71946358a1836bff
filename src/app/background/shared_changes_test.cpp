#include "app/background/shared_changes.h"

#include <atomic>

#include <gtest/gtest.h>

#include "testing/fake_catalog_store.h"
#include "testing/fake_model_registry.h"

namespace marquee::app {
namespace {

using namespace std::chrono_literals;
using testing::FakeModelRegistry;

class SharedChangesTest : public ::testing::Test {
 protected:
  void promote(const std::string& version) {
    ModelRecord record;
    record.version = ModelVersion(version);
    ASSERT_TRUE(models_.add(record).ok());
    ASSERT_TRUE(models_.promote(record.version, 1).ok());
  }
  Result<void> load(std::atomic<int>& loads) {
    if (fails_) return Error{ErrorCode::kUnavailable, "cannot load"};
    ++loads;
    return {};
  }

  testing::FakeCatalogStore catalog_;
  FakeModelRegistry models_;
  std::atomic<int> catalogs_ = 0;
  std::atomic<int> loaded_ = 0;
  std::atomic<bool> fails_ = false;
  SharedChanges changes_{
      {catalog_, models_, [this] { return load(catalogs_); }, [this] { return load(loaded_); }},
      1ms};
};

TEST_F(SharedChangesTest, TakesWhatIsThereAtFirstForLoaded) {
  promote("m1");
  ASSERT_TRUE(changes_.look().ok());
  ASSERT_TRUE(changes_.look().ok());
  EXPECT_EQ(catalogs_, 0);
  EXPECT_EQ(loaded_, 0);
}

TEST_F(SharedChangesTest, LoadsWhatAnotherProcessChangedOnce) {
  ASSERT_TRUE(changes_.look().ok());
  promote("m1");
  ASSERT_TRUE(catalog_.set_dataset("another").ok());
  ASSERT_TRUE(changes_.look().ok());
  ASSERT_TRUE(changes_.look().ok());
  EXPECT_EQ(catalogs_, 1);
  EXPECT_EQ(loaded_, 1);
}

TEST_F(SharedChangesTest, TriesAgainWhatItCouldNotLoad) {
  ASSERT_TRUE(changes_.look().ok());
  promote("m1");
  fails_ = true;
  EXPECT_FALSE(changes_.look().ok());
  fails_ = false;
  EXPECT_TRUE(changes_.look().ok());
  EXPECT_EQ(loaded_, 1);
}

TEST_F(SharedChangesTest, LooksAtTheModelThoughTheCatalogueIsAway) {
  ASSERT_TRUE(changes_.look().ok());
  promote("m1");
  catalog_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "the catalogue is away"});
  EXPECT_FALSE(changes_.look().ok());
  EXPECT_EQ(loaded_, 1);
}

TEST_F(SharedChangesTest, LooksByItselfOnceStarted) {
  ASSERT_TRUE(changes_.look().ok());
  changes_.start();
  promote("m1");
  for (int i = 0; i < 5'000 && loaded_ == 0; ++i) std::this_thread::sleep_for(2ms);
  EXPECT_EQ(loaded_, 1);
}

}  // namespace
}  // namespace marquee::app
