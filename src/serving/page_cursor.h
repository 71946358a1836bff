#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee::serving {

/// How deep paging goes; a list that has shown so many films has no next_cursor.
inline constexpr std::size_t kCursorFilmsMax = 1'000;

/// A film as 24 bits of stable_hash(id): enough to recognise it among 1,000. One film in 16,000
/// pages may share the tag of another and be left out for it.
std::uint32_t page_tag_of(const MovieId& id);

/// What a viewer has paged through, as next_cursor carries it: "c1." and 4 base64url characters for
/// each film shown so far. Because it holds films and not a position, the next page repeats nothing
/// even when events or a new model have reordered the list meanwhile.
struct PageCursor {
  std::vector<std::uint32_t> shown;  ///< page tags, in the order shown

  std::string to_string() const;
  /// kInvalidArgument for anything to_string() does not give.
  static Result<PageCursor> parse(std::string_view text);
};

}  // namespace marquee::serving
