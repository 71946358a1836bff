#include "formats/sequence_ranges.h"

#include <algorithm>
#include <charconv>

namespace marquee::formats {
namespace {

std::optional<std::uint64_t> parse_sequence(std::string_view text) {
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return sequence;
}

}  // namespace

std::string ranges_text(std::span<const std::uint64_t> sequences) {
  std::string text;
  for (std::size_t i = 0; i < sequences.size();) {
    std::size_t last = i;
    while (last + 1 < sequences.size() && sequences[last + 1] == sequences[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(sequences[i]);
    if (last != i) text += '-' + std::to_string(sequences[last]);
    i = last + 1;
  }
  return text;
}

std::optional<std::vector<std::uint64_t>> parse_ranges(std::string_view text,
                                                       std::size_t count_max) {
  std::vector<std::uint64_t> sequences;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view range = text.substr(0, comma);
    if (comma + 1 == text.size()) return std::nullopt;  // a comma and nothing behind it
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto first = parse_sequence(range.substr(0, dash));
    const auto last = dash == range.size() ? first : parse_sequence(range.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    if (!sequences.empty() && *first <= sequences.back()) return std::nullopt;
    // Before it is laid out: a damaged range may promise any number.
    if (*last - *first >= count_max - sequences.size()) return std::nullopt;
    for (std::uint64_t sequence = *first;; ++sequence) {
      sequences.push_back(sequence);
      if (sequence == *last) break;
    }
  }
  return sequences;
}

}  // namespace marquee::formats
