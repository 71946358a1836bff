// Goal: whatever a setting's source, a wrong one is refused with its place and the remedy.

#include "settings/settings.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
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
                      std::pair{"scheduler.enabled", "yes"}, std::pair{"scheduler.enabled", "1"},
                      std::pair{"train.rank", "6.5"}));

TEST(Settings, EveryPropertyPrintsItsDefault) {
  const Settings defaults;
  for (const Property& property : properties()) {
    EXPECT_FALSE(setting_text(defaults, property).empty()) << property.key;
    EXPECT_FALSE(property.help.empty()) << property.key;
  }
}

/// A value that the property takes, as text.
std::string some_value(const Property& property) {
  if (std::holds_alternative<std::string Settings::*>(property.field)) {
    return "x" + std::to_string(*rc::gen::inRange(0, 1'000));
  }
  if (std::holds_alternative<bool Settings::*>(property.field)) {
    return *rc::gen::arbitrary<bool>() ? "true" : "false";
  }
  const double share = 0.001 * *rc::gen::inRange(0, 1'001);
  const double value = property.min + share * (property.max - property.min);
  if (std::holds_alternative<double Settings::*>(property.field)) return fmt::format("{}", value);
  return fmt::format("{}", static_cast<std::int64_t>(value));
}

std::vector<std::string> texts_of(const Settings& settings) {
  std::vector<std::string> texts;
  for (const Property& property : properties()) texts.push_back(setting_text(settings, property));
  return texts;
}

std::string environment_name(std::string_view key) {
  std::string name = "MARQUEE_";
  for (const char c : key) {
    name += c == '.' ? "__" : std::string(1, static_cast<char>(std::toupper(c)));
  }
  return name;
}

RC_GTEST_PROP(Settings, WhatIsPrintedReadsBackEqualFromFlagsAndEnvironment, ()) {
  SettingSources sources;
  for (const Property& property : properties()) {
    if (*rc::gen::arbitrary<bool>()) {
      sources.flags.emplace_back(std::string(property.key), some_value(property));
    }
  }
  const auto first = load_settings(sources);
  RC_ASSERT(first.ok());
  SettingSources as_flags, as_environment;
  for (const Property& property : properties()) {
    const std::string text = setting_text(first->settings, property);
    as_flags.flags.emplace_back(std::string(property.key), text);
    as_environment.environment[environment_name(property.key)] = text;
  }
  const auto from_flags = load_settings(as_flags);
  const auto from_environment = load_settings(as_environment);
  RC_ASSERT(from_flags.ok());
  RC_ASSERT(from_environment.ok());
  RC_ASSERT(texts_of(from_flags->settings) == texts_of(first->settings));
  RC_ASSERT(texts_of(from_environment->settings) == texts_of(first->settings));
}

TEST(Settings, EveryDefaultLiesInItsOwnRange) {
  SettingSources sources;
  for (const Property& property : properties()) {
    sources.flags.emplace_back(std::string(property.key), setting_text(Settings{}, property));
  }
  const auto loaded = load_settings(sources);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->origins.size(), properties().size());
}

TEST(ShownText, HidesThePasswordOfAUriAndNothingElse) {
  const auto shown = [](const std::string& uri) {
    Settings settings;
    settings.state = uri;
    const auto property =
        std::ranges::find(properties(), std::string_view("state"), &Property::key);
    return shown_text(settings, *property);
  };
  EXPECT_EQ(shown("postgresql://u:geheim@h:5432/db"), "postgresql://u:***@h:5432/db");
  EXPECT_EQ(shown("redis://:p@ss:wort@h:1/0"), "redis://:***@h:1/0");
  EXPECT_EQ(shown("kafka://u:geheim@a:1,b:2/t"), "kafka://u:***@a:1,b:2/t");
  EXPECT_EQ(shown("postgresql://u@h:5432/db"), "postgresql://u@h:5432/db");
  EXPECT_EQ(shown("s3://b?endpoint=http://h:9000"), "s3://b?endpoint=http://h:9000");
  EXPECT_EQ(shown("sqlite:/a:b@c"), "sqlite:/a:b@c");
}

}  // namespace
}  // namespace marquee
