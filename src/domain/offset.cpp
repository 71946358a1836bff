#include "domain/offset.h"

#include <charconv>

namespace marquee {
namespace {

/// Digits only: from_chars would take "-0" for a partition.
template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  if (text.starts_with('-')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string Offset::to_string() const {
  if (partition == kEmbedded) return "e:" + std::to_string(sequence);
  return "k:" + std::to_string(partition) + ":" + std::to_string(sequence);
}

std::optional<Offset> Offset::parse(std::string_view text) {
  Offset offset;
  if (text.starts_with("e:")) {
    if (!parse_number(text.substr(2), offset.sequence)) return std::nullopt;
    return offset;
  }
  if (!text.starts_with("k:")) return std::nullopt;
  text.remove_prefix(2);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !parse_number(text.substr(0, colon), offset.partition) ||
      !parse_number(text.substr(colon + 1), offset.sequence)) {
    return std::nullopt;
  }
  return offset;
}

void Cursor::set_next(std::int32_t partition, std::uint64_t sequence) {
  if (sequence == 0) {
    next_.erase(partition);
  } else {
    next_[partition] = sequence;
  }
}

std::uint64_t Cursor::next(std::int32_t partition) const {
  const auto found = next_.find(partition);
  return found == next_.end() ? 0 : found->second;
}

}  // namespace marquee
