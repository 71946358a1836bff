#include "formats/log_frame.h"

#include <cstring>

#include "base/hash.h"
#include "formats/event_json.h"

namespace marquee::formats {
namespace {

constexpr std::string_view kSegmentMagic = "MRQSEGMT";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::uint32_t kFrameMagic = 0x4D465251;  // "QRFM" in the file
constexpr std::size_t kRecordPrefixBytes = 12;
constexpr std::size_t kFrameCrcAt = 36;
constexpr std::size_t kSegmentCrcAt = 60;
constexpr std::string_view kBeginMagic = "MRQBEGIN";
constexpr std::uint32_t kBeginVersion = 1;
constexpr std::size_t kBeginCrcAt = 28;

/// `value` at `at`, lowest byte first. `Bytes` is any run of 1-byte elements.
template <typename Bytes, typename Number>
void put(Bytes& bytes, std::size_t at, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes[at + i] = static_cast<typename Bytes::value_type>((value >> (8 * i)) & 0xFF);
  }
}

template <typename Number>
Number get(std::span<const std::byte> bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= static_cast<Number>(static_cast<Number>(bytes[at + i]) << (8 * i));
  }
  return value;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Of the header before its checksum field, then of everything after the header.
std::uint32_t frame_crc(std::span<const std::byte> frame, const SegmentId& segment) {
  const std::uint32_t seed = crc32c(segment);
  const std::uint32_t head = crc32c(frame.first(kFrameCrcAt), seed);
  return crc32c(frame.subspan(FrameHeader::kBytes), head);
}

/// Pads `frame` to a multiple of 8 and fills in its first FrameHeader::kBytes.
void seal(std::string& frame, const FrameHeader& header, const SegmentId& segment) {
  frame.resize(header.frame_bytes(), '\0');
  put(frame, 0, kFrameMagic);
  put(frame, 4, header.payload_bytes);
  put(frame, 8, header.first_offset);
  put(frame, 16, header.count);
  put(frame, 20, static_cast<std::uint32_t>(header.kind));
  put(frame, 24, header.durable_end);
  put(frame, 32, std::uint32_t{0});
  put(frame, kFrameCrcAt, frame_crc(bytes_of(frame), segment));
}

bool is_known(std::uint32_t kind) { return kind >= 1 && kind <= 3; }

}  // namespace

std::array<std::byte, SegmentHeader::kBytes> encode_segment_header(const SegmentHeader& header) {
  std::array<std::byte, SegmentHeader::kBytes> bytes{};
  std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
  put(bytes, 8, kSegmentVersion);
  put(bytes, 12, static_cast<std::uint32_t>(SegmentHeader::kBytes));
  std::memcpy(bytes.data() + 16, header.id.data(), header.id.size());
  put(bytes, 32, header.first_offset);
  put(bytes, 40, static_cast<std::uint64_t>(header.created_at_ms));
  put(bytes, kSegmentCrcAt, crc32c(std::span(bytes).first(kSegmentCrcAt)));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes) {
  const bool whole = bytes.size() >= SegmentHeader::kBytes;
  if (!whole || std::memcmp(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size()) != 0) {
    return Error{ErrorCode::kDataLoss, "it does not begin with a segment header"};
  }
  if (get<std::uint32_t>(bytes, kSegmentCrcAt) != crc32c(bytes.first(kSegmentCrcAt))) {
    return Error{ErrorCode::kDataLoss, "the checksum of its segment header is wrong"};
  }
  if (get<std::uint32_t>(bytes, 8) != kSegmentVersion) {
    return Error{ErrorCode::kFailedPrecondition,
                 "it was written by a newer version of marquee, update this one"};
  }
  SegmentHeader header;
  std::memcpy(header.id.data(), bytes.data() + 16, header.id.size());
  header.first_offset = get<std::uint64_t>(bytes, 32);
  header.created_at_ms = static_cast<std::int64_t>(get<std::uint64_t>(bytes, 40));
  return header;
}

std::array<std::byte, kLogBeginBytes> encode_log_begin(std::uint64_t first_offset) {
  std::array<std::byte, kLogBeginBytes> bytes{};
  std::memcpy(bytes.data(), kBeginMagic.data(), kBeginMagic.size());
  put(bytes, 8, kBeginVersion);
  put(bytes, 16, first_offset);
  put(bytes, kBeginCrcAt, crc32c(std::span(bytes).first(kBeginCrcAt)));
  return bytes;
}

