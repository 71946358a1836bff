#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapters/embedded/event_log/segment.h"
#include "base/result.h"
#include "formats/log_frame.h"

namespace marquee::embedded {

/// Reads the frames of one segment, front to back, checking each one's checksum. The only code
/// that finds its way through a segment; recovery, verification and every reader use it.
/// Not thread-safe.
class FrameWalker {
 public:
  enum class Found {
    kFrame,  ///< an intact frame: header() and payload() are its
    kEnd,    ///< no frame begins here: the file ends, or there are zeros for a whole header
    kBad,    ///< bytes that are no intact frame begin at position()
  };

  /// `position` must be where a frame begins.
  explicit FrameWalker(Segment segment, std::uint64_t position = formats::SegmentHeader::kBytes);

  /// Moves past the current frame to the next. After kEnd and kBad it stays where it is and looks
  /// again, as the frame may have been written meanwhile. Errors are those of the file.
  Result<Found> next();

  const Segment& segment() const { return segment_; }
  const formats::FrameHeader& header() const { return header_; }
  /// Valid until next().
  std::span<const std::byte> payload() const;
  /// Where the current frame begins, or what is no frame.
  std::uint64_t position() const { return position_; }
  /// Where the next frame begins.
  std::uint64_t end_position() const { return position_ + length_; }

  /// Where the next intact frame of this segment begins, searching every place after position();
  /// none when there is none up to the end of the file.
  Result<std::optional<std::uint64_t>> find_intact_after();
  /// The end of the last byte that is not zero from position() on; position() when all are.
  Result<std::uint64_t> end_of_data();

 private:
  Result<std::span<const std::byte>> bytes_at(std::uint64_t position, std::size_t count);

  Segment segment_;
  std::uint64_t position_;
  std::uint64_t length_ = 0;
  formats::FrameHeader header_;
  std::vector<std::byte> buffer_;  ///< the file from buffer_at_ on
  std::uint64_t buffer_at_ = 0;
};

}  // namespace marquee::embedded
