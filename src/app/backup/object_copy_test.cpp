// Goal: objects are copied as they all stood at one moment, whatever is written beside it.

#include "app/backup/object_copy.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/embedded/files/directory_object_store.h"
#include "testing/temporary_directory.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;

class ObjectCopyTest : public ::testing::Test {
 protected:
  void put(const std::string& key, const std::string& text) {
    ASSERT_TRUE(objects_->put(key, std::as_bytes(std::span(text))).ok());
  }
  std::string copied(const std::string& key) const {
    const auto copy = *embedded::DirectoryObjectStore::open(root_.path() / "backup" / "lakehouse");
    const auto bytes = copy->get(key);
    return bytes.ok() ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size())
                      : "(none)";
  }
  auto copy(const OnFileCopied& on_file) {
    return copy_objects(root_.path() / "from", root_.path() / "backup", on_file);
  }

  const testing::TemporaryDirectory root_;
  std::unique_ptr<ObjectStore> objects_ =
      *embedded::DirectoryObjectStore::open(root_.path() / "from");
};

TEST_F(ObjectCopyTest, ListsEveryObjectByPathWithItsSize) {
  put("b/two", "22");
  put("a/one", "1");
  const auto files = copy([](const auto&) {});
  ASSERT_TRUE(files.ok()) << files.error().message;
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].path, "lakehouse/a/one");
  EXPECT_EQ((*files)[1].bytes, 2U);
  EXPECT_EQ(copied("b/two"), "22");
}

TEST_F(ObjectCopyTest, OfNothingIsNothing) {
  const auto files = copy([](const auto&) {});
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_TRUE(files->empty());
}

TEST_F(ObjectCopyTest, WhatIsReplacedAddedOrRemovedMeanwhileIsCopiedAsItEndedUp) {
  put("a", "old");
  put("b", "goes");
  put("c", "stays");
  bool changed = false;
  const auto files = copy([&](const auto&) {
    if (std::exchange(changed, true)) return;
    put("a", "new");
    put("0", "added");
    ASSERT_TRUE(objects_->remove("b").ok());
  });
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files->size(), 3U);
  EXPECT_EQ(copied("a"), "new");
  EXPECT_EQ(copied("0"), "added");
  EXPECT_EQ(copied("b"), "(none)");
  EXPECT_EQ(copied("c"), "stays");
}

TEST_F(ObjectCopyTest, GivesUpWhenItNeverStandsStill) {
  put("a", "0");
  int version = 0;
  const auto files = copy([&](const auto&) { put("a", std::to_string(++version)); });
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(files.error().message.find((root_.path() / "from").string()), std::string::npos);
}

}  // namespace
}  // namespace marquee::app
