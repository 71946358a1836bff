// Goal: whatever a setting's source, a wrong one is refused with its place and the remedy.

#include "app/settings.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace marquee::app {
namespace {

std::string write_file(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / name;
  std::ofstream(path) << text;
  return path.string();
}

TEST(Settings, ComeFromDefaultsWhenNothingIsSaid) {
  const auto loaded = load_settings({});
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->settings.serving_cache_ttl_s, 3'600);
  EXPECT_EQ(loaded->settings.serving_batch_weight, 0.7);
  EXPECT_TRUE(loaded->origins.empty());
}

TEST(Settings, FlagsBeatTheEnvironmentWhichBeatsTheFile) {
  SettingSources sources;
  sources.file = write_file("marquee_settings_order.toml",
                            "[server]\nport = 1\nthreads = 3\nhost = \"0.0.0.0\"\n");
  sources.environment = {{"MARQUEE_SERVER__PORT", "2"}, {"MARQUEE_SERVER__HOST", "::1"}};
  sources.flags = {{"server.port", "3"}};
  const auto loaded = load_settings(sources);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->settings.server_port, 3);
  EXPECT_EQ(loaded->settings.server_host, "::1");
  EXPECT_EQ(loaded->settings.server_threads, 3);
  EXPECT_EQ(loaded->origins.at("server.port"), "command line");
  EXPECT_EQ(loaded->origins.at("server.host"), "MARQUEE_SERVER__HOST");
  EXPECT_EQ(loaded->origins.at("server.threads"), *sources.file + ":3");
}

TEST(Settings, AnUnknownEnvironmentNameIsRefusedAndTheNearestIsNamed) {
  SettingSources sources;
  sources.environment = {{"MARQUEE_SERVING__CACHE_TTL", "60"}};
  const auto loaded = load_settings(sources);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(loaded.error().message.find("serving.cache_ttl_s"), std::string::npos);
}

TEST(Settings, TheDatasetVariableAndForeignNamesAreNoSettings) {
  SettingSources sources;
  sources.environment = {{"MARQUEE_DATASET", "x"}, {"PATH", "/bin"}, {"MARQUEE_SIMD", "SSE4"}};
  EXPECT_TRUE(load_settings(sources).ok());
}

TEST(Settings, AnUnknownFileKeyIsRefusedWithItsLine) {
  SettingSources sources;
  sources.file = write_file("marquee_settings_unknown.toml", "[train]\nrankk = 3\n");
  const auto loaded = load_settings(sources);
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find(":2"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("train.rank"), std::string::npos);
}

TEST(Settings, AMissingOrBrokenFileIsRefused) {
  SettingSources missing;
  missing.file = "/nowhere/marquee.toml";
  EXPECT_EQ(load_settings(missing).error().code, ErrorCode::kNotFound);
  SettingSources broken;
  broken.file = write_file("marquee_settings_broken.toml", "[train\n");
  EXPECT_EQ(load_settings(broken).error().code, ErrorCode::kInvalidArgument);
  SettingSources list;
  list.file = write_file("marquee_settings_list.toml", "events = [1]\n");
  EXPECT_EQ(load_settings(list).error().code, ErrorCode::kInvalidArgument);
}

class BadValue : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BadValue, IsRefusedWithItsRange) {
  SettingSources sources;
  sources.flags = {{GetParam().first, GetParam().second}};
  const auto loaded = load_settings(sources);
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find(GetParam().first), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Settings, BadValue,
    ::testing::Values(std::pair{"server.port", "65536"}, std::pair{"server.port", "-1"},
                      std::pair{"server.port", "80x"}, std::pair{"server.port", ""},
                      std::pair{"serving.batch_weight", "nan"},
                      std::pair{"serving.batch_weight", "1.1"}, std::pair{"server.host", ""},
                      std::pair{"train.rank", "6.5"}));

TEST(Settings, EveryPropertyPrintsItsDefault) {
  const Settings defaults;
  for (const Property& property : properties()) {
    EXPECT_FALSE(setting_text(defaults, property).empty()) << property.key;
    EXPECT_FALSE(property.help.empty()) << property.key;
  }
}

}  // namespace
}  // namespace marquee::app
