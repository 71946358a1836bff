#pragma once

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
  bool hidden = false;          ///< withdrawn by an operator: neither found nor recommended
  std::string metadata = "{}";  ///< further fields as a JSON object (imdb_id, tmdb_id, …)

  bool operator==(const Movie&) const = default;
};

}  // namespace marquee
