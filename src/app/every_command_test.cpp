// Goal: every command, given the same trouble, ends the same way: usage and settings errors in 2,
// an absent directory in a line that helps, damaged data in 4, and never half a result on stdout.

#include <algorithm>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/command_line/command_line.h"
#include "app/small_dataset_fixture.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome run(Words words) {
  words.insert(words.begin(), "marquee");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run_command_line(static_cast<int>(argv.size()), argv.data());
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.err = ::testing::internal::GetCapturedStderr();
  return outcome;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

std::string name_of(const ::testing::TestParamInfo<Words>& parameter) {
  std::string name;
  for (const char c : joined(parameter.param)) name += std::isalnum(c) != 0 ? c : '_';
  return name;
}

class CommandTest : public SmallDatasetTest, public ::testing::WithParamInterface<Words> {
 protected:
  Words with(Words more) const {
    Words words = GetParam();
    words.insert(words.end(), {"--data", loaded_.settings.data_dir});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  bool data_exists() const { return std::filesystem::exists(loaded_.settings.data_dir); }
};

const std::vector<Words> kReaders{{"batch", "run"},
                                  {"batch", "train"},
                                  {"batch", "evaluate"},
                                  {"batch", "generate"},
                                  {"train"},
                                  {"evaluate"},
                                  {"models", "list"},
                                  {"runs", "list"},
                                  {"runs", "show", "r1"},
                                  {"runs", "logs", "r1"},
                                  {"audit"},
                                  {"rebuild", "--verify"},
                                  {"keys", "list"},
                                  {"audit-log"},
                                  {"dlq", "list"},
                                  {"dlq", "replay"},
                                  {"backup", "/tmp/marquee-never-written"}};
const std::vector<Words> kOthers{{"serve"},
                                 {"import", "--dataset", "synthetic"},
                                 {"batch", "publish"},
                                 {"models", "promote", "als_x"},
                                 {"models", "rollback"},
                                 {"runs", "trigger"},
                                 {"runs", "cancel", "r1"},
                                 {"runs", "retry", "r1"},
                                 {"rebuild"},
                                 {"keys", "create", "--name", "x", "--role", "service"},
                                 {"keys", "revoke", "k1"},
                                 {"keys", "rotate", "k1"},
                                 {"migrate"},
                                 {"log", "verify"},
                                 {"log", "repair"},
                                 {"restore", "/nowhere/backup"},
                                 {"recommend", "u1"},
                                 {"config", "show"},
                                 {"doctor"}};

using EveryCommand = CommandTest;
INSTANTIATE_TEST_SUITE_P(Readers, EveryCommand, ::testing::ValuesIn(kReaders), name_of);
INSTANTIATE_TEST_SUITE_P(Others, EveryCommand, ::testing::ValuesIn(kOthers), name_of);

TEST_P(EveryCommand, RefusesAnUnknownSettingBeforeItTouchesAnything) {
  const Outcome done = run(with({"--set", "train.rankk=3"}));
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("'train.rank'"));
  EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_FALSE(data_exists());
}

TEST_P(EveryCommand, RefusesAValueOutOfRangeAnUnknownFlagAndAMissingFile) {
  for (const Words& more : {Words{"--set", "server.port=70000"}, Words{"--set", "nothing"},
                            Words{"--no-such-flag"}, Words{"one", "word", "too", "many"}}) {
    const Outcome done = run(with(more));
    EXPECT_EQ(done.code, 2) << joined(more);
    EXPECT_THAT(done.err, HasSubstr("marquee: "));
    EXPECT_EQ(done.out, "");
  }
  const Outcome missing = run(with({"--config", "/nowhere/marquee.toml"}));
  EXPECT_NE(missing.code, 0);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/marquee.toml"));
  EXPECT_FALSE(data_exists());
}

TEST_P(EveryCommand, HasAHelpOfItsOwn) {
  const Outcome done = run(with({"--help"}));
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.out, HasSubstr("--data"));
  EXPECT_THAT(done.out, HasSubstr("--set"));
  EXPECT_EQ(done.err, "");
}

TEST_P(EveryCommand, SaysOfAServiceThatIsAwayWhichItIsAndNoPassword) {
  const std::string& command = GetParam().front();
  if (command == "config" || command == "doctor") return;  // these go on and show it
  const Outcome done = run(with({"--set", "state=postgresql://u:geheim@127.0.0.1:1/moviedb",
                                 "--set", "objects=s3://b?endpoint=http://127.0.0.1:1"}));
  EXPECT_NE(done.code, 0) << done.err;
  EXPECT_EQ(done.err.find("geheim"), std::string::npos) << done.err;
  EXPECT_NE(done.err, "");
}

using ReadingCommand = CommandTest;
INSTANTIATE_TEST_SUITE_P(Readers, ReadingCommand, ::testing::ValuesIn(kReaders), name_of);

TEST_P(ReadingCommand, OfADirectoryThatIsNotThereIsOneLineAndMakesNone) {
  const Outcome done = run(with({}));
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_THAT(done.err, HasSubstr(loaded_.settings.data_dir));
  EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_FALSE(data_exists());
}

