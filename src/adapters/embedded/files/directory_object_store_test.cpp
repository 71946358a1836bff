#include "adapters/embedded/files/directory_object_store.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;

class DirectoryObjectStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<DirectoryObjectStore> open() { return DirectoryObjectStore::open(root_).value(); }
  static std::vector<std::byte> some_bytes() { return std::vector<std::byte>(100, std::byte{7}); }
  void write_file(const std::string& name, std::chrono::hours age = {}) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "half of an obj";
    fs::last_write_time(root_ / name, fs::file_time_type::clock::now() - age);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }

  marquee::testing::TemporaryDirectory directory_;
  const fs::path root_ = directory_.path() / "data" / "lakehouse";
};

TEST_F(DirectoryObjectStoreTest, MakesItsRootAndKeepsObjectsAcrossOpens) {
  ASSERT_TRUE(open()->put("models/a/manifest.json", some_bytes()).ok());
  EXPECT_TRUE(fs::is_regular_file(root_ / "models" / "a" / "manifest.json"));
  EXPECT_EQ(*open()->get("models/a/manifest.json"), some_bytes());
}

TEST_F(DirectoryObjectStoreTest, LeavesNothingButTheObject) {
  const auto store = open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->put("a/b", some_bytes()).ok());
  EXPECT_EQ(files(), 1U);
}

TEST_F(DirectoryObjectStoreTest, NeverListsWhatACrashLeftBehind) {
  write_file("models/a/~4711-0");
  const auto store = open();
  ASSERT_TRUE(store->put("models/a/x", some_bytes()).ok());
  EXPECT_EQ(*store->list(""), (std::vector<std::string>{"models/a/x"}));
  EXPECT_TRUE(fs::exists(root_ / "models/a/~4711-0")) << "it may be another process at work";
}

TEST_F(DirectoryObjectStoreTest, RemovesOldLeftoversWhenItOpens) {
  write_file("models/a/~4711-0", std::chrono::hours(25));
  write_file("models/a/~4711-1", std::chrono::hours(1));
  write_file("models/a/old_object", std::chrono::hours(9'999));
  const auto store = open();
  EXPECT_FALSE(fs::exists(root_ / "models/a/~4711-0"));
  EXPECT_TRUE(fs::exists(root_ / "models/a/~4711-1"));
  EXPECT_EQ(*store->list(""), (std::vector<std::string>{"models/a/old_object"}));
}

TEST_F(DirectoryObjectStoreTest, SaysWhenAKeyWouldBeFileAndDirectory) {
  const auto store = open();
  ASSERT_TRUE(store->put("a", some_bytes()).ok());
  ASSERT_TRUE(store->put("b/c", some_bytes()).ok());
  EXPECT_EQ(store->put("a/x", some_bytes()).error().code, ErrorCode::kConflict);
  EXPECT_EQ(store->put("b", some_bytes()).error().code, ErrorCode::kConflict);
  EXPECT_EQ(files(), 2U) << "and leaves nothing";
}

TEST_F(DirectoryObjectStoreTest, RefusesANameTooLongForTheFileSystem) {
  const auto store = open();
  EXPECT_EQ(store->put(std::string(300, 'a'), some_bytes()).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store->put(std::string(255, 'a'), some_bytes()).ok());
  EXPECT_EQ(files(), 1U);
}

TEST_F(DirectoryObjectStoreTest, ReportsARootThatCannotBeMade) {
  std::ofstream(directory_.path() / "data") << "a file in the way";
  const auto opened = DirectoryObjectStore::open(root_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_NE(opened.error().message.find("data"), std::string::npos);
}

TEST_F(DirectoryObjectStoreTest, LeavesTheOldObjectWhenANewOneDoesNotFit) {
  const auto store = open();
  ASSERT_TRUE(store->put("a/b", some_bytes()).ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto on_signal = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{.rlim_cur = 4'096, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tiny), 0);  // writes beyond fail half way, as on a full disk
  const auto outcome = store->put("a/b", std::vector<std::byte>(100'000));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, on_signal);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(*store->get("a/b"), some_bytes());
  EXPECT_EQ(files(), 1U);
}

TEST_F(DirectoryObjectStoreTest, TakesManyWritersInNewDirectories) {
  const auto store = open();
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string key = "d" + std::to_string(i) + "/e/f" + std::to_string(t);
        EXPECT_TRUE(store->put(key, some_bytes()).ok());
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(store->list("d")->size(), 40U);
}

}  // namespace
}  // namespace marquee::embedded
