#include "formats/log_frame.h"

#include <fstream>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hash.h"
#include "formats/event_json.h"
#include "testing/event_builder.h"

namespace marquee::formats {
namespace {

using testing::EventBuilder;

SegmentHeader documented_header() {
  SegmentHeader header;
  for (std::size_t i = 0; i < header.id.size(); ++i)
    header.id[i] = static_cast<std::byte>(0xA0 + i);
  header.first_offset = 1842;
  header.created_at_ms = 1'735'689'600'000;
  return header;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::byte b : bytes) {
    hex += kDigits[static_cast<unsigned>(b) >> 4];
    hex += kDigits[static_cast<unsigned>(b) & 15];
  }
  return hex;
}

std::span<const std::byte> text_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> events_frame(int count, std::uint64_t first_offset = 1842) {
  FrameBuilder builder;
  builder.begin(first_offset, first_offset);
  for (int i = 0; i < count; ++i) {
    const auto event = EventBuilder("u1", "m1", EventType::kView).id(static_cast<std::uint64_t>(i));
    builder.add(event.build(), 0x0102030405060708U + static_cast<std::uint64_t>(i));
  }
  const auto frame = builder.finish(documented_header().id);
  return {frame.begin(), frame.end()};
}

/// Lines "name hex" of tests/golden/event_log_v1.hex.
std::map<std::string, std::string> golden() {
  std::ifstream file("tests/golden/event_log_v1.hex");
  EXPECT_TRUE(file.good()) << "run from the repository's root";
  std::map<std::string, std::string> lines;
  for (std::string name, hex; file >> name >> hex;) lines[name] = hex;
  return lines;
}

TEST(LogFrame, WhereALogBeginsIsReadBackAndAnyChangedByteIsFound) {
  const auto bytes = encode_log_begin(0x0102030405060708U);
  EXPECT_EQ(*decode_log_begin(bytes), 0x0102030405060708U);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= std::byte{1};
    EXPECT_EQ(decode_log_begin(changed).error().code, ErrorCode::kDataLoss) << i;
  }
  EXPECT_FALSE(decode_log_begin(std::span(bytes).first(31)).ok());
  EXPECT_FALSE(decode_log_begin({}).ok());
}

TEST(LogFrame, WritesTheGoldenBytes) {
  const auto wanted = golden();
  ASSERT_EQ(wanted.size(), 6U);
  const SegmentId& id = documented_header().id;
  EXPECT_EQ(to_hex(encode_segment_header(documented_header())), wanted.at("segment_header"));
  EXPECT_EQ(to_hex(encode_log_begin(1842)), wanted.at("begin"));
  EXPECT_EQ(to_hex(events_frame(1)), wanted.at("events"));
  EXPECT_EQ(to_hex(text_bytes(encode_end_mark(1843, id))), wanted.at("end_mark"));
  EXPECT_EQ(to_hex(text_bytes(encode_gap(1843, 5, 48, id))), wanted.at("gap"));
  FrameBuilder builder;
  builder.begin(1, 0);
  builder.add_erased();
  EXPECT_EQ(to_hex(builder.finish(id)), wanted.at("erased"));
}

TEST(SegmentHeader, IsReadBack) {
  const auto header = decode_segment_header(encode_segment_header(documented_header()));
  ASSERT_TRUE(header.ok()) << header.error().message;
  EXPECT_EQ(*header, documented_header());
}

TEST(SegmentHeader, EveryFlippedBitAndEveryCutIsDataLoss) {
  auto bytes = encode_segment_header(documented_header());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    const auto header = decode_segment_header(bytes);
    ASSERT_FALSE(header.ok()) << bit;
    EXPECT_EQ(header.error().code, ErrorCode::kDataLoss);
    bytes[bit / 8] ^= mask;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_segment_header(std::span(bytes).first(size)).ok());
  }
}

TEST(SegmentHeader, ANewerVersionIsSaidToBeNewerAndNotDamaged) {
  // Version 2 with its right checksum, as a later program would write it.
  auto bytes = encode_segment_header(documented_header());
  bytes[8] = std::byte{2};
  const std::uint32_t crc = crc32c(std::span(bytes).first(60));
  for (std::size_t i = 0; i < 4; ++i) bytes[60 + i] = static_cast<std::byte>(crc >> (8 * i));
  EXPECT_EQ(decode_segment_header(bytes).error().code, ErrorCode::kFailedPrecondition);
}

