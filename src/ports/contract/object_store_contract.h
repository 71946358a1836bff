#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ports/object_store.h"

namespace marquee::testing {

/// What every ObjectStore must do. `Harness` is default-constructible with an empty store and has
///   ObjectStore& store();
template <typename Harness>
class ObjectStoreContract : public ::testing::Test {
 protected:
  ObjectStore& store() { return harness_.store(); }

  static std::vector<std::byte> bytes_of(const std::string& text) {
    const auto view = std::as_bytes(std::span(text));
    return {view.begin(), view.end()};
  }
  void put(const std::string& key, const std::string& text = "x") {
    ASSERT_TRUE(store().put(key, bytes_of(text)).ok()) << key;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(ObjectStoreContract);

TYPED_TEST_P(ObjectStoreContract, GivesBackWhatWasPut) {
  using Suite = ObjectStoreContract<TypeParam>;
  std::string all(1'000'003, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 31);
  this->put("models/als_1/big.bin", all);
  this->put("models/als_1/empty", "");
  EXPECT_EQ(*this->store().get("models/als_1/big.bin"), Suite::bytes_of(all));
  EXPECT_TRUE(this->store().get("models/als_1/empty")->empty());
}

TYPED_TEST_P(ObjectStoreContract, ReplacesAnObject) {
  using Suite = ObjectStoreContract<TypeParam>;
  this->put("a/b", "a longer first version");
  this->put("a/b", "second");
  EXPECT_EQ(*this->store().get("a/b"), Suite::bytes_of("second"));
}

TYPED_TEST_P(ObjectStoreContract, SaysWhenThereIsNone) {
  this->put("a/b");
  for (const char* key : {"a", "a/c", "a/b/c", "nothing/here"}) {
    const auto found = this->store().get(key);
    ASSERT_FALSE(found.ok()) << key;
    EXPECT_EQ(found.error().code, ErrorCode::kNotFound) << key;
  }
}

TYPED_TEST_P(ObjectStoreContract, ListsByPrefixInByteOrder) {
  for (const char* key : {"m/b/2", "m/b/10", "m/a-1/x", "m/a/x", "m/a.1/x", "n"}) this->put(key);
  EXPECT_EQ(*this->store().list("m/"),
            (std::vector<std::string>{"m/a-1/x", "m/a.1/x", "m/a/x", "m/b/10", "m/b/2"}));
  EXPECT_EQ(*this->store().list("m/a"), (std::vector<std::string>{"m/a-1/x", "m/a.1/x", "m/a/x"}));
  EXPECT_EQ(*this->store().list("m/b/2"), (std::vector<std::string>{"m/b/2"}));
  EXPECT_EQ(this->store().list("")->size(), 6U);
  EXPECT_TRUE(this->store().list("m/b/2/3")->empty());
  EXPECT_TRUE(this->store().list("none/at/all")->empty());
}

TYPED_TEST_P(ObjectStoreContract, RefusesKeysOutsideTheGrammar) {
  for (const std::string key : {"", "/", "/etc/passwd", "a/", "a//b", "..", "../a", "a/../b",
                                "a/./b", ".", "a b", "a\\b", "caf\xC3\xA9", "~1-2", "a:b"}) {
    EXPECT_EQ(this->store().put(key, {}).error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(this->store().get(key).error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(this->store().remove(key).error().code, ErrorCode::kInvalidArgument) << key;
  }
  for (const char* prefix : {"../", "/", "a//", "a/../", "~"}) {
    EXPECT_EQ(this->store().list(prefix).error().code, ErrorCode::kInvalidArgument) << prefix;
  }
  EXPECT_TRUE(this->store().list("")->empty());
}

TYPED_TEST_P(ObjectStoreContract, RemovesAnObjectAndOnlyThat) {
  this->put("a/b");
  this->put("a/c");
  ASSERT_TRUE(this->store().remove("a/b").ok());
  ASSERT_TRUE(this->store().remove("a/b").ok()) << "there was none: ok";
  ASSERT_TRUE(this->store().remove("a/b/c/d").ok());
  ASSERT_TRUE(this->store().remove("a").ok()) << "a prefix is no object";
  EXPECT_EQ(*this->store().list(""), (std::vector<std::string>{"a/c"}));
}

TYPED_TEST_P(ObjectStoreContract, ShowsReadersTheOldObjectOrTheNewOneWhole) {
  using Suite = ObjectStoreContract<TypeParam>;
  const auto version = [](char c) { return Suite::bytes_of(std::string(20'000, c)); };
  ASSERT_TRUE(this->store().put("k/v", version('0')).ok());
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!done) {
      const auto bytes = this->store().get("k/v");
      if (!bytes.ok() || *bytes != version(static_cast<char>(bytes->at(0)))) ++torn;
      if (this->store().list("k/")->size() != 1) ++torn;
    }
  });
  std::thread other([&] {
    for (int i = 0; i < 25; ++i) EXPECT_TRUE(this->store().put("k/v", version('a')).ok());
  });
  for (int i = 0; i < 25; ++i) {
    EXPECT_TRUE(this->store().put("k/v", version(static_cast<char>('1' + i % 9))).ok());
  }
  other.join();
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

REGISTER_TYPED_TEST_SUITE_P(ObjectStoreContract, GivesBackWhatWasPut, ReplacesAnObject,
                            SaysWhenThereIsNone, ListsByPrefixInByteOrder,
                            RefusesKeysOutsideTheGrammar, RemovesAnObjectAndOnlyThat,
                            ShowsReadersTheOldObjectOrTheNewOneWhole);

}  // namespace marquee::testing
