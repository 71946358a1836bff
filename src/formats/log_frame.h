#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/event.h"

namespace marquee::formats {

/// The bytes of an event log segment (docs/formats/event_log.md): one header, then frames, then
/// zeros. Little-endian. Everything here works on memory; files are the adapters' business.

using SegmentId = std::array<std::byte, 16>;

/// What stands in the first 64 bytes of a segment.
struct SegmentHeader {
  static constexpr std::size_t kBytes = 64;

  SegmentId id{};                  ///< random; seeds the checksum of every frame in the segment
  std::uint64_t first_offset = 0;  ///< of the first event that can stand in it
  std::int64_t created_at_ms = 0;

  bool operator==(const SegmentHeader&) const = default;
};

std::array<std::byte, SegmentHeader::kBytes> encode_segment_header(const SegmentHeader& header);
/// kDataLoss when it is no intact header, kFailedPrecondition for a newer format.
Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes);

/// The file that says with which event a log begins whose older segments were removed.
inline constexpr std::size_t kLogBeginBytes = 32;
std::array<std::byte, kLogBeginBytes> encode_log_begin(std::uint64_t first_offset);
/// The first offset. kDataLoss when it is no such file, kFailedPrecondition for a newer format.
Result<std::uint64_t> decode_log_begin(std::span<const std::byte> bytes);

enum class FrameKind : std::uint32_t {
  kEvents = 1,   ///< `count` records
  kEndMark = 2,  ///< the log was closed properly here; no records
  kGap = 3,      ///< `count` events were given up by a repair; the payload is filler
};

/// The 40 bytes in front of a frame's payload.
struct FrameHeader {
  static constexpr std::size_t kBytes = 40;

  FrameKind kind = FrameKind::kEvents;
  std::uint32_t payload_bytes = 0;
  std::uint64_t first_offset = 0;  ///< of the first record; of the next event for an end mark
  std::uint32_t count = 0;
  std::uint64_t durable_end = 0;  ///< all before it was on stable storage when this was written

  /// Header, payload and padding to a multiple of 8.
  std::size_t frame_bytes() const { return (kBytes + std::size_t{payload_bytes} + 7) / 8 * 8; }
  std::uint64_t end_offset() const { return first_offset + count; }
  bool operator==(const FrameHeader&) const = default;
};

/// Larger payloads are taken for damage: a group commit stays far below.
inline constexpr std::uint32_t kFramePayloadMax = 256U << 20;

/// The header at the start of `bytes` if it can be one (magic, kind, sizes); says nothing about
/// the checksum. None when `bytes` is shorter than a header.
std::optional<FrameHeader> decode_frame_header(std::span<const std::byte> bytes);

/// True when `frame`, exactly frame_bytes() long, was written for this segment and is intact.
bool is_frame_intact(std::span<const std::byte> frame, const SegmentId& segment);

/// Builds one frame after the other in the same buffer. Not thread-safe.
class FrameBuilder {
 public:
  /// Begins a frame of events, dropping the last one.
  void begin(std::uint64_t first_offset, std::uint64_t durable_end);
  void add(const Event& event, std::uint64_t fingerprint);
  /// Adds the place of an event that was erased: it keeps its offset, nothing else.
  void add_erased();
  std::uint32_t count() const { return header_.count; }
  std::size_t bytes() const { return buffer_.size(); }

  /// Ends the frame. The bytes stay valid until the next begin().
  std::span<const std::byte> finish(const SegmentId& segment);

 private:
  FrameHeader header_;
  std::string buffer_;
};

/// A whole end mark.
std::string encode_end_mark(std::uint64_t end_offset, const SegmentId& segment);
/// A whole gap frame of exactly `frame_bytes` (a multiple of 8, at least FrameHeader::kBytes).
std::string encode_gap(std::uint64_t first_offset, std::uint32_t count, std::size_t frame_bytes,
                       const SegmentId& segment);

/// One record inside a payload; `json` is empty for an erased event.
struct StoredRecord {
  std::string_view json;
  std::uint64_t fingerprint = 0;
};

/// Takes records off the payload of an events frame, front to back. The payload must outlive it.
class RecordCursor {
 public:
  explicit RecordCursor(std::span<const std::byte> payload) : rest_(payload) {}
  /// None at the end and when the payload is cut short inside a record.
  std::optional<StoredRecord> next();

 private:
  std::span<const std::byte> rest_;
};

}  // namespace marquee::formats