TEST(LogFrame, GivesBackHeaderAndRecords) {
  const auto frame = events_frame(3);
  EXPECT_EQ(frame.size() % 8, 0U);
  ASSERT_TRUE(is_frame_intact(frame, documented_header().id));
  const auto header = decode_frame_header(frame);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, FrameKind::kEvents);
  EXPECT_EQ(header->first_offset, 1842U);
  EXPECT_EQ(header->count, 3U);
  EXPECT_EQ(header->end_offset(), 1845U);
  EXPECT_EQ(header->durable_end, 1842U);
  EXPECT_EQ(header->frame_bytes(), frame.size());
  const std::span<const std::byte> bytes(frame);
  RecordCursor records(bytes.subspan(FrameHeader::kBytes, header->payload_bytes));
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto record = records.next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->fingerprint, 0x0102030405060708U + i);
    const auto event = parse_event_json(record->json);
    ASSERT_TRUE(event.ok());
    EXPECT_EQ(event->event_id, testing::test_event_id(i));
  }
  EXPECT_FALSE(records.next());
}

TEST(LogFrame, EveryFlippedBitIsFoundAlsoInThePadding) {
  auto frame = events_frame(2);
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    frame[bit / 8] ^= mask;
    EXPECT_FALSE(is_frame_intact(frame, documented_header().id)) << bit;
    frame[bit / 8] ^= mask;
  }
  EXPECT_TRUE(is_frame_intact(frame, documented_header().id));
}

TEST(LogFrame, AFrameOfAnotherSegmentIsNotIntact) {
  SegmentId other = documented_header().id;
  other[15] ^= std::byte{1};
  EXPECT_FALSE(is_frame_intact(events_frame(1), other));
}

TEST(LogFrame, AnErasedEventKeepsItsPlace) {
  FrameBuilder builder;
  builder.begin(7, 7);
  builder.add_erased();
  builder.add(EventBuilder("u", "m").build(), 1);
  const auto frame = builder.finish(documented_header().id);
  ASSERT_TRUE(is_frame_intact(frame, documented_header().id));
  RecordCursor records(frame.subspan(FrameHeader::kBytes));
  EXPECT_TRUE(records.next()->json.empty());
  EXPECT_FALSE(records.next()->json.empty());
}

TEST(LogFrame, EndMarksAndGapsAreFramesToo) {
  const SegmentId& id = documented_header().id;
  const std::string mark = encode_end_mark(9, id);
  EXPECT_TRUE(is_frame_intact(text_bytes(mark), id));
  EXPECT_EQ(decode_frame_header(text_bytes(mark))->kind, FrameKind::kEndMark);
  EXPECT_EQ(decode_frame_header(text_bytes(mark))->end_offset(), 9U);
  for (const std::size_t size : {40U, 48U, 4096U}) {
    const std::string gap = encode_gap(9, 12, size, id);
    EXPECT_EQ(gap.size(), size);
    EXPECT_TRUE(is_frame_intact(text_bytes(gap), id));
    EXPECT_EQ(decode_frame_header(text_bytes(gap))->end_offset(), 21U);
  }
}

TEST(LogFrame, ZerosAndShortBytesAreNoHeader) {
  EXPECT_FALSE(decode_frame_header(std::vector<std::byte>(64)));
  const auto frame = events_frame(1);
  for (std::size_t size = 0; size < FrameHeader::kBytes; ++size) {
    EXPECT_FALSE(decode_frame_header(std::span(frame).first(size)));
  }
}

RC_GTEST_PROP(LogFrameProperty, ArbitraryBytesNeverCrashTheReaders, ()) {
  const auto bytes =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  const auto span = std::as_bytes(std::span(bytes));
  (void)decode_segment_header(span);
  (void)decode_frame_header(span);
  RC_ASSERT(!is_frame_intact(span, SegmentId{}));
  RecordCursor records(span);
  std::size_t taken = 0;
  while (const auto record = records.next()) taken += 12 + record->json.size();
  RC_ASSERT(taken <= bytes.size());
}

}  // namespace
}  // namespace marquee::formats
