#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::formats {

/// Strictly ascending sequences of one partition as text, runs as one range: "17,20-45". Empty for
/// none.
std::string ranges_text(std::span<const std::uint64_t> sequences);

/// Back again; none when it is no such text, does not ascend or holds more than `count_max`.
std::optional<std::vector<std::uint64_t>> parse_ranges(std::string_view text,
                                                       std::size_t count_max);

}  // namespace marquee::formats
