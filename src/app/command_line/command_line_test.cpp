// Goal: usage errors, settings errors and failures end in the documented exit codes.

#include "app/command_line/command_line.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <vector>

#include <gtest/gtest.h>

#include "app/small_dataset_fixture.h"

namespace marquee::app {
namespace {

class CommandLineTest : public SmallDatasetTest {
 protected:
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "marquee");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return run_command_line(static_cast<int>(argv.size()), argv.data());
  }
  std::string data() const { return loaded_.settings.data_dir; }
};

TEST_F(CommandLineTest, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(run({"serve", "--help"}), 0);
}

TEST_F(CommandLineTest, VersionIsOneLineThatTellsWhatWasBuiltFromWhatAndHow) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run({"--version"}), 0);
  const std::string text = ::testing::internal::GetCapturedStdout();
  const std::regex wanted(R"(marquee \d+\.\d+\.\d+ \(revision ([0-9a-f]{12}(\+changes)?|unknown), )"
                          R"((Debug|Release), (GNU|Clang) \d+\.\d+\.\d+\)\n)");
  EXPECT_TRUE(std::regex_match(text, wanted)) << text;
  EXPECT_NE(text.find(" " MARQUEE_VERSION " "), std::string::npos) << text;
}

TEST_F(CommandLineTest, WrongUsageIsTwo) {
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(run({"dance"}), 2);
  EXPECT_EQ(run({"import", "--data", data()}), 2);
  EXPECT_EQ(run({"serve", "--port", "x", "--data", data()}), 2);
  EXPECT_EQ(run({"config", "show", "--set", "no.such=1"}), 2);
  EXPECT_EQ(run({"config", "show", "--set", "nonsense"}), 2);
}

TEST_F(CommandLineTest, ConfigShowTakesSettingsFromTheFileBesideTheData) {
  std::filesystem::create_directories(data());
  std::ofstream(data() + "/marquee.toml") << "[train]\nrank = 7\n";
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run({"config", "show", "--origin", "--data", data()}), 0);
  const std::string text = ::testing::internal::GetCapturedStdout();
  EXPECT_NE(text.find("marquee.toml:2"), std::string::npos) << text;
}

TEST_F(CommandLineTest, WhatIsNotThereIsOneLineAndOne) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run({"models", "list", "--data", data()}), 1);
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_F(CommandLineTest, AMissingDatasetIsNamed) {
  ::testing::internal::CaptureStderr();
  EXPECT_NE(run({"import", "--data", data(), "--dataset", "/nowhere"}), 0);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("/nowhere"), std::string::npos);
}

TEST_F(CommandLineTest, ImportTrainAndAuditRunInARow) {
  EXPECT_EQ(run({"import", "--data", data(), "--dataset", dataset().string()}), 0);
  EXPECT_EQ(run({"batch", "run", "--data", data(), "--set", "train.rank=4"}), 0);
  EXPECT_EQ(run({"models", "list", "--data", data(), "--json"}), 0);
  EXPECT_EQ(run({"audit", "--data", data(), "--json"}), 0);
  EXPECT_EQ(run({"models", "promote", "als_none", "--data", data()}), 1);
}

TEST_F(CommandLineTest, ADamagedDatabaseIsFour) {
  EXPECT_EQ(run({"import", "--data", data(), "--dataset", dataset().string()}), 0);
  std::ofstream(data() + "/marquee.db") << "this is no database, and long enough to be read as one";
  EXPECT_EQ(run({"audit", "--data", data()}), 4);
}

}  // namespace
}  // namespace marquee::app
