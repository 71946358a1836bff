// The bucket passes the contract of the object store, and says what is wrong when it is not there.
#include "adapters/s3/s3_object_store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/service_uri.h"
#include "platform/environment.h"
#include "ports/contract/object_store_contract.h"
#include "testing/local_listener.h"
#include "testing/manual_clock.h"

namespace marquee::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The client library's life: it ends behind the last test.
class S3Library : public ::testing::Environment {
 public:
  void TearDown() override { const s3::S3Runtime ends_here; }
};
const auto* const kLibrary = ::testing::AddGlobalTestEnvironment(new S3Library);  // NOLINT: gtest's

s3::S3Address shared_bucket() {
  const auto uri = ServiceUri::parse(stack_variable("STACK_S3_URL"));
  if (!uri.ok()) return {};
  return s3::S3Address::from(*uri).value();
}

s3::S3Credentials credentials() {
  return {stack_variable("STACK_S3_ACCESS_KEY"), stack_variable("STACK_S3_SECRET_KEY"), ""};
}

const SystemClock kClock;

std::unique_ptr<s3::S3ObjectStore> open(s3::S3Address address,
                                        const s3::S3Credentials& keys = credentials(),
                                        s3::S3ObjectStore::Options options = {},
                                        const Clock& clock = kClock) {
  return s3::S3ObjectStore::open(std::move(address), keys, clock, options).value();
}

std::unique_ptr<s3::S3ObjectStore> open_own_prefix() {
  s3::S3Address address = shared_bucket();
  address.prefix = unique_name();
  return open(address);
}

class Bucket {
 public:
  ~Bucket() {
    const auto keys = store_->list("");
    if (!keys.ok()) return;
    for (const std::string& key : *keys) (void)store_->remove(key);
  }
  ObjectStore& store() { return *store_; }

 private:
  std::unique_ptr<s3::S3ObjectStore> store_ = open_own_prefix();
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, ObjectStoreContract, Bucket);

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

TEST(S3ObjectStoreTest, ListsMoreKeysThanOnePageHas) {
  const auto store = open_own_prefix();
  std::vector<std::string> expected;
  for (int i = 0; i < 1'100; ++i) expected.push_back("many/" + std::to_string(10'000 + i));
  std::atomic<int> failed = 0;
  const auto for_each_key = [&](const auto& change) {
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 8; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < expected.size(); i += 8)
          failed += change(expected[i]).ok() ? 0 : 1;
      });
    }
    for (std::thread& thread : threads) thread.join();
  };
  for_each_key([&](const std::string& key) { return store->put(key, {}); });
  EXPECT_EQ(*store->list("many/1"), expected);
  for_each_key([&](const std::string& key) { return store->remove(key); });
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(store->list("")->empty());
}

TEST(S3ObjectStoreTest, TakesObjectsOfManyParts) {
  Bucket bucket;
  std::vector<std::byte> large(std::size_t{25} << 20);
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<std::byte>(i >> 3);
  ASSERT_TRUE(bucket.store().put("large", large).ok());
  EXPECT_EQ(*bucket.store().get("large"), large);
}

/// Longer and shorter by turns: a range of the one would be a part of the other.
TEST(S3ObjectStoreTest, ReadsNoMixOfTwoVersions) {
  Bucket bucket;
  const auto version = [](int i) {
    return bytes_of(std::string(i % 2 == 0 ? 3'000 : 50'000, static_cast<char>('a' + i % 26)));
  };
  ASSERT_TRUE(bucket.store().put("k", version(0)).ok());
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 1; i < 60; ++i) {
      EXPECT_TRUE(bucket.store().put("k", version(i)).ok());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    done = true;
  });
  int reads = 0;
  while (!done) {
    const auto bytes = bucket.store().get("k");
    if (!bytes.ok()) continue;  // replaced again and again: said, not hidden
    ++reads;
    const auto first = static_cast<int>(bytes->at(0)) - 'a';
    const bool is_whole = *bytes == version(first) || *bytes == version(first + 26);
    EXPECT_TRUE(is_whole) << bytes->size() << " bytes of " << first;
  }
  writer.join();
  EXPECT_GT(reads, 0);
}

