// Goal: every value of a settings file comes with its place, and a file that is no settings file is
// refused with the line to look at.

#include "settings/toml_file.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/settings.h"
#include "testing/temporary_directory.h"

namespace marquee {
namespace {

using ::testing::HasSubstr;

class TomlFileTest : public ::testing::Test {
 protected:
  std::string write(const std::string& text) {
    const auto path = directory_.path() / "marquee.toml";
    std::ofstream(path) << text;
    return path.string();
  }
  Result<std::vector<TomlEntry>> read(const std::string& text) {
    return read_toml_file(write(text));
  }
  std::string error_of(const std::string& text) {
    const auto entries = read(text);
    EXPECT_FALSE(entries.ok()) << text;
    if (entries.ok()) return "";
    EXPECT_EQ(entries.error().code, ErrorCode::kInvalidArgument);
    return entries.error().message;
  }
  std::string settings_error(const std::string& text) {
    const auto loaded = load_settings({.file = write(text), .environment = {}, .flags = {}});
    EXPECT_FALSE(loaded.ok()) << text;
    return loaded.ok() ? "" : loaded.error().message;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(TomlFileTest, GivesEveryKindOfScalarWithItsLine) {
  const auto entries = read(
      "events = 'file:/x'\n\n[train]\nrank = 16\nregularization = 0.25\n"
      "[a.b]\nflag = true\nnegative = -3\ntext = \"a\\\"b\"\n");
  ASSERT_TRUE(entries.ok()) << entries.error().message;
  std::vector<std::string> lines;
  for (const TomlEntry& entry : *entries) {
    lines.push_back(std::to_string(entry.line) + " " + entry.key + "=" + entry.text);
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre(
                         "1 events=file:/x", "4 train.rank=16", "5 train.regularization=0.25",
                         "7 a.b.flag=true", "8 a.b.negative=-3", "9 a.b.text=a\"b"));
}

TEST_F(TomlFileTest, DottedKeysAndInlineTablesAreTheSameSettings) {
  for (const char* text : {"train.rank = 7\n", "train = { rank = 7 }\n", "[train]\nrank = 7\n"}) {
    const auto entries = read(text);
    ASSERT_TRUE(entries.ok()) << text;
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->front().key, "train.rank");
    EXPECT_EQ(entries->front().text, "7");
  }
}

TEST_F(TomlFileTest, AnEmptyFileSaysNothing) {
  EXPECT_TRUE(read("")->empty());
  EXPECT_TRUE(read("# only a comment\n[train]\n")->empty());
}

TEST_F(TomlFileTest, BadSyntaxIsRefusedWithItsLine) {
  EXPECT_THAT(error_of("[train]\nrank = 3\nepochs = = 4\n"), HasSubstr("marquee.toml:3:"));
  EXPECT_THAT(error_of("[train\n"), HasSubstr("marquee.toml:1:"));
  EXPECT_THAT(error_of("a = 1\na = 2\n"), HasSubstr("marquee.toml:2:"));
  EXPECT_THAT(error_of("a = \"never closed\n"), HasSubstr("marquee.toml:"));
}

TEST_F(TomlFileTest, KindsThatAreNoSettingAreRefusedByNameAndLine) {
  for (const char* value : {"[1, 2]", "1979-05-27", "07:32:00", "[{a = 1}]"}) {
    const std::string message = error_of(std::string("[train]\nrank = ") + value + "\n");
    EXPECT_THAT(message, HasSubstr("marquee.toml:2:")) << value;
    EXPECT_THAT(message, HasSubstr("train.rank")) << value;
  }
}

TEST_F(TomlFileTest, AMissingFileIsNotFoundAndADirectoryIsNoFile) {
  EXPECT_EQ(read_toml_file("/nowhere/marquee.toml").error().code, ErrorCode::kNotFound);
  const auto directory = read_toml_file(directory_.path().string());
  ASSERT_FALSE(directory.ok());
  EXPECT_THAT(directory.error().message, HasSubstr(directory_.path().string()));
}

TEST_F(TomlFileTest, AMistypedKeyIsToldTheNearestOneAndItsLine) {
  struct Mistake {
    const char* text;
    const char* nearest;
  };
  for (const Mistake& mistake : {Mistake{"[serving]\ncache_ttl = 5\n", "'serving.cache_ttl_s'"},
                                 Mistake{"[server]\nprot = 5\n", "'server.port'"},
                                 Mistake{"[train]\nepoch = 5\n", "'train.epochs'"},
                                 Mistake{"\ndatadir = 'x'\n", "'data_dir'"}}) {
    const std::string message = settings_error(mistake.text);
    EXPECT_THAT(message, HasSubstr(mistake.nearest));
    EXPECT_THAT(message, HasSubstr("marquee.toml:2"));
  }
}

TEST_F(TomlFileTest, AValueOfTheWrongKindIsRefusedWithRangeAndLine) {
  EXPECT_THAT(settings_error("[server]\nport = 'http'\n"), HasSubstr("from 0 to 65535"));
  EXPECT_THAT(settings_error("[server]\nport = 1.5\n"), HasSubstr("a whole number"));
  EXPECT_THAT(settings_error("[server]\nport = true\n"), HasSubstr("marquee.toml:2"));
  EXPECT_THAT(settings_error("[serving]\nbatch_weight = 1.01\n"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(settings_error("[serving]\nbatch_weight = nan\n"), HasSubstr("serving.batch_weight"));
}

}  // namespace
}  // namespace marquee
