#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/ids.h"

namespace marquee {

/// One film of the catalogue. Plain value.
struct Movie {
  MovieId id;
  std::string title;
  std::optional<int> year;
  std::vector<std::string> genres;
  bool hidden = false;           ///< withdrawn by an operator: neither found nor recommended
  std::string metadata = "{}";   ///< further fields as a JSON object (imdb_id, tmdb_id, …)
  std::int64_t added_at_ms = 0;  ///< when it was added by hand; 0 for a film of a data set

  bool operator==(const Movie&) const = default;
};

}  // namespace marquee
