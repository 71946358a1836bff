#include "http/stream.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace marquee::http {
namespace {

TEST(Stream, GivesWhatWasWrittenSinceTheLastTake) {
  const auto [writer, reader] = make_stream(100);
  EXPECT_EQ(reader->take().bytes, "");
  EXPECT_TRUE(writer.write("one "));
  EXPECT_TRUE(writer.write("two"));
  EXPECT_EQ(reader->take().bytes, "one two");
  EXPECT_EQ(reader->take().bytes, "");
  EXPECT_FALSE(reader->take().last);
}

TEST(Stream, RefusesWholeWhatItHasNoRoomFor) {
  const auto [writer, reader] = make_stream(5);
  EXPECT_TRUE(writer.write("abc"));
  EXPECT_FALSE(writer.write("def"));
  EXPECT_TRUE(writer.write("de"));
  EXPECT_EQ(reader->take().bytes, "abcde");
  EXPECT_TRUE(writer.write("fghij")) << "what was taken makes room";
  EXPECT_FALSE(writer.has_ended());
}

TEST(Stream, EndsAfterWhatIsQueued) {
  const auto [writer, reader] = make_stream(100);
  writer.write("last words");
  writer.finish();
  EXPECT_TRUE(writer.has_ended());
  EXPECT_FALSE(writer.write("more"));
  const auto piece = reader->take();
  EXPECT_EQ(piece.bytes, "last words");
  EXPECT_TRUE(piece.last);
  writer.finish();
}

TEST(Stream, EndsWithItsReader) {
  auto [writer, reader] = make_stream(100);
  int told = 0;
  writer.when_reader_goes([&told] { ++told; });
  EXPECT_TRUE(writer.write("x"));
  reader.reset();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(writer.has_ended());
  EXPECT_FALSE(writer.write("y"));
  writer.when_reader_goes([&told] { ++told; });
  EXPECT_EQ(told, 2) << "gone already: at once";
}

TEST(Stream, WakesTheReaderForEveryWriteAndForTheEnd) {
  const auto [writer, reader] = make_stream(100);
  int woken = 0;
  writer.write("before");
  reader->when_ready([&woken] { ++woken; });
  EXPECT_EQ(woken, 0) << "take() after when_ready() finds it";
  EXPECT_EQ(reader->take().bytes, "before");
  writer.write("a");
  EXPECT_EQ(woken, 1);
  writer.finish();
  EXPECT_EQ(woken, 2);
}

TEST(Stream, LetsACallbackCallBackIn) {
  auto [writer, reader] = make_stream(100);
  const StreamWriter copy = writer;
  reader->when_ready([copy] { (void)copy.has_ended(); });
  writer.when_reader_goes([copy] { copy.write("too late"); });
  EXPECT_TRUE(writer.write("x"));
  reader.reset();
  EXPECT_TRUE(copy.has_ended());
}

TEST(Stream, KeepsEveryByteBetweenThreads) {
  constexpr int kWrites = 5'000;
  constexpr int kWriters = 3;
  const auto [writer, reader] = make_stream(64);
  std::atomic<int> woken = 0;
  reader->when_ready([&woken] { ++woken; });
  std::vector<std::jthread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([to = writer] {
      for (int n = 0; n < kWrites; ++n) {
        while (!to.write("12345")) std::this_thread::yield();
      }
    });
  }
  std::string all;
  while (all.size() < std::size_t{5} * kWrites * kWriters) all += reader->take().bytes;
  writers.clear();
  EXPECT_EQ(woken, kWrites * kWriters);
  for (std::size_t at = 0; at < all.size(); at += 5) ASSERT_EQ(all.substr(at, 5), "12345");
}

TEST(Stream, MayLoseItsReaderWhileOthersWrite) {
  for (int round = 0; round < 200; ++round) {
    auto [writer, reader] = make_stream(1 << 20);
    std::atomic<int> woken = 0;
    std::atomic<bool> told = false;
    reader->when_ready([&woken] { ++woken; });
    writer.when_reader_goes([&told] { told = true; });
    std::jthread writing([to = writer] {
      while (to.write("x")) {
      }
    });
    reader.reset();
    writing.join();
    EXPECT_TRUE(told);
  }
}

}  // namespace
}  // namespace marquee::http