class DamagedTest : public CommandTest {
 protected:
  DamagedTest() {
    std::filesystem::create_directories(loaded_.settings.data_dir);
    std::ofstream(loaded_.settings.data_dir + "/marquee.db")
        << "this is no database, and long enough to be read as one: " << std::string(4'096, 'x');
  }
};
using DamagedDatabase = DamagedTest;
INSTANTIATE_TEST_SUITE_P(Readers, DamagedDatabase, ::testing::ValuesIn(kReaders), name_of);
INSTANTIATE_TEST_SUITE_P(Writers, DamagedDatabase,
                         ::testing::Values(Words{"import", "--dataset", "synthetic"},
                                           Words{"models", "promote", "als_x"},
                                           Words{"models", "rollback"}, Words{"rebuild"}),
                         name_of);

TEST_P(DamagedDatabase, EndsInFourAndNamesTheFile) {
  const Outcome done = run(with({}));
  EXPECT_EQ(done.code, 4) << done.err;
  EXPECT_THAT(done.err, HasSubstr("marquee.db"));
  EXPECT_EQ(done.out, "");
}

class WrongUsage : public ::testing::TestWithParam<Words> {};

TEST_P(WrongUsage, IsTwoAndPointsToTheHelp) {
  const Outcome done = run(GetParam());
  EXPECT_EQ(done.code, 2) << done.err;
  EXPECT_THAT(done.err, HasSubstr("--help"));
  EXPECT_EQ(done.out, "");
}

INSTANTIATE_TEST_SUITE_P(CommandLine, WrongUsage,
                         ::testing::Values(Words{"batch"}, Words{"models"}, Words{"log"},
                                           Words{"config"}, Words{"batch", "dance"},
                                           Words{"models", "promote"}, Words{"recommend"},
                                           Words{"recommend", "u1", "--limit", "0"},
                                           Words{"recommend", "u1", "--limit", "101"},
                                           Words{"recommend", "u1", "--limit", "x"},
                                           Words{"audit", "--data"}, Words{"--no-such"}),
                         name_of);

class CommandsOnData : public SmallDatasetTest {
 protected:
  Outcome on_data(Words words) {
    words.insert(words.end(), {"--data", loaded_.settings.data_dir});
    return run(std::move(words));
  }
};

TEST_F(CommandsOnData, ADamagedLogIsFourUntilItsLossIsAccepted) {
  ASSERT_EQ(on_data({"import", "--dataset", dataset().string()}).code, 0);
  EXPECT_EQ(on_data({"log", "verify"}).code, 0);
  const auto events = std::filesystem::path(loaded_.settings.data_dir) / "events";
  for (const auto& entry : std::filesystem::directory_iterator(events)) {
    if (!entry.is_regular_file()) continue;
    std::fstream segment(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    segment << "this was the head of a segment";
  }
  EXPECT_EQ(on_data({"log", "verify"}).code, 4);
  EXPECT_EQ(on_data({"log", "verify", "--json"}).code, 4);
  const Outcome refused = on_data({"log", "repair"});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("--accept-loss"));
}

TEST_F(CommandsOnData, OnlyTheArchiveStageByItselfAcceptsALoss) {
  ASSERT_EQ(on_data({"import", "--dataset", dataset().string()}).code, 0);
  EXPECT_EQ(on_data({"batch", "archive", "--accept-loss"}).code, 0);
  EXPECT_EQ(on_data({"batch", "run", "--accept-loss"}).code, 2) << "nothing that runs every night";
  EXPECT_EQ(on_data({"batch", "train", "--accept-loss"}).code, 2);
}

TEST_F(CommandsOnData, ModelsThatAreNotThereAreNamed) {
  ASSERT_EQ(on_data({"import", "--dataset", dataset().string()}).code, 0);
  const Outcome promoted = on_data({"models", "promote", "als_20990101_0000"});
  EXPECT_EQ(promoted.code, 1);
  EXPECT_THAT(promoted.err, HasSubstr("als_20990101_0000"));
  EXPECT_EQ(on_data({"models", "promote", "no/version"}).code, 2);
  EXPECT_EQ(on_data({"models", "rollback"}).code, 1);
  EXPECT_THAT(on_data({"models", "list"}).out, HasSubstr("marquee batch run"));
  EXPECT_EQ(on_data({"models", "list", "--json"}).out, "{\"models\":[]}\n");
  EXPECT_EQ(on_data({"batch", "evaluate"}).code, 1);
  EXPECT_EQ(on_data({"batch", "generate", "--model", "../x"}).code, 2);
}

TEST_F(CommandsOnData, AskingForAListWithoutAServerSaysHowToStartOne) {
  const Outcome done = on_data({"recommend", "u1"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("marquee serve"));
  EXPECT_EQ(on_data({"recommend", "no id"}).code, 2);
}

TEST_F(CommandsOnData, AuditAndVerifyOfAFreshImportHold) {
  ASSERT_EQ(on_data({"import", "--dataset", dataset().string()}).code, 0);
  const Outcome audit = on_data({"audit", "--json"});
  EXPECT_EQ(audit.code, 0);
  EXPECT_THAT(audit.out, HasSubstr("\"holds\":true"));
  EXPECT_THAT(on_data({"audit"}).out, HasSubstr("holds: true"));
  const Outcome verified = on_data({"rebuild", "--verify"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("state verified: "));
  const Outcome rebuilt = on_data({"rebuild"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  EXPECT_EQ(rebuilt.out.substr(rebuilt.out.find(": ")),
            verified.out.substr(verified.out.find(": ")))
      << "the same hash";
}

}  // namespace
}  // namespace marquee::app
