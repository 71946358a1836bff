#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace marquee::postgres {

/// `text` as PostgreSQL can hold it: U+FFFD for NUL characters and for bytes that are no UTF-8, and
/// at most `bytes_max` bytes, cut between characters. For texts from outside that must be written
/// down whatever they are (what programs print, records that are no events); everything else is
/// refused when it does not fit.
std::string storable(std::string_view text, std::size_t bytes_max = std::string_view::npos);

}  // namespace marquee::postgres
