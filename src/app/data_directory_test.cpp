// Goal: every URI resolves, or says what it wants or what brings it.

#include "app/data_directory.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/uuid.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;

TEST(DataPaths, LieInTheDataDirectoryByDefault) {
  Settings settings;
  settings.data_dir = "/x";
  const auto paths = data_paths(settings);
  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->events, "/x/events");
  EXPECT_EQ(paths->database, "/x/marquee.db");
  EXPECT_EQ(paths->objects, "/x/lakehouse");
}

TEST(DataPaths, FollowAnExplicitUri) {
  Settings settings;
  settings.events = "file:/elsewhere/log";
  settings.state = "sqlite:/fast/state.db";
  const auto paths = data_paths(settings);
  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->events, "/elsewhere/log");
  EXPECT_EQ(paths->database, "/fast/state.db");
}

TEST(DataPaths, AnAdapterThatThisBuildLacksIsNamed) {
  Settings settings;
  settings.events = "kafka://127.0.0.1:9092/movie-events";
  const auto paths = data_paths(settings);
  ASSERT_FALSE(paths.ok());
  EXPECT_EQ(paths.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(paths.error().message, HasSubstr("librdkafka"));
}

TEST(DataPaths, AnUnknownSchemeIsRefused) {
  Settings settings;
  settings.cache = "memcached://x";
  const auto paths = data_paths(settings);
  ASSERT_FALSE(paths.ok());
  EXPECT_EQ(paths.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(paths.error().message, HasSubstr("cache"));
}

TEST(PrepareDirectory, MakesIt) {
  const auto directory = std::filesystem::temp_directory_path() / Uuid::v7(1).to_string();
  EXPECT_TRUE(prepare_directory(directory / "a" / "b").ok());
  EXPECT_TRUE(std::filesystem::is_directory(directory / "a" / "b"));
  std::filesystem::remove_all(directory);
}

TEST(PrepareDirectory, SaysWhyItCannot) {
  const auto file = std::filesystem::temp_directory_path() / Uuid::v7(1).to_string();
  std::ofstream(file) << "not a directory";
  const auto prepared = prepare_directory(file / "data");
  ASSERT_FALSE(prepared.ok());
  EXPECT_THAT(prepared.error().message, HasSubstr(file.string()));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace marquee::app
