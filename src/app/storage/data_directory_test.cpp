// Goal: every URI resolves, or says what it wants.

#include "app/storage/data_directory.h"

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

TEST(DataPaths, AreEmptyForWhatIsWithAService) {
  Settings settings;
  settings.data_dir = "/x";
  settings.events = "kafka://127.0.0.1:9092/movie-events";
  settings.state = "postgresql://u@127.0.0.1/moviedb";
  settings.objects = "s3://lakehouse";
  settings.cache = "redis://127.0.0.1";
  const auto paths = data_paths(settings);
  ASSERT_TRUE(paths.ok());
  EXPECT_TRUE(paths->events.empty() && paths->database.empty() && paths->objects.empty());
  EXPECT_FALSE(paths->cache_is_local);
  EXPECT_EQ(paths->directory, "/x");
}

TEST(DataPaths, RefuseSparkForWhatSparkCannotReach) {
  Settings settings;
  settings.speed_engine = "spark";
  EXPECT_THAT(data_paths(settings).error().message, HasSubstr("wants the log on Kafka"));
  settings.events = "kafka://127.0.0.1:9092/movie-events";
  settings.state = "postgresql://u@127.0.0.1/moviedb";
  EXPECT_TRUE(data_paths(settings).ok());
  settings.speed_engine = "flink";
  EXPECT_THAT(data_paths(settings).error().message, HasSubstr("want native or spark"));
}

TEST(DataPaths, RefuseAnIndexThatTheStateDoesNotHave) {
  Settings settings;
  settings.retrieval_search = "pgvector";
  EXPECT_THAT(data_paths(settings).error().message,
              AllOf(HasSubstr("wants the state in PostgreSQL"), HasSubstr("postgresql://")));
  settings.state = "postgresql://u@127.0.0.1/moviedb";
  EXPECT_TRUE(data_paths(settings).ok());
  settings.retrieval_search = "exact";
  EXPECT_TRUE(data_paths(settings).ok());
  settings.retrieval_search = "pg";
  EXPECT_EQ(data_paths(settings).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(data_paths(settings).error().message, HasSubstr("want exact or pgvector"));
}

TEST(DataPaths, ARefusedUriIsNotRepeatedSinceItMayHoldAPassword) {
  Settings settings;
  settings.state = "mysql://u:secret@db/moviedb";
  const auto paths = data_paths(settings);
  ASSERT_FALSE(paths.ok());
  EXPECT_EQ(paths.error().message.find("secret"), std::string::npos) << paths.error().message;
  EXPECT_THAT(paths.error().message, HasSubstr("postgresql://"));
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