Result<std::uint64_t> decode_log_begin(std::span<const std::byte> bytes) {
  const bool whole = bytes.size() == kLogBeginBytes;
  if (!whole || std::memcmp(bytes.data(), kBeginMagic.data(), kBeginMagic.size()) != 0 ||
      get<std::uint32_t>(bytes, kBeginCrcAt) != crc32c(bytes.first(kBeginCrcAt))) {
    return Error{ErrorCode::kDataLoss, "it does not say where the log begins"};
  }
  if (get<std::uint32_t>(bytes, 8) != kBeginVersion) {
    return Error{ErrorCode::kFailedPrecondition,
                 "it was written by a newer version of marquee, update this one"};
  }
  return get<std::uint64_t>(bytes, 16);
}

std::optional<FrameHeader> decode_frame_header(std::span<const std::byte> bytes) {
  if (bytes.size() < FrameHeader::kBytes || get<std::uint32_t>(bytes, 0) != kFrameMagic) {
    return std::nullopt;
  }
  const auto kind = get<std::uint32_t>(bytes, 20);
  FrameHeader header;
  header.payload_bytes = get<std::uint32_t>(bytes, 4);
  header.first_offset = get<std::uint64_t>(bytes, 8);
  header.count = get<std::uint32_t>(bytes, 16);
  header.durable_end = get<std::uint64_t>(bytes, 24);
  const bool overflows = header.end_offset() < header.first_offset;
  if (!is_known(kind) || header.payload_bytes > kFramePayloadMax || overflows) return std::nullopt;
  header.kind = static_cast<FrameKind>(kind);
  return header;
}

bool is_frame_intact(std::span<const std::byte> frame, const SegmentId& segment) {
  const auto header = decode_frame_header(frame);
  return header && header->frame_bytes() == frame.size() &&
         get<std::uint32_t>(frame, kFrameCrcAt) == frame_crc(frame, segment);
}

void FrameBuilder::begin(std::uint64_t first_offset, std::uint64_t durable_end) {
  header_ = FrameHeader{.first_offset = first_offset, .durable_end = durable_end};
  buffer_.assign(FrameHeader::kBytes, '\0');
}

void FrameBuilder::add(const Event& event, std::uint64_t fingerprint) {
  const std::size_t at = buffer_.size();
  buffer_.append(kRecordPrefixBytes, '\0');
  append_event_json(buffer_, event);
  put(buffer_, at, static_cast<std::uint32_t>(buffer_.size() - at - kRecordPrefixBytes));
  put(buffer_, at + 4, fingerprint);
  ++header_.count;
}

void FrameBuilder::add_erased() {
  buffer_.append(kRecordPrefixBytes, '\0');
  ++header_.count;
}

std::span<const std::byte> FrameBuilder::finish(const SegmentId& segment) {
  header_.payload_bytes = static_cast<std::uint32_t>(buffer_.size() - FrameHeader::kBytes);
  seal(buffer_, header_, segment);
  return bytes_of(buffer_);
}

std::string encode_end_mark(std::uint64_t end_offset, const SegmentId& segment) {
  std::string frame;
  seal(frame,
       FrameHeader{
           .kind = FrameKind::kEndMark, .first_offset = end_offset, .durable_end = end_offset},
       segment);
  return frame;
}

std::string encode_gap(std::uint64_t first_offset, std::uint32_t count, std::size_t frame_bytes,
                       const SegmentId& segment) {
  std::string frame;
  seal(frame,
       FrameHeader{.kind = FrameKind::kGap,
                   .payload_bytes = static_cast<std::uint32_t>(frame_bytes - FrameHeader::kBytes),
                   .first_offset = first_offset,
                   .count = count,
                   .durable_end = first_offset},
       segment);
  return frame;
}

std::optional<StoredRecord> RecordCursor::next() {
  if (rest_.size() < kRecordPrefixBytes) return std::nullopt;
  const auto length = get<std::uint32_t>(rest_, 0);
  if (length > rest_.size() - kRecordPrefixBytes) return std::nullopt;
  StoredRecord record;
  record.fingerprint = get<std::uint64_t>(rest_, 4);
  record.json = {reinterpret_cast<const char*>(rest_.data()) + kRecordPrefixBytes, length};
  rest_ = rest_.subspan(kRecordPrefixBytes + length);
  return record;
}

}  // namespace marquee::formats