TEST(S3ObjectStoreTest, KeepsToItsPrefix) {
  Bucket bucket;
  ASSERT_TRUE(bucket.store().put("a/b", bytes_of("x")).ok());
  const auto other = open_own_prefix();
  EXPECT_TRUE(other->list("")->empty());
  EXPECT_EQ(other->get("a/b").error().code, ErrorCode::kNotFound);
}

TEST(S3ObjectStoreTest, SaysThatThereIsNoBucket) {
  s3::S3Address address = shared_bucket();
  address.bucket = "no-such-" + Uuid::v7(0).to_string();
  const auto store = open(address);
  const auto check = [&](const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition) << error.message;
    EXPECT_THAT(error.message, HasSubstr(address.bucket));
    EXPECT_THAT(error.message, HasSubstr("create it"));
  };
  check(store->put("a", {}).error());
  check(store->get("a").error());
  check(store->list("").error());
  check(store->remove("a").error());
  EXPECT_TRUE(store->health().ok()) << "the server itself is well";
}

TEST(S3ObjectStoreTest, SaysThatTheKeyIsWrongWithoutShowingIt) {
  s3::S3Credentials wrong = credentials();
  wrong.secret_key = "not-the-secret-hunter2";
  const auto store = open(shared_bucket(), wrong);
  const auto check = [](const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::kPermissionDenied) << error.message;
    EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
  };
  const auto put = store->put("a", {});
  ASSERT_FALSE(put.ok()) << "this server asks for no key";
  check(put.error());
  check(store->get("a").error());
  check(store->list("").error());
  check(store->remove("a").error());
}

TEST(S3ObjectStoreTest, LeavesAServerAloneThatIsAway) {
  s3::S3Address address = shared_bucket();
  address.endpoint = "127.0.0.1:1";
  s3::S3ObjectStore::Options options;
  options.attempts = 1;
  options.breaker.failures_to_open = 2;
  ManualClock clock;
  const auto store = open(address, credentials(), options, clock);
  telemetry::Metrics metrics;
  store->report_to(metrics);
  EXPECT_EQ(store->get("a").error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(store->health().ok());
  EXPECT_EQ(store->put("a", {}).error().code, ErrorCode::kUnavailable);
  ASSERT_FALSE(store->health().ok());
  EXPECT_THAT(store->list("").error().message, HasSubstr("tried again in"));
  clock.advance(options.breaker.backoff_max);
  EXPECT_THAT(store->list("").error().message, Not(HasSubstr("tried again in"))) << "the probe";
  const std::string shown = metrics.exposition();
  EXPECT_THAT(shown, HasSubstr("marquee_s3_calls_total{result=\"failed\"} 3"));
  EXPECT_THAT(shown, HasSubstr("marquee_s3_calls_total{result=\"left_alone\"} 1"));
  EXPECT_THAT(shown, HasSubstr("marquee_s3_breaker_state 1"));
  EXPECT_THAT(shown, HasSubstr("marquee_s3_breaker_opened_total 1"));
}

/// A server that lets in and says nothing.
TEST(S3ObjectStoreTest, WaitsNoLongerThanItsDeadlines) {
  const LocalListener listener;
  s3::S3Address address = shared_bucket();
  address.endpoint = listener.endpoint();
  s3::S3ObjectStore::Options options;
  options.request_timeout = std::chrono::milliseconds(1'000);
  options.attempts = 2;
  const auto store = open(address, credentials(), options);
  const auto start = std::chrono::steady_clock::now();
  const auto got = store->get("a");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable) << got.error().message;
}

}  // namespace
}  // namespace marquee::testing
