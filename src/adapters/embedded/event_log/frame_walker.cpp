#include "adapters/embedded/event_log/frame_walker.h"

#include <algorithm>
#include <optional>

namespace marquee::embedded {
namespace {

using formats::FrameHeader;

constexpr std::size_t kChunkBytes = 256 << 10;
constexpr std::size_t kAlignment = 8;

bool all_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

FrameWalker::FrameWalker(Segment segment, std::uint64_t position)
    : segment_(std::move(segment)), position_(position) {}

Result<std::span<const std::byte>> FrameWalker::bytes_at(std::uint64_t position,
                                                         std::size_t count) {
  const bool inside = position >= buffer_at_ && position + count <= buffer_at_ + buffer_.size();
  if (!inside) {
    MARQUEE_TRY(const std::uint64_t size, segment_.file->size());
    const std::uint64_t left =
        position < size ? size - position : 0;  // a damaged length may be huge
    buffer_.resize(std::min<std::uint64_t>(left, std::max(count, kChunkBytes)));
    MARQUEE_TRY(const std::size_t got, segment_.file->read_at(position, buffer_));
    buffer_.resize(got);
    buffer_at_ = position;
  }
  const std::size_t from = position - buffer_at_;
  return std::span<const std::byte>(buffer_).subspan(from, std::min(count, buffer_.size() - from));
}

Result<FrameWalker::Found> FrameWalker::next() {
  position_ += length_;
  if (length_ == 0) buffer_.clear();  // looking again: the file may have changed
  length_ = 0;
  MARQUEE_TRY(const auto head, bytes_at(position_, FrameHeader::kBytes));
  if (all_zero(head)) return Found::kEnd;
  const auto header = formats::decode_frame_header(head);
  if (!header) return Found::kBad;
  MARQUEE_TRY(const auto frame, bytes_at(position_, header->frame_bytes()));
  if (!formats::is_frame_intact(frame, segment_.header.id)) return Found::kBad;
  header_ = *header;
  length_ = frame.size();
  return Found::kFrame;
}

std::span<const std::byte> FrameWalker::payload() const {
  const std::size_t from = position_ - buffer_at_ + FrameHeader::kBytes;
  return std::span<const std::byte>(buffer_).subspan(from, header_.payload_bytes);
}

Result<std::optional<std::uint64_t>> FrameWalker::find_intact_after() {
  MARQUEE_TRY(const std::uint64_t size, segment_.file->size());
  for (std::uint64_t at = position_ + kAlignment; at + FrameHeader::kBytes <= size;
       at += kAlignment) {
    MARQUEE_TRY(const auto head, bytes_at(at, FrameHeader::kBytes));
    const auto header = formats::decode_frame_header(head);
    if (!header || at + header->frame_bytes() > size) continue;
    MARQUEE_TRY(const auto frame, bytes_at(at, header->frame_bytes()));
    if (formats::is_frame_intact(frame, segment_.header.id)) return std::optional(at);
  }
  return std::optional<std::uint64_t>();
}

Result<std::uint64_t> FrameWalker::end_of_data() {
  MARQUEE_TRY(const std::uint64_t size, segment_.file->size());
  std::uint64_t end = position_;
  for (std::uint64_t at = position_; at < size;) {
    MARQUEE_TRY(const auto chunk, bytes_at(at, kChunkBytes));
    if (chunk.empty()) break;
    for (std::size_t i = chunk.size(); i > 0; --i) {
      if (chunk[i - 1] == std::byte{0}) continue;
      end = at + i;
      break;
    }
    at += chunk.size();
  }
  return end;
}

}  // namespace marquee::embedded
